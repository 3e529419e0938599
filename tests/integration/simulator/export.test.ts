import fc from "fast-check";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { AccountRecord } from "../../../local/graph-simulator/control/tenant-query.ts";
import { unordered } from "../../../local/graph-simulator/graph/selection.ts";
import type { Simulator } from "../../../local/graph-simulator/simulator.ts";
import type { ChatMessage } from "../../../local/graph-simulator/tenant/chat-message.ts";
import { allPages, anchor, rawGraph, startTrusted } from "../../support/simulator.ts";

let simulator: Simulator;
let get: Awaited<ReturnType<typeof rawGraph>>;
let account: AccountRecord;
const prefer = { Prefer: "include-unknown-enum-members" };

beforeAll(async () => {
  simulator = await startTrusted({ emptyPageShare: 1 });
  get = await rawGraph(simulator);
  account = simulator.query.accounts().toSorted((a, b) => b.messages - a.messages)[0] as AccountRecord;
});
afterEach(() => simulator.setFaults([]));
afterAll(() => simulator.stop());

const exportPath = (query: string): string => `/v1.0/users/${account.id}/chats/getAllMessages?${query}`;
const between = (from: string, to: string): string =>
  `$filter=${encodeURIComponent(`lastModifiedDateTime gt ${from} and lastModifiedDateTime lt ${to}`)}`;
const wide = between("2016-11-01T00:00:00Z", "2026-12-01T00:00:00Z");
const key = (m: ChatMessage): string => `${m.chatId}|${m.id}|${m.etag}`;
const held = (): ChatMessage[] =>
  [...simulator.query.messages(account.id, {})].map((json) => JSON.parse(json) as ChatMessage);

describe("pages", () => {
  test.each([1, 2, 3])(
    "of a scan hold every message exactly once, byte for byte as the tenant holds it (%i)",
    async (round) => {
      const pages = await allPages<ChatMessage>(get, exportPath(`$top=${[50, 97, 250][round - 1]}&${wide}`), prefer);
      const exported = pages.flatMap((p) => p.value);
      expect(new Set(exported.map(key)).size).toBe(exported.length);
      expect(new Set(exported.map((m) => JSON.stringify(m)))).toEqual(new Set(held().map((m) => JSON.stringify(m))));
    },
  );

  test("are in no order, and one of them is empty with a nextLink", async () => {
    const pages = await allPages<ChatMessage>(get, exportPath(`$top=50&${wide}`), prefer);
    const times = pages.flatMap((p) => p.value.map((m) => m.lastModifiedDateTime));
    expect(times).not.toEqual(times.toSorted());
    expect(times).not.toEqual(times.toSorted().reverse());
    const empty = pages.filter((p) => p.value.length === 0);
    expect(empty).toHaveLength(1);
    expect(empty[0]).toHaveProperty("@odata.nextLink");
  });

  test("of adjacent windows together hold everything but what lies on the boundary", async () => {
    const middle = held()[Math.floor(account.messages / 2)]?.lastModifiedDateTime ?? "";
    const first = await allPages<ChatMessage>(get, exportPath(`$top=250&${between("2016-11-01T00:00:00Z", middle)}`));
    const second = await allPages<ChatMessage>(get, exportPath(`$top=250&${between(middle, "2026-12-01T00:00:00Z")}`));
    const on = held().filter((m) => m.lastModifiedDateTime === middle).length;
    const count = [...first, ...second].reduce((sum, p) => sum + p.value.length, 0);
    expect(count).toBe(account.messages - on);
  });

  test("of any windows that cover the history, a millisecond overlapped, hold every message", async () => {
    const times = held().map((m) => Date.parse(m.lastModifiedDateTime));
    const [first, last] = [Math.min(...times) - 1, Math.max(...times) + 1];
    const everything = new Set(held().map(key));
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: first, max: last }), { maxLength: 4 }),
        fc.constantFrom(60, 250),
        async (cuts, top) => {
          const bounds = [first, ...cuts.toSorted((a, b) => a - b), last];
          const found = new Set<string>();
          for (let n = 0; n + 1 < bounds.length; n++) {
            const window = between(
              new Date((bounds[n] ?? 0) - 1).toISOString(),
              new Date((bounds[n + 1] ?? 0) + 1).toISOString(),
            );
            for (const page of await allPages<ChatMessage>(get, exportPath(`$top=${top}&${window}`)))
              for (const m of page.value) found.add(key(m));
          }
          expect(found).toEqual(everything);
        },
      ),
      { numRuns: 8 },
    );
  });

  test("shuffle without losing a place, whatever the length", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2_600 }), fc.uuid(), (length, user) => {
        const order = unordered(length, user);
        expect(new Set(Array.from({ length }, (_, n) => order(n)))).toEqual(
          new Set(Array.from({ length }, (_, n) => n)),
        );
      }),
      { numRuns: 40 },
    );
  });

  test("are linked by an address that is spelled otherwise, and whose token cannot be altered", async () => {
    const [page] = await allPages<ChatMessage>(get, exportPath(`$top=50&${wide}`));
    const next = page?.["@odata.nextLink"] ?? "";
    expect(next).toContain(`/v1.0/users('${account.id}')/chats/getallMessages?`);
    expect((await get(next)).status).toBe(200);
    const token = new URL(next).searchParams.get("$skiptoken") ?? "";
    const forged = Buffer.from(
      Buffer.from(token, "base64")
        .toString()
        .replace(/"offset":\d+/, '"offset":0'),
    ).toString("base64");
    expect((await get(next.replace(/\$skiptoken=.*/, `$skiptoken=${encodeURIComponent(forged)}`))).status).toBe(400);
  });

  test("count themselves and not the whole", async () => {
    const [page] = await allPages<ChatMessage>(get, exportPath(`$top=20&${wide}`));
    expect(page?.["@odata.count"]).toBe(20);
  });
});

