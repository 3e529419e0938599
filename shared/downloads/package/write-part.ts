import { createHash, type Hash } from "node:crypto";
import type { Readable } from "node:stream";
import { isAppError } from "../../platform/errors.ts";
import type { Explain } from "../missing-texts.ts";
import { spoolLost } from "../spool.ts";
import type { Extent, Layout, Part, Slot } from "./layout.ts";
import { manifestText } from "./manifest.ts";
import { JOIN_HEAD, joinLine, type ListedEntry, MISSING_HEAD, missingRow, sumLine } from "./manifest-lines.ts";
import { joined, Sequence } from "./sequence.ts";
import type { IndexedReference, PieceOf, SizedRow } from "./set-index.ts";
import { type WrittenEntry, type ZipEntry, zipStream } from "./zip-stream.ts";

/** What is no larger is held while it is written. Attachments among it are stored: nearly all files in chats are compressed
 * already. */
const AT_HAND = 8 * 1024 * 1024;

/** Where the bytes of a part come from. */
export interface PartSources {
  /** Of the index; asked for again where all of them are needed again, as they are too many to hold. */
  rows(extent: Extent): AsyncIterable<SizedRow>;
  /** Of the rendered documents; asked for once. */
  documents(extent: Extent): AsyncIterable<Uint8Array>;
  /** From that byte on. Throws `storage.not_found`, also where there is none. */
  content(sha256: string, offset: number): Promise<Readable>;
  readonly explain: Explain;
}

/** A content that turned out to be gone or damaged, with the first reference to it. */
export type LostReference = IndexedReference & { readonly sha256: string; readonly missing: string };

export interface WrittenPart {
  readonly zip: Readable;
  /** What the index does not know to be lost, once the zip is read to its end. */
  lost(): readonly LostReference[];
}

/** Writes one zip of a file set as a stream: documents, attachments, what is missing, manifest.json, SHA256SUMS. A content
 * that is gone by now is left out, one whose bytes are damaged is packed as it is; both are told as missing. A document that is
 * not what was rendered fails the stream: `download.spool_lost`. */
export function writePart(layout: Layout, number: number, sources: PartSources): WrittenPart {
  const job: Job = { layout, number, sources, references: [], pieces: [], lost: [] };
  return { zip: zipStream(partEntries(job)), lost: () => job.lost };
}

interface Job {
  readonly layout: Layout;
  readonly number: number;
  readonly sources: PartSources;
  /** Of the messages told of in it, once its documents are written. */
  readonly references: IndexedReference[];
  /** Of documents, in it. */
  readonly pieces: PieceOf[];
  readonly lost: LostReference[];
}

type Entries = AsyncGenerator<ZipEntry, void, WrittenEntry>;

async function* partEntries(job: Job): Entries {
  const { layout, number, references, pieces, lost } = job;
  const part = layout.parts[number - 1];
  if (!part) throw new Error("The layout has no such part");
  const listed: ListedEntry[] = [];
  const messages = yield* documents(job, part);
  for (const slot of part.slots) yield* attachment(job, slot, listed);
  const cut = part.slots.filter(({ piece }) => piece > 0);
  if (cut.length + pieces.length > 0)
    listed.push({ ...(yield entry("JOIN.txt", joinText(job, cut))), kind: "instructions" });
  const missing = [...references.filter((reference) => reference.missing !== undefined), ...lost];
  if (missing.length > 0)
    listed.push({ ...(yield entry("MISSING.csv", missingText(missing, job.sources.explain))), kind: "missing" });
  const attachments = listed.filter(({ kind }) => kind === "attachment").length;
  const about = { layout, number, references, missing, messages, attachments };
  const text = manifestText({ ...about, entries: allListed(job, part, listed) });
  const manifest = yield { name: "manifest.json", source: batched(text) };
  yield { name: "SHA256SUMS", source: batched(sums(allListed(job, part, [...listed, manifest]))) };
}

/** The documents, which are written as the index names them, and the others. */
async function* allListed<T>({ sources }: Job, part: Part, others: readonly T[]): AsyncGenerator<ListedEntry | T> {
  for await (const { row } of sources.rows(part.rows)) {
    if (!("document" in row)) continue;
    yield row.document;
  }
  yield* others;
}

async function* sums(entries: AsyncIterable<WrittenEntry>): AsyncGenerator<string> {
  for await (const one of entries) yield sumLine(one);
}

