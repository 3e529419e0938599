import { readPack } from "../archive/archive-reader.ts";
import type { ArchiveOf, ArchiveStore, ArchiveTotals, PackRow, WindowRow } from "../archive/archive-store.ts";
import { chatKey } from "../archive/chat-key.ts";
import {
  type Manifest,
  manifestChanges,
  type ManifestPack,
  manifestSums,
  manifestTotals,
  manifestWindow,
} from "../archive/manifest.ts";
import { appendManifest, type Chain, openChain } from "../archive/manifest-chain.ts";
import { sumChanges } from "../archive/sum-changes.ts";
import type { Step } from "../platform/activity.contract.ts";
import { isAppError } from "../platform/errors.ts";
import type { Instant } from "../platform/time.ts";
import type { BackupAccounts } from "./backup-accounts.ts";
import { erasedSince } from "./erased-since.ts";
import { stopsOrganization } from "./outcome.contract.ts";
import { checkpointOf } from "./plan-windows.ts";
import { failure, isEnded, queued } from "./run-accounts.ts";
import type { ChatContents, RunAccount, RunStore } from "./run-store.ts";
import { shownTotals } from "./show-account.ts";
import { accountStatus, addTotals, contentTotals, isDamaged, NO_TOTALS } from "./totals.ts";

export interface SealAccountDeps {
  readonly archive: ArchiveStore;
  readonly runs: RunStore;
  readonly accounts: Pick<BackupAccounts, "graphId">;
  readonly now: () => Instant;
}

type InRun = ArchiveOf & { readonly runId: string };
type ShownSums = Omit<ArchiveTotals, "lastRun">;

/** Ends an account's part of a run: manifest, outcome, and the sums that lists show. A repeat writes the same again. What it
 * reads is what the run brought, whatever the account has. Where the archive is damaged the account ends as Failed, without a
 * manifest: what the run brought stays, for the manifest of the first run after the damage is mended. Of an account that was erased
 * since it was begun upon nothing is told but that: the manifest of the erasure stays the last one. */
export async function sealAccount(deps: SealAccountDeps, run: InRun): Promise<Step<Record<string, never>>> {
  const of = { organizationId: run.organizationId, accountId: run.accountId };
  const erased = await erasedSince(deps, run);
  if (erased) {
    await deps.runs.putAccount(run.organizationId, run.runId, erased);
    return { status: "done", result: {} };
  }
  const { account, stopCode } = await proved(deps, run, await Array.fromAsync(deps.archive.windows(of)));
  if (isEnded(account)) return { status: "done", result: {} };
  const { ended, sums } = await withManifest(deps, run, account, stopCode).catch(async (error: unknown) => {
    if (!isAppError(error, "archive.damaged")) throw error;
    return { ended: damaged(account, error.code, deps.now()), sums: await deps.archive.totals(of) };
  });
  await deps.archive.putTotals(of, shownTotals(sums, ended, run.runId));
  await deps.runs.putAccount(run.organizationId, run.runId, ended);
  return { status: "done", result: {} };
}

const damaged = (account: RunAccount, code: string, now: Instant): RunAccount => ({
  ...account,
  status: "Failed",
  totals: isDamaged(account.totals) ? account.totals : addTotals(account.totals, failure(code)),
  finishedAt: now,
});

async function withManifest(
  deps: SealAccountDeps,
  run: InRun,
  account: RunAccount,
  stopCode: string | undefined,
): Promise<{ ended: RunAccount; sums: ShownSums }> {
  const { archive } = deps;
  const of = { organizationId: run.organizationId, accountId: run.accountId };
  for (;;) {
    const chain = await openChain(archive, of);
    const own = chain.last?.manifest.runId === run.runId ? chain.last.manifest : undefined;
    const { added } = own?.packs ?? manifestChanges(chain.changes);
    const packs = await rowsOf(archive, of, added);
    const contents = await contentsOf(deps, of, run.runId, packs);
    const ended = endOf(account, contents, deps.now(), stopCode);
    const manifest = own ?? nextManifest(run, chain, packs, contents, ended);
    if (!own && !(await appendManifest(archive, of, manifest))) continue;
    const { packBytes, contentBytes, packs: _, ...sums } = manifestSums(manifest);
    return { ended, sums: { ...sums, storedBytes: packBytes + contentBytes } };
  }
}

