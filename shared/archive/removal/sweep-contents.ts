import { z } from "zod";
import { again, type Step } from "../../platform/activity.contract.ts";
import type { Instant } from "../../platform/time.ts";
import { contentName } from "../blob-names.ts";
import type { ContentStore } from "../content-store.ts";
import type { ContentUploads } from "../content-uploads.ts";
import { judge, type JudgeDeps } from "./leftovers.ts";
import { decodeNotes, encodeNotes, NameFilter } from "./name-filter.ts";

export interface SweepContentsDeps extends JudgeDeps {
  readonly contents: ContentStore;
  readonly uploads: Pick<ContentUploads, "discardOld">;
}

const DAY_MS = 86_400_000;
const CONTENT_GRACE_MS = 8 * DAY_MS;
/** Longer than an upload that is to be continued stays good. */
const UPLOAD_GRACE_MS = 8 * DAY_MS;
const UPLOADS = ["uploads/", "notes/"];
/** Blobs are listed by the first digit of their names. */
const FOLDERS = 16;

const NOTES = "sweep";
const notesHead = z.object({ sweepId: z.string(), chat: z.string(), folder: z.number(), removed: z.number() });

interface Notes extends z.output<typeof notesHead> {
  readonly names: NameFilter;
}

/** Removes contents that no row has named for eight days, and what uploads left. First all names are collected, in a filter of fixed
 * size, then the blobs are judged by it; a sweep that takes longer than an activity keeps its notes. */
export async function sweepContents(
  deps: SweepContentsDeps,
  { organizationId, sweepId }: { readonly organizationId: string; readonly sweepId: string },
  deadline: Instant,
): Promise<Step<{ removed: number }>> {
  let notes = (await readNotes(deps, organizationId, sweepId)) ?? begin(sweepId);
  const pause = async (changed: Notes): Promise<Step<never>> => {
    await deps.leftovers.putNotes(organizationId, NOTES, await encodeNotes(changed));
    return again(true);
  };
  if (notes.folder < 0) {
    for await (const chat of deps.contents.chats(organizationId, notes.chat || undefined)) {
      for await (const { sha256 } of deps.contents.ofChat(organizationId, chat)) if (sha256) notes.names.add(sha256);
      notes = { ...notes, chat };
      if (deps.now() >= deadline) return pause(notes);
    }
    notes = { ...notes, folder: 0, removed: await sweepUploads(deps, organizationId) };
  }
  while (notes.folder < FOLDERS) {
    const removed = notes.removed + (await sweepFolder(deps, organizationId, notes));
    notes = { ...notes, folder: notes.folder + 1, removed };
    if (deps.now() >= deadline && notes.folder < FOLDERS) return pause(notes);
  }
  return { status: "done", result: { removed: notes.removed } };
}

const begin = (sweepId: string): Notes => ({ sweepId, chat: "", folder: -1, removed: 0, names: new NameFilter() });

async function sweepFolder(deps: SweepContentsDeps, organizationId: string, { folder, names }: Notes): Promise<number> {
  const prefix = contentName(folder.toString(16));
  let removed = 0;
  for await (const blob of deps.leftovers.list(organizationId, prefix)) {
    const isNamed = names.has(blob.name.slice(contentName("").length));
    if (await judge(deps, organizationId, blob, { isNamed, graceMs: CONTENT_GRACE_MS })) removed += 1;
  }
  return removed;
}

/** Uploads that nobody goes on with, and then what is there without a row: nothing needs it for longer than its writer lives. Of
 * bytes that were staged and never committed there is nothing to list: the storage forgets them after a week. */
async function sweepUploads({ leftovers, uploads, now }: SweepContentsDeps, organizationId: string): Promise<number> {
  let removed = await uploads.discardOld(organizationId, now() - UPLOAD_GRACE_MS);
  for (const prefix of UPLOADS) {
    for await (const blob of leftovers.list(organizationId, prefix)) {
      const isOld = blob.modifiedAt <= now() - UPLOAD_GRACE_MS;
      if (isOld && (await leftovers.remove(organizationId, blob))) removed += 1;
    }
  }
  return removed;
}

async function readNotes(
  { leftovers }: SweepContentsDeps,
  organizationId: string,
  sweepId: string,
): Promise<Notes | undefined> {
  const stored = await leftovers.readNotes(organizationId, NOTES);
  const notes = stored && (await decodeNotes(notesHead, stored));
  return notes?.sweepId === sweepId ? notes : undefined;
}
