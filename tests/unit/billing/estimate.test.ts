import { expect, test, vi } from "vitest";
import { estimateOf, SAMPLED_ACCOUNTS } from "../../../shared/billing/estimate.ts";
import { modelCosts } from "../../../shared/billing/model-costs.ts";
import { type SampleExportDeps, sampleExport } from "../../../shared/billing/sample-export.ts";
import { AppError } from "../../../shared/platform/errors.ts";

const NOW = Date.parse("2026-03-20T10:00:00Z");
const DAY = 86_400_000;

test("model A gives messages to every user, model B none, and what is above costs the same", () => {
  expect(modelCosts(10_000, 5)).toEqual([
    { model: "A", seededMessages: 8_000, chargedMessages: 2_000, usd: 1.5 },
    { model: "B", seededMessages: 0, chargedMessages: 10_000, usd: 7.5 },
  ]);
  expect(modelCosts(0, 0).map(({ usd }) => usd)).toEqual([0, 0]);
  expect(modelCosts(7_000, 5)[0]).toMatchObject({ chargedMessages: 0, usd: 0 });
});

test("accounts that are alike leave no doubt, others widen the bounds, and one alone sets none", () => {
  expect(estimateOf([10, 10, 10], 100, false)).toEqual({ messagesPerMonth: 30_000, low: 30_000, high: 30_000 });
  const wide = estimateOf([0, 0, 30], 100, false);
  expect(wide).toMatchObject({ messagesPerMonth: 30_000, low: 0, high: 90_000 });
  expect(estimateOf([0, 0, 30], 100, true)).toMatchObject({ high: null });
  expect(estimateOf([10], 100, false)).toEqual({ messagesPerMonth: 30_000, low: 0, high: null });
  expect(estimateOf([], 0, false)).toEqual({ messagesPerMonth: 0, low: 0, high: 0 });
});

/** A tenant whose users have so many pages of so many messages on every day. */
function tenant(users: number, pages: readonly number[], silent: readonly string[] = []) {
  const asked: { user: string; from: number; to: number }[] = [];
  const noted = new Map<string, number>();
  const deps: SampleExportDeps = {
    ensureReady: async () => undefined,
    users: async () => Array.from({ length: users }, (_, n) => `user ${n}`),
    async *pages(_organization, user, stretch) {
      asked.push({ user, ...stretch });
      await Promise.resolve();
      if (silent.includes(user)) throw new AppError("not_found", "graph.user_not_found", "no mailbox");
      yield* pages;
    },
    usage: {
      get: async (_organization, month, source) => noted.get(`${month} ${source}`),
      put: async (_organization, month, source, messages) => void noted.set(`${month} ${source}`, messages),
      sum: async () => [...noted.values()].reduce((sum, messages) => sum + messages, 0),
    },
    estimates: { find: async () => undefined, put: async () => undefined },
    now: () => NOW,
  };
  return { deps, asked, used: () => deps.usage.sum("o", "2026-03"), months: () => [...noted.keys()] };
}
const sample = (deps: SampleExportDeps, operationId = "op") =>
  sampleExport(deps, { organizationId: "o", operationId }, Number.POSITIVE_INFINITY);

test("a sample is two whole past days of twenty accounts, the same for the same operation, another for another", async () => {
  const { deps, asked, used, months } = tenant(50, [7, 3]);
  expect(await sample(deps)).toMatchObject({
    status: "done",
    result: { accounts: 50, sampledAccounts: 20, calls: 80, messagesRead: 400, messagesPerMonth: 15_000, high: 15_000 },
  });
  expect(await used()).toBe(400);
  expect(months()).toEqual([expect.stringMatching(/^2026-03 /)]);
  const first = asked.splice(0);
  expect(new Set(first.map(({ user }) => user)).size).toBe(SAMPLED_ACCOUNTS);
  expect(new Set(first.map(({ user, from }) => `${user} ${from}`)).size).toBe(2 * SAMPLED_ACCOUNTS);
  for (const { from, to } of first) {
    expect([from % DAY, to - from]).toEqual([0, DAY]);
    expect(to).toBeLessThanOrEqual(NOW - DAY);
    expect(from).toBeGreaterThan(NOW - 31 * DAY);
  }
  await sample(deps);
  expect(asked.splice(0)).toEqual(first);
  await sample(deps, "other");
  expect(asked).not.toEqual(first);
});

test("days too full to be read to their end leave the estimate without an upper bound", async () => {
  const { deps, asked } = tenant(
    3,
    Array.from({ length: 50 }, () => 250),
  );
  const step = await sample(deps);
  expect(step).toMatchObject({ result: { calls: 24, messagesRead: 6_000, messagesPerMonth: 90_000 } });
  expect(step.status === "done" && step.result.high).toBeUndefined();
  expect(asked).toHaveLength(6);
});

test("users who cannot be exported are silent, and any other refusal ends it", async () => {
  const { deps } = tenant(2, [10], ["user 0"]);
  expect(await sample(deps)).toMatchObject({ result: { sampledAccounts: 2, messagesPerMonth: 300, low: 0 } });
  const refused = { ...deps, users: async () => ["user 1"], pages: paying };
  await expect(sample(refused)).rejects.toMatchObject({ code: "billing.payment_required" });
});

test("what was read counts, whatever ends the sample, and once more when it is read once more", async () => {
  const { deps, asked, used } = tenant(50, [7, 3]);
  const pages: SampleExportDeps["pages"] = async function* (...given) {
    if (asked.length % 13 === 12) {
      asked.push({ user: "nobody", from: 0, to: 0 });
      yield 5;
      throw new AppError("too_many", "graph.throttled", "later", { notBefore: NOW });
    }
    yield* deps.pages(...given);
  };
  const refusing = { ...deps, pages };
  await expect(sample(refusing)).rejects.toMatchObject({ code: "graph.throttled" });
  expect(await used()).toBe(12 * 10 + 5);
  await expect(sample(refusing)).rejects.toMatchObject({ code: "graph.throttled" });
  expect(await used()).toBe(2 * (12 * 10 + 5));
  await sample(deps);
  expect(await used()).toBe(2 * (12 * 10 + 5) + 400);
});

test("a process that dies in the middle of a sample has counted the accounts before", async () => {
  const { deps, asked, used } = tenant(50, [7, 3]);
  const dying: SampleExportDeps = {
    ...deps,
    pages: (...given) => (asked.length < 7 ? deps.pages(...given) : hanging()),
  };
  void sample(dying);
  await vi.waitFor(async () => expect(await used()).toBe(6 * 10));
});

async function* hanging(): AsyncGenerator<number> {
  await new Promise(() => undefined);
}

async function* paying(): AsyncGenerator<number> {
  await Promise.resolve();
  throw new AppError("conflict", "billing.payment_required", "pay");
}
