import { createHash } from "node:crypto";
import { refusesAccount } from "../backup/outcome.contract.ts";
import type { Step } from "../platform/activity.contract.ts";
import { isAppError } from "../platform/errors.ts";
import { newId } from "../platform/new-id.ts";
import type { Instant } from "../platform/time.ts";
import type { SampleResult } from "./billing.contract.ts";
import { DRAWN_FROM_DAYS, estimateOf, SAMPLED_ACCOUNTS, SAMPLED_DAYS } from "./estimate.ts";
import { modelCosts } from "./model-costs.ts";
import { countUsage, type UsageStore } from "./usage.ts";

/** The last estimate of each organization. */
export interface EstimateStore {
  find(organizationId: string): Promise<StoredEstimate | undefined>;
  put(organizationId: string, estimate: StoredEstimate): Promise<void>;
}
export interface StoredEstimate extends SampleResult {
  readonly at: Instant;
}

export interface SampleExportDeps {
  readonly ensureReady: (organizationId: string) => Promise<void>;
  /** Graph's ids of everybody in the tenant, active or not. */
  readonly users: (organizationId: string) => Promise<readonly string[]>;
  /** How many messages are on each page of a stretch of time. Errors are those of MessageSource. */
  readonly pages: (
    organizationId: string,
    userGraphId: string,
    stretch: { readonly from: Instant; readonly to: Instant },
  ) => AsyncIterable<number>;
  readonly usage: UsageStore;
  readonly estimates: EstimateStore;
  readonly now: () => Instant;
}

const DAY_MS = 86_400_000;
/** Of one day of one account; what is beyond is not read, and the estimate has no upper bound then. */
const MOST_PAGES = 4;

/** Estimates what a month of exports comes to, by a few days of a few accounts: at most 160 calls, one after another, at the tenant's
 * pace. Users whose messages cannot be exported count as silent. What was read counts as usage, however it ends. The same operation always draws the same sample. */
export async function sampleExport(
  deps: SampleExportDeps,
  { organizationId, operationId }: { readonly organizationId: string; readonly operationId: string },
  deadline: Instant,
): Promise<Step<SampleResult>> {
  await deps.ensureReady(organizationId);
  const since = deps.now();
  const users = await deps.users(organizationId);
  const drawn = [...users].sort((a, b) => draw(operationId, a) - draw(operationId, b)).slice(0, SAMPLED_ACCOUNTS);
  const perDay: number[] = [];
  const tally = { calls: 0, messages: 0, wasCut: false };
  // Of this try alone: what an earlier one read was read, and may have to be paid, too.
  const source = `${operationId}-${newId(since)}`;
  const count = () => countUsage(deps, organizationId, { source, since, messages: tally.messages });
  for (const user of drawn) {
    if (deps.now() >= deadline) break;
    const before = tally.messages;
    try {
      for (const day of days(operationId, user, since)) await readDay(deps, organizationId, user, day, tally);
    } finally {
      await count();
    }
    perDay.push((tally.messages - before) / SAMPLED_DAYS);
  }
  const estimate = estimateOf(perDay, users.length, tally.wasCut);
  const [a, b] = modelCosts(estimate.messagesPerMonth, users.length);
  const result: SampleResult = {
    accounts: users.length,
    sampledAccounts: perDay.length,
    calls: tally.calls,
    messagesRead: tally.messages,
    messagesPerMonth: estimate.messagesPerMonth,
    low: estimate.low,
    ...(estimate.high === null ? {} : { high: estimate.high }),
    usdModelA: a?.usd ?? 0,
    usdModelB: b?.usd ?? 0,
  };
  await deps.estimates.put(organizationId, { ...result, at: deps.now() });
  return { status: "done", result };
}

interface Tally {
  calls: number;
  messages: number;
  wasCut: boolean;
}

async function readDay(deps: SampleExportDeps, organizationId: string, user: string, from: Instant, tally: Tally) {
  let pages = 0;
  try {
    for await (const messages of deps.pages(organizationId, user, { from, to: from + DAY_MS })) {
      tally.calls += 1;
      tally.messages += messages;
      pages += 1;
      if (pages < MOST_PAGES) continue;
      tally.wasCut = true;
      return;
    }
  } catch (error) {
    if (!isAppError(error) || !refusesAccount(error.code)) throw error;
    tally.calls += 1;
  }
}

/** Different days of the last weeks, each whole in UTC. */
function days(operationId: string, user: string, now: Instant): Instant[] {
  const today = Math.floor(now / DAY_MS);
  const first = draw(operationId, `day ${user}`) % DRAWN_FROM_DAYS;
  const step = DRAWN_FROM_DAYS / SAMPLED_DAYS;
  return Array.from({ length: SAMPLED_DAYS }, (_, place) => {
    // Days of the week differ: half the weeks and three days lie between two of an account.
    const back = (first + place * (step + 3)) % DRAWN_FROM_DAYS;
    return (today - 2 - back) * DAY_MS;
  });
}

const draw = (operationId: string, what: string): number =>
  createHash("sha256").update(`${operationId} ${what}`).digest().readUInt32BE(0);
