import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, expect, test } from "vitest";
import { chatKey } from "../../../shared/archive/chat-key.ts";
import { recordChats } from "../../../shared/backup/record-chats.ts";
import { hashId, newId } from "../../../shared/platform/new-id.ts";
import { chatTables } from "../../../shared/storage/chat-tables.ts";
import { runTables } from "../../../shared/storage/run-tables.ts";
import { json, type ScriptedTenant, startScriptedTenant } from "../../support/scripted-tenant.ts";
import { scriptedSources } from "../graph/scripted-sources.ts";
import { ownStorage } from "../../support/own-storage.ts";

const clients = ownStorage();
let tenant: ScriptedTenant;
beforeEach(async () => {
  tenant = await startScriptedTenant();
});
afterEach(() => tenant.stop());

const CHAT = "19:a/b@thread.v2";
const member = (n: number, displayName: string | null = `Person ${n}`) => ({
  id: `membership ${n}`,
  userId: `user-${String(n).padStart(4, "0")}`,
  displayName,
  email: `person${n}@contoso.test`,
});
const members = (count: number) => Array.from({ length: count }, (_, n) => member(n));
const chat = (updated: string, listed: readonly object[], more: object = {}) => ({
  ...{ id: CHAT, chatType: "group", topic: "Plans", lastUpdatedDateTime: updated, tenantId: "t", members: listed },
  ...more,
});
const list = (...chats: readonly object[]) => tenant.on("/chats?", json({ value: chats }));
const page = (...found: readonly object[]) => tenant.on("/members", json({ value: found }));

function world() {
  const organizationId = newId(Date.now());
  const [one, other] = ["one", "other"].map((name) => hashId(organizationId, name)) as [string, string];
  let clock = Date.UTC(2026, 0, 1);
  const tables = {
    runs: clients.table("runs"),
    backups: clients.table("backups"),
    runAccounts: clients.table("runAccounts"),
  };
  const deps = {
    accounts: { graphId: async () => "u1", unknown: async () => [], async *active() {} },
    chats: scriptedSources(tenant).chats,
    directory: chatTables(clients.table("chats"), clients.table("directory")),
    runs: runTables(tables, () => clock),
    now: () => clock,
  };
  return {
    organizationId,
    directory: deps.directory,
    /** A run of both accounts at the same time; answers what was asked of Graph. */
    async run(): Promise<string[]> {
      clock += 86_400_000;
      tenant.asked.length = 0;
      const runId = newId(clock);
      const steps = await Promise.all(
        [one, other].map((accountId) => recordChats(deps, { organizationId, accountId, runId }, clock + 1)),
      );
      expect(steps.map(({ status }) => status)).toEqual(["done", "done"]);
      return tenant.asked.map(({ url }) => url);
    },
    async snapshots(): Promise<number> {
      const filter = `PartitionKey eq '${organizationId}|${chatKey(CHAT)}'`;
      return (await Array.fromAsync(clients.table("chats").listEntities({ queryOptions: { filter } }))).length;
    },
    chat: () => deps.directory.chat(organizationId, CHAT),
    name: async (n: number) => (await deps.directory.person(organizationId, member(n).userId))?.name,
  };
}

test("members come with the list of chats, and a snapshot is added when something changed", async () => {
  const { run, snapshots, chat: newest, name } = world();
  list(chat("1", members(3)));
  expect(await run()).toEqual(Array(2).fill("/v1.0/users/u1/chats?$top=50&$expand=members"));
  expect(await snapshots()).toBe(1);
  list(chat("1", members(3).reverse()));
  await run();
  expect(await snapshots()).toBe(1);
  // Somebody left, and somebody has another name; nothing says so but the members.
  list(chat("1", [member(0), member(1, "Person 1 née 0")]));
  await run();
  expect(await snapshots()).toBe(2);
  expect((await newest())?.members.map(({ name: shown }) => shown)).toEqual(["Person 0", "Person 1 née 0"]);
  expect([await name(1), await name(2)]).toEqual(["Person 1 née 0", "Person 2"]);
});

