import { createHash, randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Simulator } from "../../../local/graph-simulator/simulator.ts";
import { createArchiveReader } from "../../../shared/archive/archive-reader.ts";
import { withUsers } from "../../../functions/dependencies/names.ts";
import { accountTable } from "../../../shared/storage/account-table.ts";
import { archiveTables } from "../../../shared/storage/archive-tables.ts";
import { chatTables } from "../../../shared/storage/chat-tables.ts";
import { contentTables } from "../../../shared/storage/content-tables.ts";
import { organizationBlobs } from "../../../shared/storage/organization-blobs.ts";
import { type Answer, type Person, startApi, type TestApi, tenantSetUp } from "../../support/api.ts";
import { startTrusted } from "../../support/simulator.ts";
import { simulated } from "../../support/settings.ts";

interface Named {
  readonly id: string;
  readonly displayName: string | null;
}

let simulator: Simulator;
let api: TestApi;
let admin: Person;
let organizationId: string;
let base: string;
let accounts: { id: string; graphId: string }[];

beforeAll(async () => {
  simulator = await startTrusted({ sizes: { accounts: 12, messages: 600, chats: 8 } });
  api = await startApi(simulated(simulator));
  ({ organizationId, admin } = await tenantSetUp(api));
  base = `organizations/${organizationId}`;
});
afterAll(async () => {
  await api.stop();
  await simulator.stop();
});

async function until(path: string, isEnded: (status: string) => boolean): Promise<Answer["body"]> {
  for (let tries = 0; tries < 600; tries++, await delay(100)) {
    const { body } = await api.ask(admin, "GET", path);
    if (isEnded(body.status)) return body;
  }
  throw new Error(`${path} does not end`);
}
const ended = (status: string) => !["Queued", "Running"].includes(status);
async function backUp(): Promise<Answer["body"]> {
  const { body } = await api.ask(admin, "POST", `${base}/backups`, { body: { all: true } });
  return until(`${base}/backups/${body.id}`, ended);
}
const stored = () => {
  const blobs = organizationBlobs(api.data.blobs);
  const archive = archiveTables(api.data.table("archive"), blobs);
  return {
    archive,
    blobs: blobs(organizationId),
    reader: createArchiveReader(archive),
    contents: contentTables(api.data.table("contents"), api.data.table("pendingContents"), blobs),
  };
};
async function archived(accountId: string): Promise<Map<string, object>> {
  const versions = new Map<string, object>();
  const all = { from: 0, to: Date.UTC(2100, 0) };
  for await (const { chatId, id, etag, raw } of stored().reader.versions(organizationId, accountId, all))
    versions.set(`${chatId} ${id} ${etag}`, raw);
  return versions;
}
function held(graphId: string): Map<string, object> {
  const messages = [...simulator.query.messages(graphId, {})].map(
    (line) => JSON.parse(line) as { chatId: string; id: string; etag: string },
  );
  return new Map(messages.map((message) => [`${message.chatId} ${message.id} ${message.etag}`, message]));
}

test("before the tenant is connected and before accounts are active a run is refused", async () => {
  expect((await api.ask(admin, "POST", `${base}/backups`, { body: { all: true } })).body).toMatchObject({
    status: 409,
    code: "credentials.not_connected",
  });
  const { tenantId, clientId, clientSecret } = simulator.tenant;
  const saved = await api.ask(admin, "PUT", `${base}/credentials`, {
    body: { kind: "secret", tenantId, clientId, clientSecret },
  });
  expect(saved.body.saved).toBe(true);
  const operation = await api.ask(admin, "POST", `${base}/accounts/refresh`, { body: {} });
  await until(`operations/${operation.body.id}`, ended);
  const none = await api.ask(admin, "POST", `${base}/backups`, { body: { all: true } });
  expect(none.body).toMatchObject({ status: 409, code: "account.none_active" });
  await api.ask(admin, "POST", `${base}/accounts/activate`, { body: { all: true } });
  const listed = await api.ask(admin, "GET", `${base}/accounts?top=500&status=ACTIVE`);
  accounts = listed.body.items;
  // More than there are lanes.
  expect(accounts.length).toBeGreaterThan(8);
});

