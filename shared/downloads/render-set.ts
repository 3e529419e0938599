import { randomUUID } from "node:crypto";
import type { ArchiveReader } from "../archive/archive-reader.ts";
import type { ChatDirectory } from "../archive/chat-directory.ts";
import type { ContentReader } from "../archive/content-store.ts";
import { referencesOf } from "../chats/references.ts";
import type { Step } from "../platform/activity.contract.ts";
import { AppError, isAppError } from "../platform/errors.ts";
import type { Room } from "../platform/room.ts";
import type { AccountDirectory, DownloadAccount } from "./account-directory.ts";
import { sumReasons } from "./describe-download.ts";
import type { Download, DownloadStore, FileSet, RenderedSet, Versioned } from "./download-store.ts";
import { findDownload } from "./find-download.ts";
import { inOrder } from "./in-order.ts";
import { inRoomToRender } from "./making-room.ts";
import type { Layout } from "./package/layout.ts";
import { NOT_KEPT } from "./package/note.ts";
import { SetBuilder, type SetSpool } from "./package/set-builder.ts";
import type { SetHead } from "./package/set-index.ts";
import type { PackageStore } from "./package-store.ts";
import { spoolPrefix } from "./part-name.ts";
import { createPeople, type People } from "./people.ts";
import { removeRest } from "./remove-download.ts";
import { rendererFor } from "./render/renderer-for.ts";
import { type SetMessage, setMessages } from "./set-messages.ts";
import { putSpool } from "./spool.ts";

export interface RenderSetDeps {
  readonly downloads: DownloadStore;
  readonly packages: PackageStore;
  readonly accounts: AccountDirectory;
  readonly archive: ArchiveReader;
  readonly contents: ContentReader;
  readonly chats: ChatDirectory;
  /** Of the app: it stands in every manifest. */
  readonly version: string;
  readonly room: Room;
}

export interface SetOf {
  readonly organizationId: string;
  readonly downloadId: string;
  readonly set: number;
}

/** Messages whose contents are looked up at the same time. */
const LOOKUPS = 16;
/** How often a rendering tells how far it is. */
const NOTE_MS = 2_000;

/** Renders one file set: its documents to a spool, and an index of everything that its zips will hold. The archive is read
 * once, here, so that all zips of the set tell of the same moment. The spool's name is new each time and becomes known with the
 * set's row, once, or again when it was found lost, or contents were: a late repeat changes nothing that others read. Throws
 * `download.not_found`, `account.not_found`. */
export async function renderSet(deps: RenderSetDeps, of: SetOf): Promise<Step<{ parts: number }>> {
  const { organizationId, downloadId } = of;
  const { value: download } = await findDownload(deps.downloads, organizationId, downloadId);
  const known = await deps.downloads.set(organizationId, downloadId, of.set);
  if (!known) throw new AppError("internal", "download.no_set", "The download has no such file set");
  if (isCurrent(known.value)) return done(known.value.rendered);
  const account = await deps.accounts.find(organizationId, known.value.accountId);
  if (!account) throw new AppError("not_found", "account.not_found", "The account is gone");
  const spool = `${spoolPrefix(downloadId)}${of.set}-${randomUUID()}`;
  const complete = await deps.archive.isComplete(organizationId, known.value.accountId);
  const job = { deps, organizationId, download, set: known.value, account, complete };
  const to = { packages: deps.packages, organizationId, spool };
  const put = await inRoomToRender(deps.room, () => putSpool(to, (spool) => render(job, spool)));
  if (!put) return { status: "again" };
  const { result: layout, digest } = put;
  const tellsLost = known.value.lost === undefined ? {} : { tellsLost: true as const };
  const kept = await keep(deps, of, known, { spool, digest, ...describe(layout), ...tellsLost });
  if (kept?.spool !== spool) await deps.packages.removeAll(organizationId, spool);
  return kept ? done(kept) : { status: "again" };
}

/** What its zips are written from is there, and tells of what is lost. */
const isCurrent = (set: FileSet): set is FileSet & { rendered: RenderedSet } =>
  set.rendered?.spool !== undefined && (set.lost === undefined || set.rendered.tellsLost === true);

interface Job {
  readonly deps: RenderSetDeps;
  readonly organizationId: string;
  readonly download: Download;
  readonly set: FileSet;
  readonly account: DownloadAccount;
  /** Of the archive, before it is read. */
  readonly complete: boolean;
}

