import { z } from "zod";
import type { Step } from "../../platform/activity.contract.ts";
import type { Instant } from "../../platform/time.ts";
import type { ArchiveOf, ArchiveStore } from "../archive-store.ts";
import { pastDeadline } from "./collect-chats.ts";
import { judge, type JudgeDeps, type StoredBlob } from "./leftovers.ts";
import { toldAmong } from "./told-among.ts";

export interface SweepAccountDeps extends JudgeDeps {
  readonly archive: ArchiveStore;
}

/** Longer than any writer takes from a put to its commit, and any reader from a row to its file. */
const GRACE_MS = 3 * 86_400_000;
/** Packs without a row that are looked for in the chain of manifests together: so many that hardly any account's is read twice. */
const UNNAMED_AT_ONCE = 2_000;
const MANIFESTS_AT_ONCE = 1_000;

/** Where an activity ended for want of time: the last blob that was judged. */
const notesBody = z.object({ after: z.string(), removed: z.number() });
type Notes = z.output<typeof notesBody>;
const BEGIN: Notes = { after: "", removed: 0 };

/** Removes packs of an account that neither a row nor a manifest names, and manifests behind the last one: what crashes, lost
 * races and compactions left. An account without any row is left alone: what has files and no rows lost its table. A sweep that takes
 * longer than an activity keeps its notes; those of one that never ended let the next one begin where they say. */
export async function sweepAccount(
  deps: SweepAccountDeps,
  of: ArchiveOf,
  deadline: Instant,
): Promise<Step<{ removed: number }>> {
  const isOver = pastDeadline(deps.now, deadline);
  const stored = await readNotes(deps, of);
  let notes = stored ?? BEGIN;
  for await (const { last, removed } of judged(deps, of, notes.after, isOver)) {
    notes = { after: last, removed: notes.removed + removed };
    if (!isOver()) continue;
    await putNotes(deps, of, notes);
    return { status: "again" };
  }
  if (stored) await putNotes(deps, of, BEGIN);
  return { status: "done", result: { removed: notes.removed } };
}

const nameOf = ({ accountId }: ArchiveOf): string => `sweep-${accountId}`;
const putNotes = ({ leftovers }: SweepAccountDeps, of: ArchiveOf, notes: Notes): Promise<void> =>
  leftovers.putNotes(of.organizationId, nameOf(of), Buffer.from(JSON.stringify(notes)));

async function readNotes({ leftovers }: SweepAccountDeps, of: ArchiveOf): Promise<Notes | undefined> {
  const stored = await leftovers.readNotes(of.organizationId, nameOf(of));
  return stored && notesBody.parse(JSON.parse(stored.toString("utf8")));
}

interface Judged {
  /** The name of the last blob that was judged, in the order of names. */
  readonly last: string;
  readonly removed: number;
}

async function* judged(
  deps: SweepAccountDeps,
  of: ArchiveOf,
  after: string,
  isOver: () => boolean,
): AsyncGenerator<Judged> {
  for await (const blobs of groups(
    blobsAfter(deps, of, "manifests", after),
    (some) => some.length >= MANIFESTS_AT_ONCE,
  ))
    yield await judgeManifests(deps, of, blobs);
  let unnamed: StoredBlob[] = [];
  let last = "";
  const isOtherMonth = ([first]: StoredBlob[], next: StoredBlob) => first && monthIn(first) !== monthIn(next);
  for await (const blobs of groups(blobsAfter(deps, of, "messages", after), isOtherMonth)) {
    unnamed.push(...(await withoutRow(deps, of, blobs)));
    last = blobs.at(-1)?.name ?? last;
    if (unnamed.length < UNNAMED_AT_ONCE && !isOver()) continue;
    yield { last, removed: await judgeUnnamed(deps, of, unnamed) };
    unnamed = [];
  }
  if (unnamed.length > 0) yield { last, removed: await judgeUnnamed(deps, of, unnamed) };
}

async function* blobsAfter(
  { leftovers }: SweepAccountDeps,
  { organizationId, accountId }: ArchiveOf,
  folder: string,
  after: string,
): AsyncGenerator<StoredBlob> {
  for await (const blob of leftovers.list(organizationId, `${folder}/${accountId}/`)) if (blob.name > after) yield blob;
}

/** A group ends where the next blob does not belong to it any more. */
async function* groups(
  blobs: AsyncGenerator<StoredBlob>,
  isEnd: (group: StoredBlob[], next: StoredBlob) => boolean | undefined,
): AsyncGenerator<StoredBlob[]> {
  let group: StoredBlob[] = [];
  for await (const blob of blobs) {
    if (isEnd(group, blob)) {
      yield group;
      group = [];
    }
    group.push(blob);
  }
  if (group.length > 0) yield group;
}

const monthIn = ({ name }: StoredBlob): string => name.split("/")[2] ?? "";
const sha256In = ({ name }: StoredBlob): string => name.split("/")[3]?.slice(0, 64) ?? "";
const numberIn = ({ name }: StoredBlob): number => Number.parseInt(name.split("/")[2] ?? "", 10);

/** The last one is looked up after all of them were listed. */
async function judgeManifests(deps: SweepAccountDeps, of: ArchiveOf, blobs: readonly StoredBlob[]): Promise<Judged> {
  const last = (await deps.archive.lastManifest(of))?.number ?? 0;
  const removed = await judgeAll(deps, of, blobs, (blob) => !(numberIn(blob) > last));
  return { last: blobs.at(-1)?.name ?? "", removed };
}

/** Of the packs of a month, listed before: those that have a row are named, and the others are answered. */
async function withoutRow(deps: SweepAccountDeps, of: ArchiveOf, blobs: readonly StoredBlob[]): Promise<StoredBlob[]> {
  const month = blobs[0] ? monthIn(blobs[0]) : "";
  const named = new Set<string>();
  for await (const { sha256 } of deps.archive.packs(of, { from: month, to: month })) named.add(sha256);
  const hasRow = (blob: StoredBlob) => named.has(sha256In(blob));
  await judgeAll(deps, of, blobs.filter(hasRow), () => true);
  return blobs.filter((blob) => !hasRow(blob));
}

async function judgeUnnamed(deps: SweepAccountDeps, of: ArchiveOf, blobs: readonly StoredBlob[]): Promise<number> {
  if (blobs.length === 0) return 0;
  const told = await toldAmong(deps.archive, of, new Set(blobs.map(sha256In)));
  return judgeAll(deps, of, blobs, (blob) => told.has(sha256In(blob)));
}

async function judgeAll(
  deps: SweepAccountDeps,
  { organizationId }: ArchiveOf,
  blobs: readonly StoredBlob[],
  isNamed: (blob: StoredBlob) => boolean,
): Promise<number> {
  let removed = 0;
  for (const blob of blobs)
    if (await judge(deps, organizationId, blob, { isNamed: isNamed(blob), graceMs: GRACE_MS })) removed += 1;
  return removed;
}