test("wrong selections and foreign ids change nothing", async () => {
  const wrong = [
    {},
    { all: false },
    { all: true, accountIds: [] },
    { accountIds: ["../x"] },
    { accountIds: [] },
    { all: true, extra: 1 },
  ];
  for (const body of wrong) expect((await api.ask(admin, "POST", `${base}/backups`, { body })).status).toBe(400);
  const unknown = await api.ask(admin, "POST", `${base}/backups`, {
    body: { accountIds: [accounts[0]?.id, "0".repeat(26)] },
  });
  expect(unknown.body).toMatchObject({ status: 400, code: "account.unknown", errors: [{ path: "accountIds.1" }] });
  expect((await api.ask(admin, "GET", `${base}/backups/${"0".repeat(26)}`)).status).toBe(404);
  const other = await tenantSetUp(api);
  expect((await api.ask(other.admin, "POST", `${base}/backups`, { body: { all: true } })).status).toBe(404);
  expect((await api.ask(admin, "GET", `${base}/backups`)).body.items).toHaveLength(0);
});

test("a revoked permission is a failed run, never one without news", async () => {
  const roles = [...simulator.app.roles];
  simulator.app.roles = [];
  simulator.invalidateTokens();
  const failed = await backUp();
  expect(failed.status).toBe("Failed");
  expect(failed.totals.failed).toBeGreaterThan(0);
  simulator.app.roles = roles;
  simulator.invalidateTokens();
});

test("through truncated pages, throttling and server errors a run archives exactly what the tenant holds", async () => {
  simulator.setFaults([
    { kind: "truncate", on: "export", probability: 0.05 },
    { kind: "throttle", on: "export", probability: 0.05, retryAfter: "0.2" },
    { kind: "status", on: "export", probability: 0.05, status: 503, retryAfter: "0.1" },
    { kind: "emptyPage", on: "export", probability: 0.1 },
  ]);
  const run = await backUp();
  simulator.setFaults([]);
  expect(run).toMatchObject({ status: "Completed", totals: { failed: 0 } });
  for (const { id, graphId } of accounts) {
    const kept = await archived(id);
    expect([...kept.keys()].sort()).toEqual([...held(graphId).keys()].sort());
    for (const [key, message] of held(graphId)) expect(kept.get(key)).toEqual(message);
  }
  const listed = await api.ask(admin, "GET", `${base}/accounts?top=500&status=ACTIVE`);
  for (const account of listed.body.items) {
    expect(account.messages).toBe(
      new Set(
        [...held(account.graphId).values()].map((one) =>
          JSON.stringify([(one as { chatId: string }).chatId, (one as { id: string }).id]),
        ),
      ).size,
    );
    expect(account.lastBackup.status).toBe("Completed");
  }
});

test("every content has its bytes, or the reason why nobody can have it", async () => {
  const { contents } = stored();
  let [bytes, missing] = [0, 0];
  for (const { graphId } of accounts) {
    for (const wanted of simulator.query.contents(graphId, {})) {
      const records = await contents.ofMessage(organizationId, wanted.chatId, wanted.messageId);
      const record = records.find(
        ({ reference }) => (reference.kind === "hosted" ? reference.hostedId : reference.url) === wanted.reference,
      );
      if (!wanted.available) {
        expect(record).toMatchObject({ state: "failed" });
        missing += 1;
        continue;
      }
      expect(record).toMatchObject({ state: "stored", sha256: wanted.sha256, bytes: wanted.bytes });
      const hash = createHash("sha256");
      for await (const chunk of await contents.open(organizationId, record?.sha256 ?? "")) hash.update(chunk as Buffer);
      expect(hash.digest("hex")).toBe(wanted.sha256);
      bytes += 1;
    }
  }
  expect(bytes).toBeGreaterThan(10);
  expect(missing).toBeGreaterThan(0);
});

test("nobody who ever wrote, and nobody of the tenant, is without a name", async () => {
  const tables = chatTables(api.data.table("chats"), api.data.table("directory"));
  const directory = withUsers(tables, accountTable(api.data.table("accounts"), Date.now));
  // Somebody who wrote, left, and is in no directory any more.
  const user = { id: randomUUID(), displayName: "Lea Left", userIdentityType: "aadUser", tenantId: null } as const;
  const [chat] = simulator.data.booksOf(accounts[0]?.graphId ?? "");
  simulator.mutate.addMessage(chat?.plan.id ?? "", { from: { application: null, device: null, user } });
  await backUp();
  const names = new Map<string, string>();
  for (const { graphId } of accounts) {
    for (const message of held(graphId).values() as Iterable<{ from: { user?: Named | null } | null }>) {
      const from = message.from?.user;
      if (from?.displayName) names.set(from.id, from.displayName);
    }
  }
  expect(names.get(user.id)).toBe("Lea Left");
  for (const [id, name] of names) expect((await directory.person(organizationId, id))?.name).toBe(name);
  for (const { id, displayName } of simulator.query.accounts())
    if (displayName) expect((await directory.person(organizationId, id))?.name).toBe(displayName);
});

