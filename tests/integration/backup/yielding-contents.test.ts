import { Readable } from "node:stream";
import { expect, test } from "vitest";
import type { ContentSource } from "../../../shared/backup/content-source.ts";
import { contentWorld, fileReference } from "../../support/content-world.ts";
import { ownStorage } from "../../support/own-storage.ts";

const clients = ownStorage();
const HOUR_MS = 3_600_000;

const source: ContentSource = {
  hosted: () => Promise.reject(new Error("not used")),
  file: () => Promise.resolve({ body: Readable.from([Buffer.from("file")]), bytes: 4 }),
};

test("a run of which contents alone are left makes way, after most of a day, for the one that is queued behind it", async () => {
  let [clock, isSlow] = [Date.now(), true];
  const deadline = () => (isSlow ? 0 : Number.POSITIVE_INFINITY);
  const world = contentWorld(clients, source, { now: () => clock, deadline });
  const { organizationId, deps } = world;
  const { runs } = deps;
  await runs.request(organizationId, []);
  const { runId = "" } = (await runs.begin(organizationId)) ?? {};
  await world.add("chat", "1", fileReference("https://contoso.sharepoint.com/file"));
  const isAtWork = async () => (await world.once(runId)).some(({ status }) => status === "again");

  await runs.request(organizationId, []);
  clock += 30 * HOUR_MS;
  expect(await isAtWork(), "while messages still come").toBe(true);
  await runs.endFetch(organizationId, runId);
  clock -= 15 * HOUR_MS;
  expect(await isAtWork(), "on the same day").toBe(true);
  clock += 15 * HOUR_MS;
  expect(await isAtWork(), "the next day").toBe(false);
  expect(await world.counts(runId, "chat")).toMatchObject({ stored: 0, pending: 1 });

  const run = await runs.find(organizationId, runId);
  await runs.finish(organizationId, { runId, requestedAt: 0, scope: "all", ...run, status: "Partial" });
  const next = (await runs.begin(organizationId))?.runId ?? "";
  await runs.endFetch(organizationId, next);
  clock += 30 * HOUR_MS;
  expect(
    (await world.once(next)).some(({ status }) => status === "again"),
    "with nobody behind it",
  ).toBe(true);
  isSlow = false;
  await world.run(next);
  expect(await world.counts(next, "chat")).toMatchObject({ stored: 1, pending: 0 });
});