/** Answers how many messages they tell of. */
async function* documents(
  { sources, references, pieces }: Job,
  part: Part,
): AsyncGenerator<ZipEntry, number, WrittenEntry> {
  let told = 0;
  const spool = new Sequence(sources.documents(part.documents));
  try {
    for await (const { row } of sources.rows(part.rows)) {
      if ("reference" in row) references.push(row.reference);
      if (!("document" in row)) continue;
      const { name, bytes, messages, sha256, pieceOf } = row.document;
      const source = spool.take(bytes);
      const written = yield bytes > AT_HAND
        ? { name, source }
        : { name, bytes: await joined(source, bytes), stored: false };
      if (written.sha256 !== sha256) throw spoolLost();
      told += messages;
      if (pieceOf) pieces.push(pieceOf);
    }
    return told;
  } finally {
    await spool.close();
  }
}

async function* attachment({ layout, sources, lost }: Job, slot: Slot, listed: ListedEntry[]): Entries {
  const laid = layout.contents[slot.content];
  if (!laid) throw new Error("The layout names no content");
  const { content, first } = laid;
  // Pieces are written apart, so that nobody sees all of them: with the last one everything before it is read.
  const provesWhole = slot.piece > 0 && slot.offset + slot.bytes === content.bytes;
  const from = provesWhole ? 0 : slot.offset;
  const stream = await open(sources, content.sha256, from);
  if (!stream) {
    lost.push({ ...first, sha256: content.sha256, missing: "gone" });
    return;
  }
  try {
    const name = slot.entry;
    const hash = createHash("sha256");
    const rest = slice(stream, { offset: 0, bytes: content.bytes - from });
    const source = slice(provesWhole ? hashed(rest, hash) : rest, { offset: slot.offset - from, bytes: slot.bytes });
    const written = yield slot.bytes > AT_HAND
      ? { name, source }
      : { name, bytes: await joined(source, slot.bytes), stored: true };
    listed.push({ ...written, kind: "attachment" });
    const sums = [...(slot.piece === 0 ? [written.sha256] : []), ...(provesWhole ? [hash.digest("hex")] : [])];
    const damaged = written.bytes !== slot.bytes || sums.some((sum) => sum !== content.sha256);
    if (damaged && first.missing === undefined) lost.push({ ...first, sha256: content.sha256, missing: "damaged" });
  } finally {
    stream.destroy();
  }
}

async function open(sources: PartSources, sha256: string, offset: number): Promise<Readable | undefined> {
  try {
    return await sources.content(sha256, offset);
  } catch (error) {
    if (!isAppError(error, "storage.not_found")) throw error;
    return undefined;
  }
}

async function* hashed(stream: AsyncIterable<Uint8Array>, hash: Hash): AsyncGenerator<Uint8Array> {
  for await (const chunk of stream) {
    hash.update(chunk);
    yield chunk;
  }
}

/** The bytes of a slot, or of a piece of it: never more, whatever the stream holds. */
async function* slice(
  stream: AsyncIterable<Uint8Array>,
  { offset, bytes }: Pick<Slot, "offset" | "bytes">,
): AsyncGenerator<Uint8Array> {
  let skip = offset;
  let left = bytes;
  for await (const chunk of stream) {
    const wanted = chunk.subarray(Math.min(skip, chunk.length), Math.min(chunk.length, skip + left));
    skip = Math.max(0, skip - chunk.length);
    left -= wanted.length;
    if (wanted.length > 0) yield wanted;
    if (left === 0) return;
  }
}

function* joinText({ layout, pieces }: Job, slots: readonly Slot[]): Generator<string> {
  yield JOIN_HEAD;
  for (const piece of pieces) yield joinLine(piece, piece.pieces);
  for (const at of new Set(slots.map(({ content }) => content))) {
    const laid = layout.contents[at];
    if (laid && "pieces" in laid.place) yield joinLine(laid.content, laid.place.pieces.length);
  }
}

function* missingText(missing: readonly IndexedReference[], explain: Explain): Generator<string> {
  yield MISSING_HEAD.toString();
  for (const reference of missing) yield missingRow(reference, explain(reference.missing ?? "")).toString();
}

const entry = (name: string, text: Iterable<string>): ZipEntry => ({ name, source: batched(text) });

/** Many short texts as fewer, larger blocks. */
async function* batched(texts: Iterable<string> | AsyncIterable<string>): AsyncGenerator<Uint8Array> {
  let held = "";
  for await (const text of texts) {
    held += text;
    if (held.length < 65_536) continue;
    yield Buffer.from(held);
    held = "";
  }
  if (held !== "") yield Buffer.from(held);
}
