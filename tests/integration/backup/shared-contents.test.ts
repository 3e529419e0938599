import { createHash } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Simulator } from "../../../local/graph-simulator/simulator.ts";
import { type ContentRecord, SMALL_BYTES } from "../../../shared/archive/content-store.ts";
import { contentTables } from "../../../shared/storage/content-tables.ts";
import { organizationBlobs } from "../../../shared/storage/organization-blobs.ts";
import { type Answer, type Person, startApi, type TestApi } from "../../support/api.ts";
import { connected, until } from "../../support/connected.ts";
import { startTrusted } from "../../support/simulator.ts";
import { simulated } from "../../support/settings.ts";

/* Many participants of the same chats, under Graph's documented limits. */

let simulator: Simulator;
let api: TestApi;
let admin: Person;
let organizationId: string;
let base: string;
let users: string[];

beforeAll(async () => {
  simulator = await startTrusted({ throttling: "documented", sizes: { accounts: 12, messages: 400, chats: 8 } });
  api = await startApi(simulated(simulator));
  ({ organizationId, admin } = await connected(api, simulator));
  base = `organizations/${organizationId}`;
  const listed = await api.ask(admin, "GET", `${base}/accounts?top=500&status=ACTIVE`);
  users = listed.body.items.map(({ graphId }: { graphId: string }) => graphId);
});
afterAll(async () => {
  await api.stop();
  await simulator.stop();
});

async function backUp(): Promise<Answer["body"]> {
  const { body } = await api.ask(admin, "POST", `${base}/backups`, { body: { all: true } });
  return until(api, admin, `${base}/backups/${body.id}`, (status) => !["Queued", "Running"].includes(status));
}
const contents = () =>
  contentTables(api.data.table("contents"), api.data.table("pendingContents"), organizationBlobs(api.data.blobs));
const recordsOf = (chatId: string, messageId: string): Promise<ContentRecord[]> =>
  contents().ofMessage(organizationId, chatId, messageId);

/** Each content once, with how many of the accounts hold it. */
function wanted(kind: "hosted" | "file") {
  const found = new Map<
    string,
    { chatId: string; messageId: string; reference: string; sha256: string; bytes: number; held: number }
  >();
  for (const user of users) {
    for (const { chatId, messageId, reference, sha256, bytes, ...one } of simulator.query.contents(user, {})) {
      if (one.kind !== kind) continue;
      const key = JSON.stringify([chatId, messageId, reference]);
      const held = (found.get(key)?.held ?? 0) + 1;
      found.set(key, { chatId, messageId, reference, sha256: sha256 ?? "", bytes: bytes ?? 0, held });
    }
  }
  return [...found.values()];
}

test("each picture is asked for once, however many take part in its chat, and no request too many is made", async () => {
  simulator.resetStats();
  const run = await backUp();
  expect(run).toMatchObject({ status: "Completed", totals: { failed: 0 } });
  const pictures = wanted("hosted");
  expect(Math.max(...pictures.map(({ held }) => held))).toBeGreaterThan(2);
  const { requests, answers, throttled, authorizationAtContentHost } = simulator.stats();
  expect(requests.hostedValue).toBe(pictures.length);
  expect(answers).not.toHaveProperty("hostedValue 429");
  expect([throttled, authorizationAtContentHost]).toEqual([0, 0]);
  // A large file is looked at when it is found, and read when the small ones are there.
  const files = wanted("file");
  const large = files.filter(({ bytes }) => bytes > SMALL_BYTES);
  expect(requests.shareItem).toBe(files.length + large.length);
});

test("an edit and a deletion keep the rows and the bytes, and ask for nothing again", async () => {
  const [edited, deleted] = wanted("hosted").filter(({ sha256 }) => sha256 !== "");
  const [file] = wanted("file").filter(({ sha256 }) => sha256 !== "");
  if (!edited || !deleted || !file) throw new Error("no contents");
  const before = await Promise.all([edited, deleted, file].map((one) => recordsOf(one.chatId, one.messageId)));
  const json = simulator.query.messages(users.find((user) => holds(user, edited.messageId)) ?? "", {});
  const message = [...json]
    .map((line) => JSON.parse(line) as { id: string; body: { content: string } })
    .find(({ id }) => id === edited.messageId);
  simulator.mutate.editMessage(edited, { body: { contentType: "html", content: `${message?.body.content} edited` } });
  simulator.mutate.deleteMessage(deleted);
  simulator.mutate.setFileState(file.reference, "gone");
  simulator.mutate.editMessage(file, {});
  simulator.resetStats();
  const run = await backUp();
  expect(run).toMatchObject({ status: "Completed", totals: { attachmentsStored: 0 } });
  expect(run.totals.messagesNew).toBeGreaterThan(2);
  const { requests } = simulator.stats();
  expect([requests.hostedValue ?? 0, requests.shareItem ?? 0, requests.download ?? 0]).toEqual([0, 0, 0]);
  const after = await Promise.all([edited, deleted, file].map((one) => recordsOf(one.chatId, one.messageId)));
  expect(after).toEqual(before);
  for (const { sha256 } of [edited, deleted, file]) {
    const hash = createHash("sha256");
    for await (const chunk of await contents().open(organizationId, sha256)) hash.update(chunk as Buffer);
    expect(hash.digest("hex")).toBe(sha256);
  }
});

const holds = (user: string, messageId: string): boolean =>
  [...simulator.query.contents(user, {})].some((one) => one.messageId === messageId);
