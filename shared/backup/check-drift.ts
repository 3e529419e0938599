import { type ArchiveOf, type ArchiveStore, NO_COUNTS, type WindowRow } from "../archive/archive-store.ts";
import type { VisibleFrom } from "../archive/retention.ts";
import { type MessageVersion, monthOf, versionOf } from "../archive/version.ts";
import type { Step } from "../platform/activity.contract.ts";
import { isAppError } from "../platform/errors.ts";
import { newId } from "../platform/new-id.ts";
import type { Instant } from "../platform/time.ts";
import type { BackupAccounts } from "./backup-accounts.ts";
import type { Drift, DriftStore } from "./drift-store.ts";
import { knownElsewhere, knownIn } from "./known-versions.ts";
import type { MessageSource } from "./message-source.ts";
import { stopsOrganization } from "./outcome.contract.ts";
import { covers, HISTORY_START, type TimeWindow } from "./plan-windows.ts";
import type { RunAccountsDeps } from "./run-accounts.ts";

export interface CheckDriftDeps {
  readonly accounts: BackupAccounts;
  readonly messages: MessageSource;
  readonly archive: ArchiveStore;
  readonly drifts: DriftStore;
  readonly visibleFrom: VisibleFrom;
  readonly countUsage: RunAccountsDeps["countUsage"];
  /** From 0 (included) to 1 (excluded). */
  readonly random: () => number;
  readonly now: () => Instant;
}

const DAY_MS = 86_400_000;
const WEEK_MS = 7 * DAY_MS;
/** What is younger is read again by the daily runs. */
const YOUNGEST_MS = 4 * DAY_MS;
const ACCOUNTS = 5;
/** Of one stretch: where Graph charges, it charges for this, too. */
const MOST_PAGES = 10;

/** Reads a random old week of a few random accounts from Graph again and compares it with the archive. A week in which something is
 * missing or changed is planned for the account's next run, which brings it in. What was read counts as usage. At the deadline it is content with what it has. */
export async function checkDrift(
  deps: CheckDriftDeps,
  { organizationId, driftId }: { readonly organizationId: string; readonly driftId: string },
  deadline: Instant,
): Promise<Step<Record<string, never>>> {
  const since = deps.now();
  // Of this try alone: what an earlier one read was read, and may have to be paid, too.
  const usage = { source: `${driftId}-${newId(since)}`, since, messages: 0 };
  let drift: Drift = { driftId, checkedAt: since, windows: 0, messages: 0, missing: 0, changed: 0, codes: [] };
  for (const accountId of await someAccounts(deps, organizationId)) {
    if (deps.now() >= deadline) break;
    const of = { organizationId, accountId };
    try {
      drift = add(drift, await checkAccount(deps, of, { driftId, usage }, deadline));
    } catch (error) {
      if (!isAppError(error) || error.code.startsWith("storage.")) throw error;
      drift = { ...drift, codes: [...new Set([...drift.codes, error.code])] };
      if (stopsOrganization(error.code)) break;
    } finally {
      await deps.countUsage(organizationId, usage);
    }
  }
  if (drift.windows > 0 || drift.codes.length > 0) await deps.drifts.put(organizationId, drift);
  return { status: "done", result: {} };
}

/** Each account is as likely as any other, however many there are. */
async function someAccounts({ accounts, random }: CheckDriftDeps, organizationId: string): Promise<string[]> {
  const chosen: string[] = [];
  let count = 0;
  for await (const accountId of accounts.active(organizationId)) {
    count += 1;
    const place = chosen.length < ACCOUNTS ? chosen.length : Math.floor(random() * count);
    if (place < ACCOUNTS) chosen[place] = accountId;
  }
  return chosen;
}

type Found = Pick<Drift, "windows" | "messages" | "missing" | "changed">;
const NOTHING: Found = { windows: 0, messages: 0, missing: 0, changed: 0 };

interface Check {
  readonly driftId: string;
  readonly usage: { messages: number };
}

