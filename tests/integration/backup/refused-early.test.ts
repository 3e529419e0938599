import { afterAll, beforeAll, expect, test } from "vitest";
import type { FaultRule } from "../../../local/graph-simulator/faults.ts";
import type { Simulator } from "../../../local/graph-simulator/simulator.ts";
import type { ContentRecord } from "../../../shared/archive/content-store.ts";
import { contentTables } from "../../../shared/storage/content-tables.ts";
import { organizationBlobs } from "../../../shared/storage/organization-blobs.ts";
import { startApi, type TestApi } from "../../support/api.ts";
import { connected, until } from "../../support/connected.ts";
import { simulated } from "../../support/settings.ts";
import { startTrusted } from "../../support/simulator.ts";

let simulator: Simulator;
let api: TestApi;

beforeAll(async () => {
  simulator = await startTrusted({ sizes: { accounts: 6, messages: 400, chats: 10 }, exportPageSize: 5 });
  api = await startApi(simulated(simulator));
}, 120_000);
afterAll(async () => {
  await api.stop();
  await simulator.stop();
});

/** Pictures and files are refused in the words of a missing role, and messages take their time. */
const faults: FaultRule[] = [
  {
    ...{ kind: "status", on: ["hostedValue", "shareItem", "shareContent"], status: 403, code: "Forbidden" },
    message: "Missing role permissions on the request.",
  },
  { kind: "slow", on: "export", delayMs: 300 },
];

test("contents that come in after the organization was refused the first of them are counted, too", async () => {
  const { organizationId, admin } = await connected(api, simulator);
  const base = `organizations/${organizationId}`;
  const contents = contentTables(
    api.data.table("contents"),
    api.data.table("pendingContents"),
    organizationBlobs(api.data.blobs),
  );
  const records = async (): Promise<ContentRecord[]> => {
    const found: ContentRecord[] = [];
    for await (const key of contents.chats(organizationId)) {
      for await (const record of contents.ofChat(organizationId, key)) found.push(record);
    }
    return found;
  };
  simulator.setFaults(faults);
  const { roles } = simulator.app;
  Object.assign(simulator.app, { roles: roles.filter((role) => !/^(Files|Sites)[.]/.test(role)) });
  simulator.invalidateTokens();
  const { body } = await api.ask(admin, "POST", `${base}/backups`, { body: { all: true } });
  await expect.poll(() => simulator.stats().requests.shareItem ?? 0, { timeout: 60_000 }).toBeGreaterThan(0);
  const before = (await records()).length;
  const run = await until(
    api,
    admin,
    `${base}/backups/${body.id}`,
    (status) => !["Queued", "Running"].includes(status),
  );
  Object.assign(simulator.app, { roles });
  simulator.invalidateTokens();
  const after = await records();
  expect(after.length).toBeGreaterThan(before);
  const counted = (code: string) => run.totals.reasons.find((one: { code: string }) => one.code === code)?.count;
  expect(counted("content.pending")).toBe(after.filter(({ state }) => state === "pending").length);
  expect(run).toMatchObject({ status: "Failed", totals: { attachmentsStored: 0 } });
});

test("what Graph says of single pictures and files stops nothing while the token holds the role that it names", async () => {
  const { organizationId, admin } = await connected(api, simulator);
  const base = `organizations/${organizationId}`;
  simulator.setFaults(faults);
  const { body } = await api.ask(admin, "POST", `${base}/backups`, { body: { all: true } });
  const run = await until(
    api,
    admin,
    `${base}/backups/${body.id}`,
    (status) => !["Queued", "Running"].includes(status),
  );
  expect(run.status).toBe("Partial");
  const accounts = await api.ask(admin, "GET", `${base}/backups/${run.id}/accounts?top=500`);
  const shown = accounts.body.items as { totals: { reasons: { code: string }[] } }[];
  for (const { totals } of [run, ...shown])
    expect(totals.reasons.map(({ code }: { code: string }) => code)).toEqual(["content.unauthorized"]);
});
