import { readPack } from "../archive/archive-reader.ts";
import type {
  ArchiveOf,
  ArchiveStore,
  ArchiveTotals,
  ManifestRow,
  PackRow,
  WindowRow,
} from "../archive/archive-store.ts";
import { chatKey } from "../archive/chat-key.ts";
import { encodeManifest, type Manifest, manifestPack, manifestWindow, nextNumber } from "../archive/manifest.ts";
import type { Step } from "../platform/activity.contract.ts";
import { isAppError } from "../platform/errors.ts";
import type { Instant } from "../platform/time.ts";
import { checkpointOf } from "./plan-windows.ts";
import { queued } from "./run-accounts.ts";
import type { ChatContents, RunAccount, RunStore } from "./run-store.ts";
import { addTotals, contentTotals, NO_TOTALS, statusOf, stopsOrganization } from "./totals.ts";

export interface SealAccountDeps {
  readonly archive: ArchiveStore;
  readonly runs: RunStore;
  readonly now: () => Instant;
}

type InRun = ArchiveOf & { readonly runId: string };

/** Ends an account's part of a run: manifest, outcome, and the sums that lists show. A repeat writes the same again. */
export async function sealAccount(
  deps: SealAccountDeps,
  { organizationId, accountId, runId }: InRun,
): Promise<Step<Record<string, never>>> {
  const of = { organizationId, accountId };
  const all = await Array.fromAsync(deps.archive.windows(of));
  const account = await proved(deps, { organizationId, accountId, runId }, all);
  const packs = await Array.fromAsync(deps.archive.packs(of));
  const added = packs.filter((pack) => pack.runId === runId);
  const windows = (await Array.fromAsync(deps.archive.windows(of))).filter(
    (window) => window.runId === runId && window.state === "done",
  );
  const contents = await contentsOf(deps, of, runId, added);
  const ended = endOf(account, contents, deps.now());
  const manifests = await putManifest(deps.archive, of, ended, { runId, added, windows, contents });
  await deps.archive.putTotals(of, totalsOf(packs, manifests, ended, runId));
  await deps.runs.putAccount(organizationId, runId, ended);
  return { status: "done", result: {} };
}

/** An account is complete when its rows say so, whatever was reported on the way: done windows without a gap up to the
 * start of the run. Otherwise the run is not, and the next one begins at the gap. */
async function proved(
  deps: SealAccountDeps,
  { organizationId, accountId, runId }: InRun,
  windows: readonly WindowRow[],
): Promise<RunAccount> {
  const account = (await deps.runs.account(organizationId, runId, accountId)) ?? queued(accountId);
  const run = await deps.runs.find(organizationId, runId);
  const covered =
    checkpointOf(windows.filter(({ state }) => state === "done")) >= (run?.startedAt ?? Number.POSITIVE_INFINITY);
  if (covered || account.totals.failed > 0) return account;
  const gap = { ...NO_TOTALS, failed: 1, reasons: [{ code: run?.stopCode ?? "backup.window_incomplete", count: 1 }] };
  return { ...account, totals: addTotals(account.totals, gap) };
}

function endOf(account: RunAccount, contents: ChatContents, now: Instant): RunAccount {
  const sums = contentTotals(contents);
  const stopCode = account.totals.reasons.find(({ code }) => stopsOrganization(code))?.code;
  return {
    ...account,
    contents: sums,
    status: statusOf(addTotals(account.totals, sums), stopCode),
    finishedAt: account.finishedAt ?? now,
  };
}

interface Brought {
  readonly runId: string;
  readonly added: readonly PackRow[];
  readonly windows: readonly WindowRow[];
  readonly contents: ChatContents;
}

async function putManifest(
  archive: ArchiveStore,
  of: ArchiveOf,
  account: RunAccount,
  { runId, added, windows, contents }: Brought,
): Promise<ManifestRow[]> {
  const manifests = await Array.fromAsync(archive.manifests(of));
  const last = manifests.at(-1);
  if (last?.runId === runId) return manifests;
  const { stored, bytes, skipped, failed, pending } = contents;
  const manifest: Manifest = {
    product: "teams-chat-vault",
    version: 1,
    ...of,
    runId,
    number: nextNumber(last),
    previous: last ? { number: last.number, sha256: last.sha256 } : null,
    status: account.status,
    packs: { added: added.map(manifestPack), removed: [] },
    windows: windows.map(manifestWindow),
    contents: { stored, bytes, skipped, failed, pending },
    reasons: addTotals(account.totals, account.contents).reasons,
  };
  const encoded = encodeManifest(manifest);
  const row: ManifestRow = {
    number: manifest.number,
    sha256: encoded.sha256,
    runId,
    contents: stored,
    contentBytes: bytes,
  };
  try {
    await archive.putManifest(of, row, encoded.bytes);
  } catch (error) {
    if (!isAppError(error, "storage.conflict")) throw error;
    // An earlier run wrote its manifest and ended before the row: it stays a link of the chain, and this one follows it.
    await archive.adoptManifest(of, row.number);
    return putManifest(archive, of, account, { runId, added, windows, contents });
  }
  return [...manifests, row];
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

function totalsOf(
  packs: readonly PackRow[],
  manifests: readonly ManifestRow[],
  account: RunAccount,
  runId: string,
): ArchiveTotals {
  const all = addTotals(account.totals, account.contents);
  const first = Math.min(...packs.map((pack) => pack.firstCreated ?? Number.POSITIVE_INFINITY));
  const last = Math.max(...packs.map((pack) => pack.lastCreated ?? Number.NEGATIVE_INFINITY));
  return {
    messages: sum(packs, (pack) => pack.messages),
    versions: sum(packs, (pack) => pack.versions),
    storedBytes: sum(packs, (pack) => pack.bytes) + sum(manifests, (manifest) => manifest.contentBytes),
    ...(Number.isFinite(first) && Number.isFinite(last) ? { firstMessageAt: first, lastMessageAt: last } : {}),
    lastRun: {
      runId,
      status: account.status,
      finishedAt: account.finishedAt ?? 0,
      newMessages: all.messagesNew,
      failedItems: all.failed,
    },
  };
}

const sum = <T>(items: readonly T[], of: (item: T) => number): number =>
  items.reduce((total, item) => total + of(item), 0);
