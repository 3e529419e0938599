import { createHash, randomUUID } from "node:crypto";
import { Readable } from "node:stream";
import type { ContentReader } from "../archive/content-store.ts";
import type { Step } from "../platform/activity.contract.ts";
import { AppError, isAppError, unless } from "../platform/errors.ts";
import type { Room } from "../platform/room.ts";
import { sumReasons } from "./describe-download.ts";
import type { DownloadStore, FileSet, Versioned, WrittenZip } from "./download-store.ts";
import type { Explain } from "./missing-texts.ts";
import { findDownload } from "./find-download.ts";
import { inRoomToZip } from "./making-room.ts";
import type { Layout } from "./package/layout.ts";
import { type LostReference, writePart } from "./package/write-part.ts";
import type { PackageStore } from "./package-store.ts";
import { blobName } from "./part-name.ts";
import { removeRest } from "./remove-download.ts";
import type { SetOf } from "./render-set.ts";
import { openDocuments, openLayout, openRows, type SpoolOf, spoolLost } from "./spool.ts";

export interface BuildPartDeps {
  readonly downloads: DownloadStore;
  readonly packages: PackageStore;
  readonly contents: ContentReader;
  readonly explain: Explain;
  readonly room: Room;
}

type PartOf = SetOf & { readonly part: number };

/** Writes one zip from the spool and the contents: blob first, then the row that vouches for it. Of writers that overlap, the
 * first row counts and the others take their blobs away; the bytes are the same. A zip over its limit is never shown: the limit
 * is checked on every byte before the blob is committed. Where the spool is lost, or contents are of which the set does not tell yet, it writes nothing and says so.
 * Without room for a while it asks to be called again.
 * Throws `download.not_found`, `download.part_too_large`. */
export async function buildPart(deps: BuildPartDeps, of: PartOf): Promise<Step<{ isWritten: boolean }>> {
  const { organizationId, downloadId, set: number } = of;
  await findDownload(deps.downloads, organizationId, downloadId);
  const set = await deps.downloads.set(organizationId, downloadId, number);
  const { digest } = set?.value.rendered ?? {};
  if (!set || digest === undefined) throw new AppError("internal", "download.no_set", "The file set is not rendered");
  if (await deps.downloads.zip(organizationId, downloadId, { set: number, digest, number: of.part })) return done(true);
  try {
    const zip = await putZip(deps, of, set.value);
    if (!zip) return { status: "again" };
    const { written, lost } = zip;
    if (lost.length > 0 && !set.value.rendered?.tellsLost) {
      await deps.packages.removeAll(organizationId, written.blob);
      await noteLostContents(deps, of, digest, lost);
      return done(false);
    }
    const isKept = await deps.downloads.addZip(organizationId, downloadId, written);
    if (!isKept) await deps.packages.removeAll(organizationId, written.blob);
    else if (!(await deps.downloads.find(organizationId, downloadId)))
      await removeRest(deps, organizationId, downloadId);
    return done(true);
  } catch (error) {
    if (!isAppError(error, "download.spool_lost")) throw error;
    await noteLoss(deps, of, set);
    return done(false);
  }
}

const done = (isWritten: boolean): Step<{ isWritten: boolean }> => ({ status: "done", result: { isWritten } });

async function putZip(deps: BuildPartDeps, of: PartOf, set: FileSet) {
  const { spool, digest } = set.rendered ?? {};
  if (spool === undefined || digest === undefined) throw spoolLost();
  const from = { packages: deps.packages, organizationId: of.organizationId, spool };
  const layout = await openLayout(from, digest);
  const names = (layout.parts[of.part - 1]?.entries ?? 0) + layout.contents.length;
  return inRoomToZip(deps.room, names, () => putLaid(deps, of, { set, digest, from, layout }));
}

interface Laid {
  readonly set: FileSet;
  readonly digest: string;
  readonly from: SpoolOf;
  readonly layout: Layout;
}

async function putLaid(deps: BuildPartDeps, of: PartOf, { set, digest, from, layout }: Laid) {
  const { organizationId, downloadId, part } = of;
  const { zip, lost } = writePart(layout, part, {
    rows: (extent) => openRows(from, extent),
    documents: (extent) => openDocuments(from, extent),
    content: (sha256, offset) => deps.contents.open(organizationId, sha256, offset),
    explain: deps.explain,
  });
  const measure = measured(zip, layout.head.partBytes);
  const blob = blobName(downloadId, set, part, randomUUID());
  const bytes = Readable.from(measure.bytes, { objectMode: false });
  try {
    await deps.packages.put(organizationId, blob, bytes, "application/zip");
  } finally {
    // In this order: what still reads from a zip that goes away fails, and nobody listens any more.
    bytes.destroy();
    zip.destroy();
  }
  const reasons = sumReasons(lost().map(({ missing }) => ({ code: missing, count: 1 })));
  const written: WrittenZip = { set: of.set, digest, number: part, blob, ...measure.result(), lost: reasons };
  return { written, lost: lost() };
}

/** As many as the row of a set takes; of others only the zip says so in which they were to lie. */
const MOST_LOST = 300;

/** All zips of a set have to say what it lacks: it is rendered again with this. Nothing is noted where it already was. */
async function noteLostContents(
  { downloads }: BuildPartDeps,
  { organizationId, downloadId, set: number }: PartOf,
  digest: string,
  lost: readonly LostReference[],
): Promise<void> {
  const found = lost.map(({ sha256, missing }) => [sha256, { sha256, code: missing }] as const);
  for (;;) {
    const set = await downloads.set(organizationId, downloadId, number);
    if (set?.value.rendered?.digest !== digest) return;
    const known = set.value.lost?.map((one) => [one.sha256, one] as const) ?? [];
    const all = [...new Map([...known, ...found]).values()].slice(0, MOST_LOST);
    try {
      return await downloads.replaceSet(organizationId, downloadId, set, { ...set.value, lost: all });
    } catch (error) {
      if (isAppError(error, "storage.not_found")) return;
      if (!isAppError(error, "storage.changed")) throw error;
    }
  }
}

/** Somebody who has rendered it again, or removed the download, meanwhile is not disturbed. */
async function noteLoss({ downloads }: BuildPartDeps, of: PartOf, known: Versioned<FileSet>): Promise<void> {
  if (known.value.rendered?.spool === undefined) return;
  const { spool: _, ...rendered } = known.value.rendered;
  await downloads
    .replaceSet(of.organizationId, of.downloadId, known, { ...known.value, rendered })
    .catch(unless("storage.changed", "storage.not_found"));
}

function measured(zip: Readable, mostBytes: number) {
  const hash = createHash("sha256");
  let count = 0;
  const bytes = async function* () {
    for await (const chunk of zip as AsyncIterable<Uint8Array>) {
      count += chunk.length;
      if (count > mostBytes) throw new AppError("too_large", "download.part_too_large", "The zip is over its limit");
      hash.update(chunk);
      yield chunk;
    }
  };
  return { bytes: bytes(), result: () => ({ bytes: count, sha256: hash.digest("hex") }) };
}
