import { afterAll, beforeAll, expect, test } from "vitest";
import { type Azurite, startAzurite } from "../../../local/azurite.ts";
import { countUsage, type UsageStore, usageOf } from "../../../shared/billing/usage.ts";
import { newId } from "../../../shared/platform/new-id.ts";
import { usageTable } from "../../../shared/storage/usage-table.ts";
import { clientsOf } from "../../support/storage.ts";

let azurite: Azurite;
let usage: UsageStore;
beforeAll(async () => {
  azurite = await startAzurite();
  usage = usageTable(clientsOf(azurite).table("usage"));
});
afterAll(() => azurite.stop());

const at = (time: string) => ({ usage, now: () => Date.parse(time) });
const since = Date.parse("2025-11-30T22:00:00Z");

test("what a run returned counts once, however often it is noted", async () => {
  const id = newId(since);
  for (const messages of [100, 100, 250, 250])
    await countUsage(at("2025-11-30T23:00:00Z"), id, { source: "a", since, messages });
  await countUsage(at("2025-11-30T23:00:00Z"), id, { source: "b", since, messages: 7 });
  expect(await usage.sum(id, "2025-11")).toBe(257);
  expect([await usage.sum(id, "2025-10"), await usage.sum(newId(since), "2025-11")]).toEqual([0, 0]);
});

test("a run that is paused over the ends of months counts in each for what it returned there", async () => {
  const id = newId(since);
  await countUsage(at("2025-11-30T23:00:00Z"), id, { source: "run", since, messages: 100 });
  await countUsage(at("2026-01-05T00:00:00Z"), id, { source: "run", since, messages: 130 });
  await countUsage(at("2026-02-01T00:00:00Z"), id, { source: "run", since, messages: 200 });
  // A repeat that comes late.
  await countUsage(at("2026-03-01T00:00:00Z"), id, { source: "run", since, messages: 200 });
  const months = ["2025-11", "2025-12", "2026-01", "2026-02", "2026-03"];
  expect(await Promise.all(months.map((month) => usage.sum(id, month)))).toEqual([100, 0, 30, 70, 0]);
});

test("a run under way counts for the present month, less what is noted of it", async () => {
  const id = newId(since);
  await countUsage(at("2025-11-30T23:00:00Z"), id, { source: "run", since, messages: 100 });
  await countUsage(at("2025-12-01T00:00:00Z"), id, { source: "other", since, messages: 5 });
  const underway = { counted: { source: "run", since, messages: 130 }, now: Date.parse("2025-12-02T00:00:00Z") };
  expect(await usageOf(usage, id, "2025-12", underway)).toBe(35);
  expect(await usageOf(usage, id, "2025-11", underway)).toBe(100);
  expect(await usageOf(usage, id, "2025-12")).toBe(5);
});