/** An account is complete when its rows say so, whatever was reported on the way: done windows without a gap up to the
 * start of the run, and none to be read again. Otherwise the run is not, and the next one begins at the gap. `stopCode`: what the account ended by. */
async function proved(
  deps: SealAccountDeps,
  { organizationId, accountId, runId }: InRun,
  windows: readonly WindowRow[],
): Promise<{ account: RunAccount; stopCode?: string }> {
  const account = (await deps.runs.account(organizationId, runId, accountId)) ?? queued(accountId);
  const run = await deps.runs.find(organizationId, runId);
  const done = windows.filter(({ state }) => state === "done");
  const covered = done.length === windows.length && checkpointOf(done) >= (run?.startedAt ?? Number.POSITIVE_INFINITY);
  const own = account.totals.reasons.find(({ code }) => stopsOrganization(code))?.code;
  const told = { account, ...(own === undefined ? {} : { stopCode: own }) };
  if (covered || account.totals.failed > 0 || account.totals.skipped > 0) return told;
  const stopped = run?.stopCode === undefined ? {} : { stopCode: run.stopCode };
  const code = account.status === "Queued" ? "backup.not_reached" : (run?.stopCode ?? "backup.window_incomplete");
  return { account: { ...account, totals: addTotals(account.totals, failure(code)) }, ...stopped };
}

function endOf(account: RunAccount, contents: ChatContents, now: Instant, stopCode?: string): RunAccount {
  const sums = contentTotals(contents);
  return {
    ...account,
    contents: sums,
    status: accountStatus(account.totals, sums, stopCode),
    finishedAt: account.finishedAt ?? now,
  };
}

function nextManifest(
  { organizationId, accountId, runId }: InRun,
  { last, changes, windows }: Chain,
  packs: readonly PackRow[],
  contents: ChatContents,
  account: RunAccount,
): Manifest {
  const { stored, bytes, skipped, failed, pending } = contents;
  return {
    product: "teams-chat-vault",
    version: 1,
    organizationId,
    accountId,
    runId,
    number: (last?.row.number ?? 0) + 1,
    previous: last ? { number: last.row.number, sha256: last.row.sha256 } : null,
    status: account.status,
    packs: manifestChanges(changes),
    windows: windows.map(manifestWindow),
    contents: { stored, bytes, skipped, failed, pending },
    reasons: addTotals(account.totals, account.contents).reasons,
    totals: manifestTotals(sumChanges(last?.row.sums, changes, packs, bytes)),
  };
}

/** The rows of packs that no run has compacted yet. */
async function rowsOf(archive: ArchiveStore, of: ArchiveOf, packs: readonly ManifestPack[]): Promise<PackRow[]> {
  const names = new Set(packs.map(({ sha256 }) => sha256));
  const rows: PackRow[] = [];
  for (const month of new Set(packs.map((pack) => pack.month))) {
    for await (const row of archive.packs(of, { from: month, to: month })) if (names.has(row.sha256)) rows.push(row);
  }
  return rows;
}

async function contentsOf(
  deps: SealAccountDeps,
  of: ArchiveOf,
  runId: string,
  packs: readonly PackRow[],
): Promise<ChatContents> {
  const chats = new Set<string>();
  for (const pack of packs) {
    if (pack.chats) for (const { chatId } of pack.chats) chats.add(chatId);
    else for await (const { chatId } of readPack(deps.archive, of, pack)) chats.add(chatId);
  }
  let sum: ChatContents = { chatKey: "", stored: 0, bytes: 0, skipped: 0, failed: 0, pending: 0, reasons: [] };
  for (const chatId of chats) {
    const one = await deps.runs.contentsOf(of.organizationId, runId, chatKey(chatId));
    if (one) sum = add(sum, one);
  }
  return sum;
}

const add = (a: ChatContents, b: ChatContents): ChatContents => ({
  chatKey: a.chatKey,
  stored: a.stored + b.stored,
  bytes: a.bytes + b.bytes,
  skipped: a.skipped + b.skipped,
  failed: a.failed + b.failed,
  pending: a.pending + b.pending,
  reasons: addTotals({ ...NO_TOTALS, reasons: a.reasons }, { ...NO_TOTALS, reasons: b.reasons }).reasons,
});
