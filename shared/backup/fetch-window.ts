import {
  type ArchiveOf,
  type ArchiveStore,
  NO_COUNTS,
  type StoredWindow,
  type WindowRow,
} from "../archive/archive-store.ts";
import type { ChatDirectoryStore, Person } from "../archive/chat-directory.ts";
import type { ContentStore } from "../archive/content-store.ts";
import { versionOf } from "../archive/version.ts";
import { parseMessage } from "../chats/message.ts";
import { referencesOf } from "../chats/references.ts";
import { again, type Step } from "../platform/activity.contract.ts";
import { AppError, isAppError } from "../platform/errors.ts";
import type { Instant } from "../platform/time.ts";
import type { BackupAccounts } from "./backup-accounts.ts";
import { type DisturbedWindows, LONGEST_READING_MS, openDisturbed } from "./disturbed-windows.ts";
import { type HeldReferences, holdReferences } from "./held-references.ts";
import type { MessageSource } from "./message-source.ts";
import { halvesOf, MOST_OF_WINDOW, piecesOf, type TimeWindow } from "./plan-windows.ts";
import { type PageCounts, type Reading, readWindow } from "./read-window.ts";
import { peopleOfMessage } from "./people-of-message.ts";
import { commitWindow } from "./commit-window.ts";
import { restAfter, restOf } from "./rest-of-window.ts";
import { openWindowPacks, type WindowPacks } from "./window-packs.ts";
import { joined, withCounts, withoutLink } from "./window-parts.ts";

export interface FetchWindowDeps {
  readonly accounts: BackupAccounts;
  readonly messages: MessageSource;
  readonly archive: ArchiveStore;
  readonly contents: ContentStore;
  readonly directory: Pick<ChatDirectoryStore, "introduce">;
  readonly now: () => Instant;
}

/** What one activity keeps track of in memory, in keys. */
const MOST_VERSIONS = 25_000;
/** Of a window that has just been begun so few pages may be read again for the sake of a cut. */
const FEW_PAGES = 3;

/** Brings one window into the archive: pages, keeps what is new, commits. What a deadline or a failure leaves of a window
 * stands in its place as smaller ones, `rest`, which the caller fetches next. One of which much was read keeps its place and comes
 * round with the rest; one too short to cut is called `again`. Earlier windows that prove to have been disturbed come with the rest. Nothing of a window is visible before its commit, and
 * a repeat adds nothing. */