describe("$top", () => {
  test.each([
    ["$top=1000", 504],
    ["$top=0", 400],
    ["$top=-1", 400],
    ["$top=ten", 400],
    ["$skip=5", 400],
    ["$orderby=createdDateTime", 400],
    ["$select=id", 400],
    ["$filter=", 400],
    ["model=B&$top=1", 200],
  ])("%s answers %i", async (query, status) => {
    expect((await get(exportPath(query))).status).toBe(status);
  });

  test("above 250 is not honoured", async () => {
    const response = await get(exportPath("$top=400"));
    expect(((await response.json()) as { value: object[] }).value).toHaveLength(250);
  });
});

describe("sender clauses", () => {
  test("select by author, joined by or and with a date range", async () => {
    const [one, two] = [...new Set(held().flatMap((m) => (m.from?.user as { id: string } | null)?.id ?? []))];
    const filter = `(from/user/id eq '${one}' or from/user/id eq '${two}') and (lastModifiedDateTime gt 2016-01-01T00:00:00Z and lastModifiedDateTime lt 2027-01-01T00:00:00Z)`;
    const pages = await allPages<ChatMessage>(get, exportPath(`$top=250&$filter=${encodeURIComponent(filter)}`));
    const expected = held().filter((m) => [one, two].includes((m.from?.user as { id: string } | null)?.id));
    expect(pages.flatMap((p) => p.value)).toHaveLength(expected.length);
  });
});

describe("participants", () => {
  test("of a chat each get the same message, byte for byte", async () => {
    const book = simulator.data.books.find((b) => b.plan.chatType === "group" && b.plan.messages > 20);
    const ids = book?.plan.members.flatMap(({ person }) => (person.account?.licensed ? [person.id] : [])) ?? [];
    const copies = ids.map((id) =>
      [...simulator.query.messages(id, {})].filter((json) => json.includes(book?.plan.id ?? "")),
    );
    expect(copies.length).toBeGreaterThan(2);
    for (const copy of copies) expect(new Set(copy)).toEqual(new Set(copies[0]));
  });

  test("who left are still exported by id, those gone for good are not", async () => {
    const left = simulator.query.accounts().find((a) => a.state === "left");
    const path = `/v1.0/users/${left?.id}/chats/getAllMessages`;
    expect((await get(path)).status).toBe(200);
    expect((await get(`/v1.0/users/${left?.userPrincipalName}/chats/getAllMessages`)).status).toBe(404);
    simulator.mutate.setUserState(left?.id ?? "", "gone");
    expect((await get(path)).status).toBe(404);
    simulator.mutate.setUserState(left?.id ?? "", "left");
  });
});

