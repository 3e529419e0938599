import {
  type ArchiveOf,
  type ArchiveStore,
  NO_COUNTS,
  type StoredWindow,
  type WindowRow,
} from "../archive/archive-store.ts";
import type { ContentStore } from "../archive/content-store.ts";
import { again, type Step } from "../platform/activity.contract.ts";
import { AppError, isAppError } from "../platform/errors.ts";
import type { Instant } from "../platform/time.ts";
import type { BackupAccounts } from "./backup-accounts.ts";
import { LONGEST_READING_MS, openDisturbed } from "./disturbed-windows.ts";
import { holdReferences } from "./held-references.ts";
import type { MessageSource } from "./message-source.ts";
import type { TimeWindow } from "./plan-windows.ts";
import { readWindow, type ReadWindowDeps } from "./read-window.ts";
import { commitWindow } from "./commit-window.ts";
import { canCut, isRead, leftOfWindow } from "./left-of-window.ts";
import { narrowed } from "./narrow-window.ts";
import { type Rest, restAfter, restOf } from "./rest-of-window.ts";
import { openWindowPacks, type WindowPacks } from "./window-packs.ts";
import { takePage, type TakePageDeps } from "./take-page.ts";
import { allKnown, joined, known, withoutLink } from "./window-parts.ts";

export interface FetchWindowDeps extends TakePageDeps {
  readonly accounts: BackupAccounts;
  readonly messages: MessageSource;
  readonly archive: ArchiveStore;
  readonly contents: ContentStore;
}

/** What one activity keeps track of in memory, in keys. */
const MOST_VERSIONS = 25_000;
/** Brings one window into the archive: pages, keeps what is new, commits. What a deadline or a failure leaves of a window
 * stands in its place as smaller ones, `rest`, which the caller fetches next. One of which much was read keeps its place and comes
 * round with the rest; one that Graph does not give is narrowed (see `narrowed`); one too short to cut is called `again`. Earlier windows that prove to have been disturbed come with the rest. Nothing of a window is visible before its commit, and
 * a repeat adds nothing. */
export async function fetchWindow(
  deps: FetchWindowDeps,
  { organizationId, accountId, runId, window }: ArchiveOf & { readonly runId: string; readonly window: TimeWindow },
  deadline: Instant,
): Promise<Step<Rest>> {
  const of = { organizationId, accountId };
  const stored = await deps.archive.window(of, window.from, window.to);
  if (stored?.state !== "pending") return restOf(deps.archive, of, window, runId);
  const row = inRun(stored, runId, deps.now());
  const userId = await deps.accounts.graphId(organizationId, accountId);
  if (userId === undefined) return { status: "failed", code: "account.not_active" };

  const packs = openWindowPacks(deps.archive, of, { window, runId, since: deps.now() });
  try {
    return await bring(deps, of, userId, { stored, row, packs }, deadline);
  } finally {
    packs.drop();
  }
}

interface Opened {
  readonly stored: StoredWindow;
  readonly row: WindowRow;
  readonly packs: WindowPacks;
}

async function bring(
  deps: FetchWindowDeps,
  of: ArchiveOf,
  userId: string,
  { stored, row, packs }: Opened,
  deadline: Instant,
): Promise<Step<Rest>> {
  const { organizationId } = of;
  const disturbed = openDisturbed(deps.archive, of, row, row.runId);
  const references = holdReferences(deps.contents, organizationId);
  let fresh = 0;
  const reader: ReadWindowDeps = {
    pages: (stretch, options) => deps.messages.pages(organizationId, userId, stretch, options),
    take: async (messages) => {
      const counts = await takePage(deps, organizationId, messages, { packs, disturbed, references });
      fresh += counts.added;
      return counts;
    },
    now: deps.now,
    isOver: () => deps.now() >= deadline || fresh >= MOST_VERSIONS || packs.isFull(),
  };
  const read = await narrowed(reader, deps.archive, of, row, await readWindow(reader, row));
  const others = await disturbed.found();
  await references.finish();
  const { seen, added, unchanged, malformed } = joined(row, read.windows);
  // What was modified elsewhere, or brought by others meanwhile, is found to be known when it is packed, and was taken for new until then.
  const windows = await commitWindow(deps.archive, of, packs, stored, {
    between: (versions) => known({ ...row, seen, added, unchanged, malformed }, fresh - versions),
    after: (versions) => {
      const left = leftOfWindow(row, read, { versions, names: packs.names(), isInDoubt: packs.isInDoubt() });
      return allKnown(left, fresh - versions);
    },
    others,
  });
  if (!windows) return { status: "again" };
  if (isRead(read) && packs.isInDoubt()) throw damaged();
  const stuck = windows.find((one) => one.state === "pending" && one.from === row.from && one.to === row.to);
  if (read.failure !== undefined && (stuck || !mayPass(read.failure))) throw read.failure;
  // A place that Graph knows no longer is no progress: it could come to that again and again.
  const isFurther = stuck?.nextLink !== undefined && stuck.nextLink !== row.nextLink;
  if (stuck && !(isFurther && canCut(stuck))) return again(isFurther);
  return { status: "done", result: await restAfter(deps.archive, of, row, windows) };
}

/** A run counts for itself what it brings, and reads all of it: what an earlier one counted stands in that run. Its own place is good
 * for a day: what changed while the pages before it were read is looked for no further back. */
function inRun({ etag: _, ...row }: StoredWindow, runId: string, now: Instant): WindowRow {
  if (row.runId !== runId) {
    const { disturbedBy: _, ...own } = withoutLink(row);
    return { ...own, runId, ...NO_COUNTS };
  }
  return row.begunAt !== undefined && row.begunAt < now - LONGEST_READING_MS ? withoutLink(row) : row;
}

const mayPass = (error: unknown): boolean =>
  !isAppError(error) || ["unavailable", "too_many", "internal"].includes(error.kind);

const damaged = (): AppError =>
  new AppError("damaged", "archive.damaged", "A pack that may hold some of a window cannot be read");
