import { afterAll, beforeAll, expect, test } from "vitest";
import type { Simulator } from "../../../local/graph-simulator/simulator.ts";
import { NO_COUNTS } from "../../../shared/archive/archive-store.ts";
import { backupInstance, WINDOWS_PER_GENERATION } from "../../../shared/backup/backup.contract.ts";
import { archiveTables } from "../../../shared/storage/archive-tables.ts";
import { organizationBlobs } from "../../../shared/storage/organization-blobs.ts";
import { startApi, type TestApi } from "../../support/api.ts";
import { backedUp } from "../../support/backed-up.ts";
import { durableApi } from "../../support/durable-api.ts";
import { anchor, startTrusted } from "../../support/simulator.ts";
import { simulated } from "../../support/settings.ts";

let simulator: Simulator;
let api: TestApi;

beforeAll(async () => {
  simulator = await startTrusted({ sizes: { accounts: 3, messages: 200, chats: 3 } });
  api = await startApi(simulated(simulator));
});
afterAll(async () => {
  await api.stop();
  await simulator.stop();
});

const DAY = 86_400_000;
const WINDOWS = 3 * WINDOWS_PER_GENERATION;

test("an account goes through many windows in generations, its lane waits for the last, and a crash changes nothing", async () => {
  const organization = await backedUp(api, simulator);
  const { organizationId, admin, base } = organization;
  const archive = archiveTables(api.data.table("archive"), organizationBlobs(api.data.blobs));
  const { body } = await api.ask(admin, "GET", `${base}/accounts?top=500&status=ACTIVE`);
  const ids = (body.items as { id: string }[]).map(({ id }) => id);
  for (const accountId of ids) {
    const windows = Array.from({ length: WINDOWS }, (_, n) => {
      const to = anchor - (n + 1) * DAY;
      return { from: to - DAY, to, state: "pending", runId: "earlier", ...NO_COUNTS } as const;
    });
    await archive.commit({ organizationId, accountId }, [], windows);
  }
  const runId = await organization.begin();
  const durable = durableApi(api.url);
  const instance = `${backupInstance(runId)}:${ids[0] ?? ""}`;
  const generation = async () => {
    const { input } = await durable.status(instance).catch(() => ({ input: undefined }));
    return typeof input === "object" && input !== null && "before" in input;
  };
  for (let tries = 0; tries < 1_000 && !(await generation()); tries++);
  await api.crash();
  expect(await organization.ended(runId)).toMatchObject({ status: "Completed" });
  expect(await organization.differences()).toEqual([]);
  for (const accountId of ids) {
    const { runtimeStatus, input, historyEvents } = await durable.status(
      `${backupInstance(runId)}:${accountId}`,
      "?showHistory=true",
    );
    expect({ runtimeStatus, input }).toMatchObject({ runtimeStatus: "Completed", input: { before: { codes: [] } } });
    // Of each window what called it and what came of it, and around both the rounds.
    expect(historyEvents?.length).toBeLessThan(6 * WINDOWS_PER_GENERATION);
  }
});