export async function fetchWindow(
  deps: FetchWindowDeps,
  { organizationId, accountId, runId, window }: ArchiveOf & { readonly runId: string; readonly window: TimeWindow },
  deadline: Instant,
): Promise<Step<{ rest: TimeWindow[] }>> {
  const of = { organizationId, accountId };
  const stored = await deps.archive.window(of, window.from, window.to);
  if (stored?.state !== "pending") return restOf(deps.archive, of, window, runId);
  const row = inRun(stored, runId, deps.now());
  const userId = await deps.accounts.graphId(organizationId, accountId);
  if (userId === undefined) return { status: "failed", code: "account.not_active" };

  const packs = openWindowPacks(deps.archive, of, window, runId);
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
): Promise<Step<{ rest: TimeWindow[] }>> {
  const { organizationId } = of;
  const disturbed = openDisturbed(deps.archive, of, row, row.runId);
  const references = holdReferences(deps.contents, organizationId);
  let fresh = 0;
  const read = await readWindow(
    {
      pages: (stretch, options) => deps.messages.pages(organizationId, userId, stretch, options),
      take: async (messages) => {
        const counts = await takePage(deps, organizationId, messages, { packs, disturbed, references });
        fresh += counts.added;
        return counts;
      },
      now: deps.now,
      isOver: () => deps.now() >= deadline || fresh >= MOST_VERSIONS || packs.isFull(),
    },
    row,
  );
  const others = await disturbed.found();
  await references.finish();
  const { seen, added, unchanged, malformed } = joined(row, read.windows);
  // What was modified elsewhere, or brought by others meanwhile, is found to be known when it is packed, and was taken for new until then.
  const isRead = read.windows.every(({ state }) => state === "done");
  const windows = await commitWindow(deps.archive, of, packs, stored, {
    between: (versions) => known({ ...row, seen, added, unchanged, malformed }, fresh - versions),
    after: (versions) => {
      const left = smaller(row, read, versions, packs.names());
      return allKnown(packs.isInDoubt() ? doubted(row, read, left) : left, fresh - versions);
    },
    others,
  });
  if (!windows) return { status: "again" };
  if (isRead && packs.isInDoubt()) throw damaged();
  const stuck = windows.find((one) => one.state === "pending" && one.from === row.from && one.to === row.to);
  if (read.failure !== undefined && (stuck || !mayPass(read.failure))) throw read.failure;
  // A place that Graph knows no longer is no progress: it could come to that again and again.
  const isFurther = stuck?.nextLink !== undefined && stuck.nextLink !== row.nextLink;
  if (stuck && !(isFurther && canCut(stuck))) return again(isFurther);
  return { status: "done", result: { rest: await restAfter(deps.archive, of, row, windows) } };
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

/** A window of which so many versions, counted as added, were known. */
const known = (window: WindowRow, versions: number): WindowRow => ({
  ...window,
  added: window.added - versions,
  unchanged: window.unchanged + versions,
});

/** The same of several windows, whichever of them counted them. */
function allKnown(windows: readonly WindowRow[], versions: number): WindowRow[] {
  let left = versions;
  return windows.map((window) => {
    const moved = Math.min(left, window.added);
    left -= moved;
    return known(window, moved);
  });
}

const mayPass = (error: unknown): boolean =>
  !isAppError(error) || ["unavailable", "too_many", "internal"].includes(error.kind);

const canCut = (window: TimeWindow): boolean => halvesOf(window).length > 1;

/** What takes the window's place. One that failed before a stretch of it was finished stays whole, so that its next try waits. One of
 * which nothing was finished in time is halved when it has just been begun, and goes on where it stopped otherwise: unless that brought
 * nothing new, because the place leads in circles, or more names are known of it than should be held. */
function smaller(
  row: WindowRow,
  { windows, pages, failure }: Reading,
  versions: number,
  names: number,
): readonly WindowRow[] {
  const isWhole = windows.length === 1 || (failure !== undefined && windows.every(({ state }) => state === "pending"));
  if (!isWhole) return windows;
  const whole = joined(row, windows);
  if (whole.state === "done" || failure !== undefined) return [whole];
  const isBegun = row.nextLink !== undefined && whole.nextLink !== undefined;
  const isStale = isBegun && (versions === 0 || names >= MOST_OF_WINDOW);
  if (!isStale && whole.nextLink !== undefined && (isBegun || pages > FEW_PAGES)) return [whole];
  const parts = isStale ? piecesOf(whole) : halvesOf(whole);
  return parts.length < 2 ? [whole] : withCounts(whole, parts);
}

/** What was read while some of what is archived was not to be read stays to be done, so that each run looks, and says so, until it is. */
function doubted(row: WindowRow, read: Reading, left: readonly WindowRow[]): readonly WindowRow[] {
  const pending = ({ readAt: _, ...part }: WindowRow): WindowRow => ({ ...part, state: "pending" });
  const isRead = read.windows.every(({ state }) => state === "done");
  return isRead ? [pending(joined(row, read.windows))] : left.map(pending);
}

const damaged = (): AppError =>
  new AppError("damaged", "archive.damaged", "A pack that may hold some of a window cannot be read");

interface Takers {
  readonly packs: WindowPacks;
  readonly disturbed: DisturbedWindows;
  readonly references: HeldReferences;
}

async function takePage(
  deps: FetchWindowDeps,
  organizationId: string,
  messages: readonly unknown[],
  { packs, disturbed, references }: Takers,
): Promise<PageCounts> {
  const counts = { added: 0, unchanged: 0, malformed: 0 };
  const people: Person[] = [];
  for (const raw of messages) {
    const version = versionOf(raw);
    if (!version) counts.malformed += 1;
    else if (!(await packs.add(version))) counts.unchanged += 1;
    else {
      counts.added += 1;
      const message = parseMessage(version.raw);
      people.push(...peopleOfMessage(message));
      await disturbed.note(version);
      references.hold(version, referencesOf(message));
    }
  }
  await deps.directory.introduce(organizationId, people, deps.now());
  await references.relieve();
  return counts;
}
