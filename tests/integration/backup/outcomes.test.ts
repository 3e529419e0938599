import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { FaultRule } from "../../../local/graph-simulator/faults.ts";
import type { Simulator } from "../../../local/graph-simulator/simulator.ts";
import { type Answer, type Person, startApi, type TestApi, tenantSetUp } from "../../support/api.ts";
import { startTrusted } from "../../support/simulator.ts";
import { simulated } from "../../support/settings.ts";

let simulator: Simulator;
let api: TestApi;
let admin: Person;
let base: string;

interface Shown {
  readonly id: string;
  readonly graphId: string;
  readonly status: string;
  readonly messages: number;
  readonly readableUntil?: string;
  readonly lastBackup: { status: string; failedItems: number; reasons: { code: string; text: string }[] };
}

beforeAll(async () => {
  // Large enough for a guest, a blocked user, a shared mailbox and one who has left.
  simulator = await startTrusted({ sizes: { accounts: 16, messages: 150, chats: 8 } });
  api = await startApi(simulated(simulator));
  const set = await tenantSetUp(api);
  admin = set.admin;
  base = `organizations/${set.organizationId}`;
  const { tenantId, clientId, clientSecret } = simulator.tenant;
  await api.ask(admin, "PUT", `${base}/credentials`, { body: { kind: "secret", tenantId, clientId, clientSecret } });
  await refresh();
  await api.ask(admin, "POST", `${base}/accounts/activate`, { body: { all: true } });
});
afterAll(async () => {
  await api.stop();
  await simulator.stop();
});

async function until(path: string): Promise<Answer["body"]> {
  for (let tries = 0; tries < 600; tries++, await delay(100)) {
    const { body } = await api.ask(admin, "GET", path);
    if (!["Queued", "Running"].includes(body.status)) return body;
  }
  throw new Error(`${path} does not end`);
}
async function refresh(): Promise<void> {
  const { body } = await api.ask(admin, "POST", `${base}/accounts/refresh`, { body: {} });
  expect(await until(`operations/${body.id}`)).toMatchObject({ status: "Completed" });
}
async function backUp(): Promise<Answer["body"]> {
  const { body } = await api.ask(admin, "POST", `${base}/backups`, { body: { all: true } });
  return until(`${base}/backups/${body.id}`);
}
const codes = (totals: { reasons: { code: string }[] }) => totals.reasons.map(({ code }) => code);
const accounts = async (query = ""): Promise<Shown[]> =>
  (await api.ask(admin, "GET", `${base}/accounts?top=500${query}`)).body.items;
const accountOf = async (graphId: string): Promise<Shown> => {
  const found = (await accounts()).find((one) => one.graphId === graphId);
  if (!found) throw new Error("no such account");
  return found;
};
async function outcomeOf(runId: string, graphId: string) {
  const { id } = await accountOf(graphId);
  const { body } = await api.ask(admin, "GET", `${base}/backups/${runId}/accounts?top=500`);
  return body.items.find((one: { accountId: string }) => one.accountId === id);
}
const people = () => simulator.data.directory.accounts;
const personWith = (
  wanted: Partial<{ userType: string; enabled: boolean; licensed: boolean; state: string }>,
  n = 0,
) => {
  const found = people().filter(({ account }) =>
    Object.entries({ userType: "Member", enabled: true, licensed: true, state: "live", ...wanted }).every(
      ([key, value]) => account?.[key as "enabled"] === value,
    ),
  );
  const one = found[n];
  if (!one) throw new Error("nobody like that");
  return one.id;
};