const done = ({ parts }: RenderedSet): Step<{ parts: number }> => ({ status: "done", result: { parts } });

async function render(job: Job, spool: SetSpool): Promise<Layout> {
  const { deps, organizationId, download } = job;
  const lost = new Map(job.set.lost?.map(({ sha256, code }) => [sha256, code]));
  const head = headOf(job);
  const builder = new SetBuilder(head, spool, lost);
  const renderer = rendererFor(download.format, {
    head,
    open: (sha256) => deps.contents.open(organizationId, sha256),
  });
  const people = createPeople(deps.chats, { organizationId, userId: job.account.graphId }, download.asOf);
  const note = noteNowAndThen(job);
  const looked = inOrder(setMessages(deps.archive, job), LOOKUPS, (one) => lookUp(job, people, one));
  let notKept = 0;
  for await (const { message, isKept, references, records, around } of looked) {
    if (!isKept) {
      notKept += 1;
      renderer.missing?.(message);
      await builder.missing(message, NOT_KEPT);
      continue;
    }
    const { from, nameOf } = around;
    const [chat, conversation] = [around.chat ?? {}, around.conversation ?? {}];
    await renderer.add(builder.place({ message, chat, conversation, from, nameOf }, references, records), builder);
    note();
  }
  await renderer.end(builder, notKept);
  return builder.finish();
}

/** Counts the messages that it is called for, and writes the count down now and then. */
function noteNowAndThen({ deps: { downloads }, organizationId, download, set: { set } }: Job): () => void {
  let [messages, noted] = [0, performance.now()];
  return () => {
    messages += 1;
    if (performance.now() - noted < NOTE_MS) return;
    noted = performance.now();
    // Only a person who watches misses a note.
    downloads.noteRendered(organizationId, download.id, { set, messages }).catch(() => undefined);
  };
}

async function lookUp({ deps, organizationId, download }: Job, people: People, { message, isKept }: SetMessage) {
  const references = isKept ? referencesOf(message) : [];
  const around = await people.around(message);
  const records =
    references.length > 0 && download.attachments
      ? await deps.contents.ofMessage(organizationId, message.chatId, message.id)
      : [];
  return { message, isKept, references, records, around };
}

const headOf = ({ deps, download, set, account, complete }: Job): SetHead => ({
  account: {
    id: set.accountId,
    graphId: account.graphId,
    displayName: account.displayName,
    userPrincipalName: account.userPrincipalName,
  },
  from: set.from,
  to: set.to,
  timeZone: download.timeZone,
  ...(download.asOf === undefined ? {} : { asOf: download.asOf }),
  ...(download.chatId === undefined ? {} : { chatId: download.chatId }),
  format: download.format,
  attachments: download.attachments,
  systemEvents: download.systemEvents,
  ...(complete ? {} : { incomplete: true as const }),
  partBytes: download.partBytes,
  version: deps.version,
});

function describe({ head, parts, messages, contents, documentBytes, missing }: Layout) {
  const reasons = [...missing].map(([code, count]) => ({ code, count }));
  if (head.incomplete) reasons.push({ code: "archive.not_covered", count: 1 });
  return {
    parts: parts.length,
    userPrincipalName: head.account.userPrincipalName,
    messages,
    attachments: contents.length,
    bytes: documentBytes + contents.reduce((sum, { content }) => sum + content.bytes, 0),
    missing: sumReasons(reasons),
  };
}

/** The first rendering that is kept counts, and none of a download that was removed meanwhile. Undefined where the set has lost more
 * meanwhile, or is gone. */
async function keep(
  deps: RenderSetDeps,
  { organizationId, downloadId, set }: SetOf,
  known: Versioned<FileSet>,
  rendered: RenderedSet,
): Promise<RenderedSet | undefined> {
  try {
    await deps.downloads.replaceSet(organizationId, downloadId, known, { ...known.value, rendered });
    return rendered;
  } catch (error) {
    if (!isAppError(error, "storage.changed")) throw error;
    const first = await deps.downloads.set(organizationId, downloadId, set);
    return first && isCurrent(first.value) ? first.value.rendered : undefined;
  } finally {
    if (!(await deps.downloads.find(organizationId, downloadId))) await removeRest(deps, organizationId, downloadId);
  }
}