describe("changes", () => {
  test("give a message a new etag, and the window of the change brings it once", async () => {
    const [chat] = simulator.data.booksOf(account.id);
    const added = simulator.mutate.addMessage(chat?.plan.id ?? "", { body: { contentType: "text", content: "first" } });
    const edited = simulator.mutate.editMessage(
      { chatId: added.chatId, messageId: added.id },
      { body: { contentType: "text", content: "second" } },
    );
    expect(edited.etag).not.toBe(added.etag);
    const since = new Date(Number(added.etag) - 1).toISOString();
    const window = exportPath(between(since, new Date(simulator.now() + 60_000).toISOString()));
    const found = (await allPages<ChatMessage>(get, window)).flatMap((p) => p.value);
    expect(found.map((m) => [m.body.content, m.lastEditedDateTime !== null])).toEqual([["second", true]]);
    simulator.mutate.deleteMessage({ chatId: added.chatId, messageId: added.id });
    const [tombstone] = (await allPages<ChatMessage>(get, window)).flatMap((p) => p.value);
    expect(tombstone).toMatchObject({ id: added.id, body: { content: "" }, attachments: [] });
    expect(tombstone?.deletedDateTime).not.toBeNull();
    const retained = await allPages<ChatMessage>(get, window.replace("getAllMessages", "getAllRetainedMessages"));
    expect(retained.flatMap((p) => p.value).map((m) => m.body.content)).toEqual(
      expect.arrayContaining(["first", "second", ""]),
    );
  });
});

test("retained messages bring what stood there before an edit or a deletion", async () => {
  const pages = await allPages<ChatMessage>(
    get,
    exportPath(`$top=250&${wide}`).replace("getAllMessages", "getAllRetainedMessages"),
  );
  const versions = Map.groupBy(
    pages.flatMap((p) => p.value),
    (m) => `${m.chatId}|${m.id}`,
  );
  const changed = held().filter((m) => m.deletedDateTime !== null && m.body.content === "");
  expect(changed.length).toBeGreaterThan(3);
  for (const m of changed) {
    const texts = versions.get(`${m.chatId}|${m.id}`)?.map((v) => v.body.content) ?? [];
    expect(texts.length).toBeGreaterThan(1);
    expect(texts.some((t) => t !== "")).toBe(true);
  }
});

test("lag hides a message, and shows the version before an edit, until it passes", async () => {
  const lagging = await startTrusted({ lagMs: 24 * 3_600_000, anchor: anchor - 3 * 86_400_000, now: () => anchor });
  try {
    const own = await rawGraph(lagging);
    const person = lagging.query.accounts().find((a) => a.chats > 0);
    const [chat] = lagging.data.booksOf(person?.id ?? "");
    const path = `/v1.0/users/${person?.id}/chats/getAllMessages?${between("2026-02-28T00:00:00Z", "2026-04-01T00:00:00Z")}`;
    const texts = async () =>
      (await allPages<ChatMessage>(own, path)).flatMap((p) => p.value.map((m) => m.body.content));
    const added = lagging.mutate.addMessage(chat?.plan.id ?? "", { body: { contentType: "text", content: "one" } });
    expect(await texts()).toEqual([]);
    lagging.advance(24 * 3_600_000);
    const renewed = await rawGraph(lagging);
    const again = async () =>
      (await allPages<ChatMessage>(renewed, path)).flatMap((p) => p.value.map((m) => m.body.content));
    expect(await again()).toEqual(["one"]);
    lagging.mutate.editMessage(
      { chatId: added.chatId, messageId: added.id },
      { body: { contentType: "text", content: "two" } },
    );
    expect(await again()).toEqual(["one"]);
  } finally {
    await lagging.stop();
  }
});
