import type { ArchiveOf, ArchiveStore } from "../archive/archive-store.ts";
import { decodeManifest } from "../archive/manifest.ts";
import { unless } from "../platform/errors.ts";
import type { Instant } from "../platform/time.ts";
import type { BackupAccounts } from "./backup-accounts.ts";
import { isEnded, queued } from "./run-accounts.ts";
import type { RunAccount, RunStore } from "./run-store.ts";

interface ErasedSinceDeps {
  readonly archive: ArchiveStore;
  readonly runs: RunStore;
  readonly accounts: Pick<BackupAccounts, "graphId">;
  readonly now: () => Instant;
}

/** How the run ends for an account that an erasure took meanwhile, whatever came of it before. */
export async function erasedSince(
  { archive, accounts, runs, now }: ErasedSinceDeps,
  run: ArchiveOf & { readonly runId: string },
): Promise<RunAccount | undefined> {
  const { organizationId, accountId, runId } = run;
  const of = { organizationId, accountId };
  const account = (await runs.account(organizationId, runId, accountId)) ?? queued(accountId);
  const last = await archive.lastManifest(of);
  if (!last || isEnded(account)) return undefined;
  const read = async () => decodeManifest(await archive.readManifest(of, last.number), last.sha256);
  if ((await read().catch(unless("archive.damaged")))?.status !== "Erased") return undefined;
  // Asked of these alone: it throws where the feature was switched off meanwhile.
  if ((await accounts.graphId(organizationId, accountId)) !== undefined) return undefined;
  const totals = { ...account.totals, failed: 0, skipped: 1, reasons: [{ code: "account.erased", count: 1 }] };
  return { ...account, status: "Completed", totals, finishedAt: now() };
}