async function checkAccount(deps: CheckDriftDeps, of: ArchiveOf, check: Check, deadline: Instant): Promise<Found> {
  const userId = await deps.accounts.graphId(of.organizationId, of.accountId);
  const window = await someWeek(deps, of);
  if (userId === undefined || !window) return NOTHING;
  const found = await compare(deps, of, { userId, window, usage: check.usage }, deadline);
  // Deactivated meanwhile, as an erasure does before it takes anything: what was compared may be half of it.
  if ((await deps.accounts.graphId(of.organizationId, of.accountId)) === undefined) return NOTHING;
  if (found.missing + found.changed > 0)
    await plan(deps.archive, of, { ...window, state: "pending", runId: check.driftId, ...NO_COUNTS });
  return found;
}

const TRIES = 5;

/** In one transaction with a window that stays as it is: an erasure takes that, and this with it, or leaves nothing to plan for. */
async function plan(archive: ArchiveStore, of: ArchiveOf, row: WindowRow): Promise<void> {
  for (let tries = 0; tries < TRIES; tries++) {
    const done = (await Array.fromAsync(archive.windows(of))).find(({ state }) => state === "done");
    const stored = done && (await archive.window(of, done.from, done.to));
    if (!done) return;
    if (!stored) continue;
    const { etag: _, ...kept } = stored;
    try {
      return await archive.commit(of, [], [kept, row], [stored]);
    } catch (error) {
      // Joined with others meanwhile, or erased.
      if (!isAppError(error, "storage.changed") && !isAppError(error, "storage.not_found")) throw error;
    }
  }
}

/** A week within what is archived; none where there is no such week, or where its row would take another one's place. */
async function someWeek({ archive, now, random }: CheckDriftDeps, of: ArchiveOf): Promise<TimeWindow | undefined> {
  const start = Math.max(HISTORY_START, (await archive.totals(of))?.firstMessageAt ?? Number.POSITIVE_INFINITY);
  const last = now() - YOUNGEST_MS - WEEK_MS;
  if (last < start) return undefined;
  const from = start + Math.floor(random() * (last - start + 1));
  const window = { from, to: from + WEEK_MS };
  const done = (await Array.fromAsync(archive.windows(of))).filter(({ state }) => state === "done");
  if (!covers(done, window) || (await archive.window(of, window.from, window.to))) return undefined;
  return window;
}

async function compare(
  deps: CheckDriftDeps,
  of: ArchiveOf,
  { userId, window, usage }: Pick<Check, "usage"> & { readonly userId: string; readonly window: TimeWindow },
  deadline: Instant,
): Promise<Found> {
  const visibleFrom = await deps.visibleFrom(of);
  const known = await knownIn(deps.archive, of, window);
  const unknown: MessageVersion[] = [];
  let [messages, pages] = [0, 0];
  for await (const page of deps.messages.pages(of.organizationId, userId, window)) {
    usage.messages += page.messages.length;
    for (const raw of page.messages) {
      const version = versionOf(raw);
      if (!version || (version.createdAt ?? visibleFrom) < visibleFrom) continue;
      messages += 1;
      if (!known.versions.has(version)) unknown.push(version);
    }
    if (++pages >= MOST_PAGES || deps.now() >= deadline) break;
  }
  const changed = await countKnown(deps.archive, of, unknown);
  return { windows: 1, messages, missing: unknown.length - changed, changed };
}

/** Those of which the archive has another version. */
async function countKnown(archive: ArchiveStore, of: ArchiveOf, versions: readonly MessageVersion[]): Promise<number> {
  let count = 0;
  for (const [month, some] of Map.groupBy(versions, ({ createdAt }) => monthOf(createdAt))) {
    const { messages } = await knownElsewhere(archive, of, month, some);
    count += some.filter((version) => messages.has(version)).length;
  }
  return count;
}

const add = (drift: Drift, found: Found): Drift => ({
  ...drift,
  windows: drift.windows + found.windows,
  messages: drift.messages + found.messages,
  missing: drift.missing + found.missing,
  changed: drift.changed + found.changed,
});
