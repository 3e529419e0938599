import { createHash } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Azurite, startAzurite } from "../../../local/azurite.ts";
import { type AuditEntry, type AuditStore, recordAudit } from "../../../shared/access/audit.ts";
import { auditTable } from "../../../shared/storage/audit-table.ts";
import { clientsOf } from "../../support/storage.ts";

let azurite: Azurite;
let audit: AuditStore;

beforeAll(async () => {
  azurite = await startAzurite();
  audit = auditTable(clientsOf(azurite).table("audit"));
});
afterAll(() => azurite.stop());

const by = { id: "p1", tenantId: "t", objectId: "o", name: "Adèle" };

/** Proved by what the entries say alone: newest first, without a gap or a change. */
const isChain = (entries: readonly AuditEntry[]): boolean =>
  entries.every(({ id, at, principalId, principalName, action, facts, before, hash }, place) => {
    const sorted = Object.entries(facts).sort(([a], [b]) => (a < b ? -1 : 1));
    const said = JSON.stringify([before, id, at, principalId, principalName, action, sorted]);
    const next = entries[place + 1];
    return hash === createHash("sha256").update(said).digest("hex") && (next === undefined || next.hash === before);
  });

test("entries of many at once are one chain, newest first, and pages of it leave none out", async () => {
  let now = Date.UTC(2026, 0, 1);
  const record = (n: number) => recordAudit({ audit, now: () => (now -= 5) }, "many", by, "thing.done", { n });
  await Promise.all(Array.from({ length: 12 }, (_, n) => record(n)));
  await record(12);
  const all = await audit.page("many", 100);
  expect(all.map(({ facts }) => facts["n"]).sort((a, b) => Number(a) - Number(b))).toEqual([...Array(13).keys()]);
  expect(all[0]?.facts).toEqual({ n: 12 });
  expect(isChain(all)).toBe(true);
  const pages = [await audit.page("many", 5), await audit.page("many", 100, all[4]?.id)];
  expect(pages.flat()).toEqual(all);
  expect(await audit.page("others", 5)).toEqual([]);
});

test("a changed entry, or one that is gone, breaks the chain", async () => {
  for (const n of [1, 2, 3]) await recordAudit({ audit, now: Date.now }, "few", by, "thing.done", { n });
  const [last, middle, first] = await audit.page("few", 10);
  if (!last || !middle || !first) throw new Error("three entries were written");
  expect(isChain([last, middle, first])).toBe(true);
  expect(isChain([last, first])).toBe(false);
  for (const change of [{ facts: { n: 9 } }, { principalId: "p2" }, { at: first.at }, { action: "other" }]) {
    expect(isChain([last, { ...middle, ...change }, first])).toBe(false);
  }
});
