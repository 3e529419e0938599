import type { AccountStore, AccountTotalsSource } from "../../shared/accounts/account-store.ts";
import type { RunStore } from "../../shared/backup/run-store.ts";
import { totalsSoFar } from "../../shared/backup/view-run.ts";
import { type UsageStore, usageOf } from "../../shared/billing/usage.ts";
import type { OrganizationStore } from "../../shared/organizations/stores.ts";
import { forEachParallel } from "../../shared/platform/for-each-parallel.ts";
import type { Instant } from "../../shared/platform/time.ts";

interface Needs {
  readonly runs: RunStore;
  readonly usage: UsageStore;
  readonly directory: AccountStore;
  readonly totals: AccountTotalsSource;
  readonly organizations: OrganizationStore;
}

/** Messages that Graph returned in a month, with those of the run that is under way. */
export async function usageIn({ runs, usage }: Needs, now: () => Instant, organizationId: string, month: string) {
  // One run at a time, and at most one queued before it in the list.
  const run = (await runs.list(organizationId, 2)).find(({ status }) => status === "Running");
  if (!run) return usageOf(usage, organizationId, month);
  const { messagesSeen: messages } = await totalsSoFar(runs, organizationId, run.runId);
  const counted = { source: run.runId, since: run.startedAt ?? run.requestedAt, messages };
  return usageOf(usage, organizationId, month, { counted, now: now() });
}

/** Rows of the archive's sums that are read at a time. */
const ACCOUNTS_AT_ONCE = 100;
const READS_AT_ONCE = 4;

/** One organization in a partner's usage. Stored bytes are read account by account: seconds for ten thousand of them. */
export async function partnerRow(needs: Needs, now: () => Instant, organizationId: string, month: string) {
  const { directory, totals, organizations } = needs;
  const ids = (await directory.list(organizationId)).accounts.map(({ accountId }) => accountId);
  const slices = Array.from({ length: Math.ceil(ids.length / ACCOUNTS_AT_ONCE) }, (_, n) =>
    ids.slice(n * ACCOUNTS_AT_ONCE, (n + 1) * ACCOUNTS_AT_ONCE),
  );
  let storedBytes = 0;
  await forEachParallel(slices, READS_AT_ONCE, async (slice) => {
    for (const one of (await totals.of(organizationId, slice)).values()) storedBytes += one.storedBytes;
  });
  const [found, activatedAccounts, messagesReturned] = await Promise.all([
    organizations.find(organizationId),
    directory.countActive(organizationId),
    usageIn(needs, now, organizationId, month),
  ]);
  return { organizationId, name: found?.value.name ?? "", activatedAccounts, storedBytes, messagesReturned };
}
