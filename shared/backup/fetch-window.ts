import type { ArchiveOf, ArchiveStore, WindowRow } from "../archive/archive-store.ts";
import type { ContentStore } from "../archive/content-store.ts";
import { type MessageVersion, versionOf } from "../archive/version.ts";
import { parseMessage } from "../chats/message.ts";
import { type ContentReference, referencesOf } from "../chats/references.ts";
import type { Step } from "../platform/activity.contract.ts";
import { isAppError } from "../platform/errors.ts";
import type { Instant } from "../platform/time.ts";
import type { BackupAccounts } from "./backup-accounts.ts";
import type { MessageSource } from "./message-source.ts";
import { splitWindow, type TimeWindow } from "./plan-windows.ts";
import { openWindowPacks, type WindowPacks } from "./window-packs.ts";

export interface FetchWindowDeps {
  readonly accounts: BackupAccounts;
  readonly messages: MessageSource;
  readonly archive: ArchiveStore;
  readonly contents: ContentStore;
  readonly now: () => Instant;
}

/** What one activity keeps track of in memory, in keys. */
const MOST_VERSIONS = 100_000;

/** Brings one window into the archive: pages, keeps what is new, commits. A window that outlasts the deadline commits what it
 * has and is replaced by its halves, which the caller fetches next; one too short to cut keeps its place and is called
 * `again`. Nothing of a window is visible before its commit, and a repeat adds nothing. */
export async function fetchWindow(
  deps: FetchWindowDeps,
  { organizationId, accountId, runId, window }: ArchiveOf & { readonly runId: string; readonly window: TimeWindow },
  deadline: Instant,
): Promise<Step<{ halves: TimeWindow[] }>> {
  const of = { organizationId, accountId };
  const row = await deps.archive.window(of, window.from, window.to);
  if (!row) return halvesOf(deps.archive, of, window);
  if (row.state === "done") return { status: "done", result: { halves: [] } };
  const userId = await deps.accounts.graphId(organizationId, accountId);
  if (userId === undefined) return { status: "failed", code: "account.not_active" };

  const packs = openWindowPacks(deps.archive, of, window, runId);
  const read = await readPages(deps, organizationId, userId, { ...row, runId }, packs, deadline);
  const rows = await packs.finish();
  if (read.finished) {
    await deps.archive.commit(of, rows, [{ ...withoutLink(read.row), state: "done" }]);
    return { status: "done", result: { halves: [] } };
  }
  const halves = splitWindow(window);
  if (!halves) {
    await deps.archive.commit(of, rows, [read.row]);
    return { status: "again" };
  }
  const [early, late] = halves;
  const empty = { state: "pending", runId, seen: 0, added: 0, unchanged: 0, malformed: 0 } as const;
  await deps.archive.commit(
    of,
    rows,
    [
      { ...withoutLink(read.row), ...early },
      { ...empty, ...late },
    ],
    [row],
  );
  return { status: "done", result: { halves: [early, late] } };
}

/** A repeat of a call whose answer was lost: the row went when the halves came, in one transaction. */
async function halvesOf(
  archive: ArchiveStore,
  of: ArchiveOf,
  window: TimeWindow,
): Promise<Step<{ halves: TimeWindow[] }>> {
  const halves = splitWindow(window) ?? [];
  const there = await Promise.all(halves.map(({ from, to }) => archive.window(of, from, to)));
  if (there.some((half) => half !== undefined)) return { status: "done", result: { halves: [...halves] } };
  return { status: "failed", code: "backup.window_lost" };
}

interface Reading {
  readonly row: WindowRow;
  readonly finished: boolean;
}

async function readPages(
  deps: FetchWindowDeps,
  organizationId: string,
  userId: string,
  start: WindowRow,
  packs: WindowPacks,
  deadline: Instant,
): Promise<Reading> {
  let row = start;
  let fresh = 0;
  const link = start.nextLink;
  const pages = deps.messages.pages(organizationId, userId, start, link === undefined ? {} : { nextLink: link });
  try {
    for await (const page of pages) {
      const counted = await takePage(deps, organizationId, page.messages, packs);
      fresh += counted.added;
      row = {
        ...withoutLink(row),
        seen: row.seen + page.messages.length,
        added: row.added + counted.added,
        unchanged: row.unchanged + counted.unchanged,
        malformed: row.malformed + counted.malformed,
        ...(page.nextLink === undefined ? {} : { nextLink: page.nextLink }),
      };
      if (page.nextLink !== undefined && (deps.now() >= deadline || fresh >= MOST_VERSIONS))
        return { row, finished: false };
    }
  } catch (error) {
    // A kept place that Graph no longer knows: the window begins again; what it brought so far is known and adds nothing.
    if (isAppError(error, "graph.next_link_refused") && link !== undefined)
      return { row: withoutLink(row), finished: false };
    throw error;
  }
  return { row: withoutLink(row), finished: true };
}

async function takePage(
  deps: FetchWindowDeps,
  organizationId: string,
  messages: readonly unknown[],
  packs: WindowPacks,
) {
  const counts = { added: 0, unchanged: 0, malformed: 0 };
  const references = new Map<string, { messageId: string; reference: ContentReference }[]>();
  for (const raw of messages) {
    const version = versionOf(raw);
    if (!version) counts.malformed += 1;
    else if (!(await packs.add(version))) counts.unchanged += 1;
    else {
      counts.added += 1;
      collect(references, version);
    }
  }
  // Rows before the commit that makes the messages visible: a crash in between leaves work that somebody needs anyway.
  for (const [chatId, entries] of references) await deps.contents.add(organizationId, chatId, entries);
  return counts;
}

function collect(
  references: Map<string, { messageId: string; reference: ContentReference }[]>,
  version: MessageVersion,
): void {
  const entries = references.get(version.chatId) ?? [];
  for (const reference of referencesOf(parseMessage(version.raw))) entries.push({ messageId: version.id, reference });
  if (entries.length > 0) references.set(version.chatId, entries);
}

function withoutLink({ nextLink: _, ...row }: WindowRow): WindowRow {
  return row;
}
