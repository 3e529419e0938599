import { createHash } from "node:crypto";
import { pipeline, Readable } from "node:stream";
import { createGunzip, createGzip } from "node:zlib";
import { AppError } from "../platform/errors.ts";
import { openSummary, type PackSummary } from "./pack-summary.ts";
import { type MessageVersion, compareVersions, versionOf } from "./version.ts";

/** A pack is a gzip of JSON lines, one version a line, sorted; its name is the SHA-256 of its bytes. Never changed. */
export interface EncodedPack {
  readonly sha256: string;
  readonly bytes: Buffer;
  readonly summary: PackSummary;
}

/** No line of ours is longer; a damaged pack may claim one. Bytes. */
const LONGEST_LINE = 64 * 1024 * 1024;

const LEVEL = 6;
const BATCH_BYTES = 64 * 1024;

/** A version on its way into a pack: its keys, and the line that holds it. */
export type PackLine = Omit<MessageVersion, "raw"> & { readonly line: string };

export const packLine = ({ raw, ...keys }: MessageVersion): PackLine => ({ ...keys, line: JSON.stringify(raw) });

/** Sorts the lines in place. The same versions always give the same bytes. */
export async function encodePack(versions: PackLine[]): Promise<EncodedPack> {
  versions.sort(compareVersions);
  const summary = openSummary();
  for (const version of versions) summary.add(version, Buffer.byteLength(version.line) + 1);
  const bytes = Buffer.concat(await Array.fromAsync(zipLines(versions)));
  return { sha256: createHash("sha256").update(bytes).digest("hex"), bytes, summary: summary.end() };
}

/** The bytes of a pack of any size, from lines that are in order already. */
export async function* zipLines(lines: AsyncIterable<PackLine> | Iterable<PackLine>): AsyncGenerator<Buffer> {
  const zipped = createGzip({ level: LEVEL });
  // Its errors come out of the iteration below.
  pipeline(Readable.from(inBatches(lines), { objectMode: false }), zipped, () => undefined);
  yield* zipped as AsyncIterable<Buffer>;
}

/** A line at a time would cost the compressor a round through a thread each. */
async function* inBatches(lines: AsyncIterable<PackLine> | Iterable<PackLine>): AsyncGenerator<Buffer> {
  let held: string[] = [];
  let length = 0;
  for await (const { line } of lines) {
    held.push(line, "\n");
    length += line.length + 1;
    if (length < BATCH_BYTES) continue;
    yield Buffer.from(held.join(""));
    held = [];
    length = 0;
  }
  if (length > 0) yield Buffer.from(held.join(""));
}

/** Streams the versions of a pack in their order. Throws `archive.damaged` when the bytes are not those the name promises:
 * by the end at the latest, so a caller that must not pass on damaged data reads to the end first. `only`: which lines are worth
 * parsing, which is most of the work. */
export async function* decodePack(
  bytes: Readable,
  sha256: string,
  only: (line: string) => boolean = () => true,
): AsyncGenerator<MessageVersion> {
  for await (const line of provedLines(bytes, sha256)) if (only(line)) yield parseLine(line, sha256);
}

const ID = '"id":';

/** Whether a line may hold one of these messages, judged without parsing it: a line is JSON as `packLine` writes it, in which other
 * things have ids, too. */
export function mayHoldOneOf(messages: Iterable<Pick<MessageVersion, "id">>): (line: string) => boolean {
  const written = new Set(Array.from(messages, ({ id }) => JSON.stringify(id)));
  return (line) => {
    for (let at = line.indexOf(ID); at >= 0; at = line.indexOf(ID, at + 1)) {
      const start = at + ID.length;
      const end = line.indexOf('"', start + 1) + 1;
      const isEscaped = line[end - 2] === "\\";
      if (isEscaped || written.has(line.slice(start, end))) return true;
    }
    return false;
  };
}

/** The same, with each line as it stands. */
export async function* decodeLines(bytes: Readable, sha256: string): AsyncGenerator<PackLine> {
  for await (const line of provedLines(bytes, sha256)) {
    const { raw: _, ...keys } = parseLine(line, sha256);
    yield { ...keys, line };
  }
}

async function* provedLines(bytes: Readable, sha256: string): AsyncGenerator<string> {
  const hash = createHash("sha256");
  bytes.on("data", (chunk: Buffer) => hash.update(chunk));
  const gunzip = createGunzip();
  bytes.once("error", (error) => gunzip.destroy(error));
  try {
    yield* splitLines(bytes.pipe(gunzip));
  } catch (error) {
    if (error instanceof Error && "code" in error && String(error.code).startsWith("Z_")) throw damaged(sha256, error);
    throw error;
  } finally {
    bytes.destroy();
    gunzip.destroy();
  }
  if (hash.digest("hex") !== sha256) throw damaged(sha256);
}

function parseLine(line: string, sha256: string): MessageVersion {
  let version: MessageVersion | undefined;
  try {
    version = versionOf(JSON.parse(line));
  } catch (error) {
    throw damaged(sha256, error);
  }
  if (!version) throw damaged(sha256);
  return version;
}

async function* splitLines(source: AsyncIterable<Buffer>): AsyncGenerator<string> {
  let held: Buffer[] = [];
  let heldBytes = 0;
  for await (const chunk of source) {
    let start = 0;
    for (let end = chunk.indexOf(10); end >= 0; start = end + 1, end = chunk.indexOf(10, start)) {
      if (held.length === 0) yield chunk.toString("utf8", start, end);
      else yield Buffer.concat([...held, chunk.subarray(start, end)]).toString("utf8");
      held = [];
      heldBytes = 0;
    }
    held.push(chunk.subarray(start));
    heldBytes += chunk.length - start;
    if (heldBytes > LONGEST_LINE) throw new AppError("damaged", "archive.damaged", "A pack holds an endless line");
  }
  if (heldBytes > 0) yield Buffer.concat(held).toString("utf8");
}

const damaged = (sha256: string, cause?: unknown): AppError =>
  new AppError("damaged", "archive.damaged", "A pack is not what its name promises", { context: { sha256 }, cause });
