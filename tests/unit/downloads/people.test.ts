import { setImmediate } from "node:timers/promises";
import { expect, test } from "vitest";
import type { ChatDirectory } from "../../../shared/archive/chat-directory.ts";
import { parseMessage } from "../../../shared/chats/message.ts";
import { createPeople } from "../../../shared/downloads/people.ts";

const CHATS = 40;
const SNAPSHOTS = 5;
const DAY = 86_400_000;
const START = Date.UTC(2026, 0, 1);

const personCalled = (id: string) => ({ id, name: id, address: `${id}@contoso.test` });

/** Chats of which each snapshot, one a day, has a member called as its day; it counts what is asked of it. */
function countingDirectory() {
  const asked = { times: 0, snapshots: 0, people: 0 };
  const directory: ChatDirectory = {
    chatIdOf: () => Promise.resolve(undefined),
    person: (_, id) => {
      asked.people += 1;
      return Promise.resolve(personCalled(id));
    },
    snapshotTimes: () => {
      asked.times += 1;
      const days = Array.from({ length: SNAPSHOTS }, (_, day) => START + day * DAY);
      return Promise.resolve(days.map((from) => ({ from, seenAt: from + 1 })));
    },
    snapshotSeenAt: (_, chatId, seenAt) => {
      asked.snapshots += 1;
      return Promise.resolve({ chatId, members: [{ id: `day ${Math.floor((seenAt - START) / DAY)}` }] });
    },
  };
  return { directory, asked };
}

test("however many messages a chat has, its snapshots and members are read once, and each message gets its own", async () => {
  const { directory, asked } = countingDirectory();
  const people = createPeople(directory, { organizationId: "o", userId: `day ${SNAPSHOTS - 1}` });
  const hours = SNAPSHOTS * 24;
  for (let chat = 0; chat < CHATS; chat++) {
    for (let hour = -24; hour < hours; hour++) {
      const createdDateTime = new Date(START + (hour * DAY) / 24).toISOString();
      const { chat: then, conversation } = await people.around(
        parseMessage({ chatId: `chat ${chat}`, id: `${hour}`, createdDateTime, from: { user: { id: "ana" } } }),
      );
      expect(then?.members).toEqual([personCalled(`day ${Math.max(0, Math.floor(hour / 24))}`)]);
      expect(conversation?.members).toEqual([personCalled(`day ${SNAPSHOTS - 1}`)]);
    }
  }
  expect(asked.times).toBe(CHATS);
  expect(asked.people).toBe(1 + SNAPSHOTS);
  // A few more where the memory, which is small, begins anew.
  expect(asked.snapshots).toBeGreaterThanOrEqual(CHATS * SNAPSHOTS);
  expect(asked.snapshots).toBeLessThanOrEqual(CHATS * SNAPSHOTS * 1.1);
});

test("every member of a large meeting has the name that the directory knows, asked for once and a few at a time", async () => {
  const { directory, asked } = countingDirectory();
  const ids = Array.from({ length: 1_000 }, (_, at) => `member ${at}`);
  let [open, most] = [0, 0];
  const people = createPeople(
    {
      ...directory,
      snapshotSeenAt: (_, chatId) => Promise.resolve({ chatId, members: ids.map((id) => ({ id })) }),
      person: async (_, id) => {
        most = Math.max(most, ++open);
        await setImmediate();
        open -= 1;
        return directory.person("o", id);
      },
    },
    { organizationId: "o", userId: "member 0" },
  );
  const { conversation } = await people.around(parseMessage({ chatId: "c", id: "1" }));
  expect(conversation?.members).toEqual(ids.map(personCalled));
  await people.around(parseMessage({ chatId: "d", id: "2" }));
  expect(asked.people).toBe(1_000);
  expect(most).toBeLessThanOrEqual(16);
});
