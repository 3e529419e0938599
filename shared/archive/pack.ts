import { createHash } from "node:crypto";
import type { Readable } from "node:stream";
import { promisify } from "node:util";
import { createGunzip, gzip } from "node:zlib";
import { AppError } from "../platform/errors.ts";
import type { Instant } from "../platform/time.ts";
import { type MessageVersion, compareVersions, versionOf } from "./version.ts";

/** A pack is a gzip of JSON lines, one version a line, sorted; its name is the SHA-256 of its bytes. Never changed. */
export interface EncodedPack {
  readonly sha256: string;
  readonly bytes: Buffer;
  readonly summary: PackSummary;
}

export interface PackSummary {
  readonly versions: number;
  readonly unpackedBytes: number;
  readonly firstCreated?: Instant;
  readonly lastCreated?: Instant;
  readonly firstModified?: Instant;
  readonly lastModified?: Instant;
  readonly chats: readonly ChatSpan[];
}

export interface ChatSpan {
  readonly chatId: string;
  readonly count: number;
  readonly first?: Instant;
  readonly last?: Instant;
}

/** No line of ours is longer; a damaged pack may claim one. Bytes. */
const LONGEST_LINE = 64 * 1024 * 1024;

const compress = promisify(gzip);

/** A version on its way into a pack: its keys, and the line that holds it. */
export type PackLine = Omit<MessageVersion, "raw"> & { readonly line: string };

export const packLine = ({ raw, ...keys }: MessageVersion): PackLine => ({ ...keys, line: JSON.stringify(raw) });

/** Sorts the lines in place. The same versions always give the same bytes. */
export async function encodePack(versions: PackLine[]): Promise<EncodedPack> {
  versions.sort(compareVersions);
  const lines = Buffer.from(versions.map(({ line }) => `${line}\n`).join(""));
  const bytes = await compress(lines, { level: 6 });
  return {
    sha256: createHash("sha256").update(bytes).digest("hex"),
    bytes,
    summary: summarize(versions, lines.length),
  };
}

/** Streams the versions of a pack in their order. Throws `archive.damaged` when the bytes are not those the name promises:
 * by the end at the latest, so a caller that must not pass on damaged data reads to the end first. */
export async function* decodePack(bytes: Readable, sha256: string): AsyncGenerator<MessageVersion> {
  const hash = createHash("sha256");
  bytes.on("data", (chunk: Buffer) => hash.update(chunk));
  const gunzip = createGunzip();
  bytes.once("error", (error) => gunzip.destroy(error));
  try {
    for await (const line of splitLines(bytes.pipe(gunzip))) yield parseLine(line, sha256);
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
      held.push(chunk.subarray(start, end));
      yield Buffer.concat(held).toString("utf8");
      held = [];
      heldBytes = 0;
    }
    held.push(chunk.subarray(start));
    heldBytes += chunk.length - start;
    if (heldBytes > LONGEST_LINE) throw new AppError("internal", "archive.damaged", "A pack holds an endless line");
  }
  if (heldBytes > 0) yield Buffer.concat(held).toString("utf8");
}

const damaged = (sha256: string, cause?: unknown): AppError =>
  new AppError("internal", "archive.damaged", "A pack is not what its name promises", { context: { sha256 }, cause });

function summarize(sorted: readonly PackLine[], unpackedBytes: number): PackSummary {
  const chats: ChatSpan[] = [];
  for (const { chatId, createdAt } of sorted) {
    const span = chats.at(-1);
    if (span?.chatId === chatId) chats[chats.length - 1] = widen(span, createdAt);
    else chats.push(widen({ chatId, count: 0 }, createdAt));
  }
  return {
    versions: sorted.length,
    unpackedBytes,
    ...span(sorted, "createdAt", "firstCreated", "lastCreated"),
    ...span(sorted, "modifiedAt", "firstModified", "lastModified"),
    chats,
  };
}

function widen(span: ChatSpan, at: Instant | undefined): ChatSpan {
  const count = span.count + 1;
  if (at === undefined) return { ...span, count };
  return { ...span, count, first: Math.min(span.first ?? at, at), last: Math.max(span.last ?? at, at) };
}

function span<F extends string, L extends string>(
  versions: readonly PackLine[],
  field: "createdAt" | "modifiedAt",
  first: F,
  last: L,
): { [K in F | L]?: Instant } {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const version of versions) {
    const at = version[field];
    if (at === undefined) continue;
    low = Math.min(low, at);
    high = Math.max(high, at);
  }
  return low <= high ? ({ [first]: low, [last]: high } as { [K in F | L]?: Instant }) : {};
}