test("the next run adds nothing but what changed, keeps what was there, and manifests form a chain", async () => {
  const again = await backUp();
  expect(again).toMatchObject({ status: "Completed", totals: { messagesNew: 0, attachmentsStored: 0 } });
  const [first] = accounts;
  if (!first) throw new Error("no account");
  const before = await archived(first.id);
  const [victim, other] = [...held(first.graphId).values()] as { chatId: string; id: string }[];
  if (!victim || !other) throw new Error("no messages");
  simulator.mutate.editMessage(
    { chatId: victim.chatId, messageId: victim.id },
    { body: { contentType: "text", content: "edited" } },
  );
  simulator.mutate.deleteMessage({ chatId: other.chatId, messageId: other.id });
  simulator.mutate.addMessage(victim.chatId);
  await delay(50);
  const changed = await backUp();
  expect(changed.status).toBe("Completed");
  const after = await archived(first.id);
  for (const [key, message] of before) expect(after.get(key)).toEqual(message);
  expect(after.size).toBe(before.size + 3);
  const { archive, blobs } = stored();
  let previous: { number: number; sha256: string } | null = null;
  for await (const row of archive.manifests({ organizationId, accountId: first.id })) {
    const chunks: Buffer[] = [];
    for await (const chunk of await blobs.open(`manifests/${first.id}/${row.number}.json`))
      chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks);
    expect(createHash("sha256").update(text).digest("hex")).toBe(row.sha256);
    expect(JSON.parse(text.toString())).toMatchObject({ number: row.number, previous });
    previous = { number: row.number, sha256: row.sha256 };
  }
  expect(previous?.number).toBeGreaterThan(2);
});

test("what was backed up verifies without problems, and a blob that goes missing is named", async () => {
  const auditor = await api.person(["auditor", `organization:${organizationId}`]);
  const verify = async (body: object) => {
    const asked = await api.ask(auditor, "POST", `${base}/verify`, { body });
    expect(asked.status).toBe(202);
    expect(asked.headers.get("location")).toBe(`/api/${base}/verify/${asked.body.id}`);
    return until(`${base}/verify/${asked.body.id}`, ended);
  };
  const sound = await verify({ bytes: "all" });
  expect(sound).toMatchObject({ status: "Completed", problems: [], problemCount: 0 });
  expect(sound.checked.accounts).toBe(accounts.length);
  expect(sound.checked.contents).toBeGreaterThan(5);
  const [first] = accounts;
  const of = { organizationId, accountId: first?.id ?? "" };
  const [pack] = await Array.fromAsync(stored().archive.packs(of));
  const path = `messages/${of.accountId}/${pack?.month}/${pack?.sha256}.ndjson.gz`;
  const blob = api.data.blobs.getContainerClient(`org-${organizationId}`).getBlockBlobClient(path);
  const bytes = await blob.downloadToBuffer();
  await blob.delete();
  const problems = [{ code: "pack.missing", path, detail: "The file is not there" }];
  expect(await verify({ accountIds: [of.accountId], bytes: "none" })).toMatchObject({ status: "Completed", problems });
  await blob.uploadData(bytes);
  expect((await api.ask(admin, "POST", `${base}/verify`, { body: { bytes: "some" } })).status).toBe(400);
  const unknown = { accountIds: ["0".repeat(26)], bytes: "none" };
  expect((await api.ask(admin, "POST", `${base}/verify`, { body: unknown })).body).toMatchObject({
    code: "account.unknown",
  });
  const other = await tenantSetUp(api);
  expect((await api.ask(other.admin, "POST", `${base}/verify`, { body: { bytes: "none" } })).status).toBe(404);
});

test("nothing of a message, a person, a secret or a link stands in the durable histories or the log", async () => {
  const runs = await api.ask(admin, "GET", `${base}/backups?top=1`);
  const runId = runs.body.items[0].id as string;
  const texts = [api.lines.join("\n")];
  for (const id of [
    `backup:${organizationId}`,
    `backup:${runId}:fetch`,
    ...accounts.map((one) => `backup:${runId}:${one.id}`),
  ]) {
    const response = await fetch(
      `${api.url}/runtime/webhooks/durabletask/instances/${id}?showHistory=true&showHistoryOutput=true&showInput=true`,
    );
    expect(response.status).toBe(200);
    texts.push(await response.text());
  }
  const names = [
    ...simulator.data.directory.accounts.flatMap((person) => [person.displayName ?? "", person.userPrincipalName]),
  ];
  for (const secret of [
    simulator.tenant.clientSecret,
    "nextLink",
    "skiptoken",
    "hostedContents/",
    "sharepoint",
    ...names.filter((name) => name.length > 5),
  ]) {
    for (const text of texts) expect(text.toLowerCase().includes(secret.toLowerCase()), secret).toBe(false);
  }
});