test("a name that is not told any more is not forgotten", async () => {
  const { run, name } = world();
  list(chat("1", [member(0)]));
  await run();
  list(chat("2", [member(0, null)]));
  await run();
  expect(await name(0)).toBe("Person 0");
});

test("a chat that may have more than 25 is asked for the rest once per run of all accounts, and only when it moved", async () => {
  const { run, snapshots, chat: newest } = world();
  const asked = async () => (await run()).filter((url) => url.includes("/members"));
  list(chat("1", members(25)));
  page(...members(40));
  expect(await asked()).toEqual(["/v1.0/chats/19%3Aa%2Fb%40thread.v2/members"]);
  expect((await newest())?.members).toHaveLength(40);
  expect(await asked()).toEqual([]);
  list(chat("2", members(25)));
  expect(await asked()).toHaveLength(1);
  // It moved, and nothing is different: no snapshot, and it is known from now on.
  expect(await snapshots()).toBe(1);
  expect(await newest()).toMatchObject({ updated: "2" });
  expect(await asked()).toEqual([]);
  list(chat("2", members(25), { topic: "Other plans" }));
  expect(await asked()).toEqual([]);
  expect(await newest()).toMatchObject({ topic: "Other plans" });
  expect((await newest())?.members).toHaveLength(40);
  page(...members(41));
  list(chat("3", members(25)));
  expect(await asked()).toHaveLength(1);
  expect((await newest())?.members).toHaveLength(41);
  expect(await snapshots()).toBe(3);
});

test.each([
  [403, { code: "x" }, "graph.access_denied"],
  [403, { code: "Forbidden", message: "Missing role permissions on the request." }, "graph.access_denied"],
  [404, { code: "x" }, "graph.chat_not_found"],
])(
  "where the rest of the members is refused by %i %j, those of the list are kept, with the reason",
  async (status, error, code) => {
    const { run, chat: newest } = world();
    list(chat("1", members(25)), chat("1", members(2), { id: "19:c" }));
    tenant.on("/members", json({ error }, status));
    await run();
    expect(await newest()).toMatchObject({ membersMissing: code });
    expect((await newest())?.members).toHaveLength(25);
  },
);

test("the largest meeting there is has room in its row", async () => {
  const { run, chat: newest } = world();
  const crowd = Array.from({ length: 1_000 }, (_, n) => ({
    ...{ id: randomUUID(), userId: randomUUID(), displayName: `${randomUUID()} ${"é".repeat(200)}` },
    email: `${randomUUID()}.${n}@contoso.test`,
  }));
  list(chat("1", crowd.slice(0, 25)));
  page(...crowd);
  await run();
  const people = crowd.map(({ userId, displayName, email }) => ({ id: userId, name: displayName, address: email }));
  expect((await newest())?.members).toEqual(people.sort((a, b) => (a.id < b.id ? -1 : 1)));
});

test("a sender is named when nobody else is, and never in place of a later name", async () => {
  const { organizationId, directory } = world();
  const [stays, left] = [
    { id: "a/b", name: "Anna", address: "anna@contoso.test" },
    { id: "left", name: "Lea" },
  ];
  await directory.record(organizationId, { chatId: "c", members: [stays] }, 1_000);
  await directory.introduce(organizationId, [{ id: stays.id, name: "Anna Old" }, left, left], 2_000);
  await directory.introduce(organizationId, [{ id: "left", name: "Lea Older" }], 3_000);
  const other = chatTables(clients.table("chats"), clients.table("directory"));
  expect(await other.person(organizationId, stays.id)).toEqual(stays);
  expect(await other.person(organizationId, "left")).toEqual(left);
  await other.introduce(organizationId, [{ id: "left", name: "Lea Older" }], 4_000);
  expect(await other.person(organizationId, "left")).toEqual(left);
});