test("each user whom Graph refuses has a reason of their own, and disturbs nobody else", async () => {
  const guest = personWith({ userType: "Guest", licensed: false });
  const unlicensed = personWith({}, 6);
  const shared = personWith({ licensed: false, enabled: false });
  const blocked = personWith({ enabled: false });
  const [bare, odd, untold, fine] = [0, 1, 2, 3].map((n) => personWith({}, n)) as [string, string, string, string];
  const refuse = (id: string, status: number, code: string, message: string): FaultRule => ({
    ...{ kind: "status", on: "export", pathIncludes: id, status, code, message },
  });
  simulator.setFaults([
    refuse(guest, 403, "Forbidden", "User Login. Teams is disabled for your tenant."),
    refuse(unlicensed, 403, "Forbidden", "Failed to get license information for the user."),
    refuse(blocked, 403, "Forbidden", "Forbidden"),
    refuse(bare, 404, "NotFound", "No mailbox."),
    refuse(odd, 403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation."),
    refuse(untold, 403, "ErrorAccessDenied", "Access is denied."),
  ]);
  const run = await backUp();
  simulator.setFaults([]);
  expect(run.status).toBe("Partial");
  expect(run.totals.messagesSeen).toBeGreaterThan(0);
  const skipped = { failed: 0, skipped: 1 };
  const failed = { failed: 1, skipped: 0 };
  const expected: [string, string, string | undefined, object][] = [
    [guest, "Completed", "account.guest", skipped],
    [unlicensed, "Completed", "account.unlicensed", skipped],
    // Graph answers, and has nothing: the reason is told all the same.
    [shared, "Completed", "account.unlicensed", skipped],
    [blocked, "Failed", "account.sign_in_blocked", failed],
    [bare, "Failed", "account.no_mailbox", failed],
    [odd, "Failed", "graph.access_denied", failed],
    [untold, "Failed", "graph.access_denied", failed],
  ];
  for (const [id, status, code, totals] of expected) {
    const outcome = await outcomeOf(run.id, id);
    expect(outcome, code).toMatchObject({ status, totals: { ...totals, messagesSeen: 0 } });
    expect(codes(outcome.totals)).toEqual([code]);
    const { lastBackup } = await accountOf(id);
    expect(lastBackup).toMatchObject({ status, reasons: [{ code, text: expect.stringMatching(/\.$/) }] });
  }
  expect(await outcomeOf(run.id, fine)).toMatchObject({ status: "Completed", totals: { failed: 0 } });
  expect(run.totals).toMatchObject({ failed: 4 });
  // What passes brings everything.
  const again = await backUp();
  expect(again.status).toBe("Completed");
  expect((await outcomeOf(again.id, bare)).totals.messagesNew).toBeGreaterThan(0);
});

test("the deleted are backed up while Graph answers, then no longer, and keep what is stored", async () => {
  const leaver = personWith({}, 4);
  const [chat] = simulator.data.booksOf(leaver).filter((book) => book.plan.tenantId === simulator.tenant.tenantId);
  if (!chat) throw new Error("no chat");
  simulator.mutate.setUserState(leaver, "left");
  await refresh();
  const left = await accountOf(leaver);
  expect(left).toMatchObject({ status: "LEFT" });
  expect(Date.parse(left.readableUntil ?? "")).toBeGreaterThan(Date.now());
  simulator.mutate.addMessage(chat.plan.id);
  await delay(20);
  const run = await backUp();
  expect(await outcomeOf(run.id, leaver)).toMatchObject({ status: "Completed", totals: { messagesNew: 1 } });

  simulator.mutate.setUserState(leaver, "gone");
  const last = await backUp();
  const outcome = await outcomeOf(last.id, leaver);
  expect(outcome).toMatchObject({ status: "Completed", totals: { failed: 0, skipped: 1, messagesSeen: 0 } });
  expect(codes(outcome.totals)).toEqual(["account.gone"]);
  const gone = await accountOf(leaver);
  expect(gone).toMatchObject({ status: "LEFT", messages: left.messages + 1 });
  expect(gone.readableUntil).toBeUndefined();
  expect(await outcomeOf((await backUp()).id, leaver)).toBeUndefined();
});

test("who vanished without a refresh of the accounts turns LEFT by the backup itself", async () => {
  const leaver = personWith({}, 5);
  simulator.mutate.setUserState(leaver, "gone");
  const run = await backUp();
  expect(codes((await outcomeOf(run.id, leaver)).totals)).toEqual(["account.gone"]);
  expect(await accountOf(leaver)).toMatchObject({ status: "LEFT" });
  simulator.mutate.setUserState(leaver, "live");
  await refresh();
  expect(await accountOf(leaver)).toMatchObject({ status: "ACTIVE" });
});

test("who has left can be activated by name while Graph answers; afterwards it is said why not", async () => {
  const leaver = personWith({ state: "left", enabled: false });
  const { id, status } = await accountOf(leaver);
  expect(status).toBe("LEFT");
  const activate = async () => api.ask(admin, "POST", `${base}/accounts/activate`, { body: { accountIds: [id] } });
  expect((await activate()).body).toEqual({ changed: 1, unchanged: 0 });
  expect((await activate()).body).toEqual({ changed: 0, unchanged: 1 });
  const run = await backUp();
  const outcome = await outcomeOf(run.id, leaver);
  expect(outcome.status).toBe("Completed");
  expect(outcome.totals.messagesNew).toBe([...simulator.query.messages(leaver, {})].length);
  simulator.mutate.setUserState(leaver, "gone");
  await backUp();
  expect((await activate()).body).toEqual({
    ...{ changed: 0, unchanged: 1 },
    refused: [{ accountId: id, code: "account.left", text: expect.any(String), remedy: expect.any(String) }],
    refusedCount: 1,
  });
});

/** Each breaks the connection in one way, and answers how to mend it. */
const breaks: [string, (app: Simulator["app"]) => () => void][] = [
  ["graph.consent_missing", (app) => assigned(app, { roles: [] })],
  ["graph.forbidden", (app) => assigned(app, { roles: ["User.Read.All", "Files.Read.All"] })],
  [
    "credentials.secret_expired",
    (app) => assigned(app, { secrets: app.secrets.map((one) => ({ ...one, expiresMs: 1 })) }),
  ],
  ["credentials.app_not_found", (app) => assigned(app, { consented: false })],
  ["credentials.tenant_not_found", () => refusing(90002, "Tenant not found.")],
];
function assigned(app: Simulator["app"], change: Partial<Simulator["app"]>): () => void {
  const before = { ...app };
  Object.assign(app, change);
  return () => void Object.assign(app, before);
}
function refusing(aadsts: number, why: string): () => void {
  const message = JSON.stringify({ error: "invalid_request", error_description: `AADSTS${aadsts}: ${why}` });
  simulator.setFaults([{ kind: "status", on: "token", status: 400, message }]);
  return () => simulator.setFaults([]);
}

test.each(breaks)("%s stops the run once, red, and the next one goes on", async (code, breakIt) => {
  const mend = breakIt(simulator.app);
  simulator.invalidateTokens();
  simulator.resetStats();
  const run = await backUp();
  const { requests } = simulator.stats();
  mend();
  simulator.invalidateTokens();
  expect(run).toMatchObject({ status: "Failed", totals: { messagesSeen: 0, messagesNew: 0 } });
  expect(codes(run.totals)).toContain(code);
  const { text, remedy } = run.totals.reasons.find((one: { code: string }) => one.code === code);
  expect([text, remedy]).toEqual([expect.stringMatching(/\.$/), expect.stringMatching(/\.$/)]);
  expect((await api.ask(admin, "GET", base)).body.health).toEqual({ state: "failed", reason: code });
  // Not one call for each account: lanes that are under way find out, and nobody begins another account.
  const { body } = await api.ask(admin, "GET", `${base}/backups/${run.id}/accounts?top=500`);
  expect(requests.export ?? 0).toBeLessThan(body.items.length);
  const statuses = body.items.map((one: { status: string }) => one.status);
  expect(new Set(statuses)).toEqual(new Set(["Failed"]));
  const notReached = body.items.filter((one: Answer["body"]) => codes(one.totals).includes("backup.not_reached"));
  expect(notReached.length).toBeGreaterThan(0);
  for (const { accountId } of notReached) {
    const shown = await api.ask(admin, "GET", `${base}/accounts/${accountId}`);
    expect(shown.body.lastBackup).toMatchObject({ status: "Failed", reasons: [{ code: "backup.not_reached" }] });
  }
});

test("after all of that a run is whole again", async () => {
  const run = await backUp();
  expect(run).toMatchObject({ status: "Completed", totals: { failed: 0 } });
  expect((await api.ask(admin, "GET", base)).body.health).toEqual({ state: "ready", reason: null });
  const { body } = await api.ask(admin, "GET", `${base}/backups/${run.id}/accounts?top=500`);
  for (const { startedAt, finishedAt } of body.items as { startedAt: string; finishedAt: string }[]) {
    expect(startedAt >= run.startedAt).toBe(true);
    expect(finishedAt >= startedAt).toBe(true);
  }
});
