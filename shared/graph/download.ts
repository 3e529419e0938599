import { Readable } from "node:stream";
import type { Resume, TransferTime } from "../backup/content-source.ts";
import { changed, contentError, hostError, interrupted, signInPage } from "./content-error.ts";
import { followRedirects } from "./follow-redirects.ts";
import { fileBody, type Stretch } from "./file-body.ts";
import { lengthOf, mediaType } from "./hosted-content.ts";
import { bodyStream } from "./read-body.ts";
import type { RetryDeps } from "./send-with-retry.ts";

export interface DownloadDeps {
  readonly hosts: readonly string[];
  readonly retry: RetryDeps;
}

export interface DownloadSource {
  /** Asks Graph for the bytes; it redirects, or sends them itself. */
  readonly open: (headers: Record<string, string>) => Promise<Response>;
  /** Throws when the file is no longer the one whose bytes were begun. */
  readonly unchanged: () => Promise<void>;
  readonly name: string;
  readonly type: string;
  /** As the metadata says; of Office files it has been seen to differ from the bytes. */
  readonly size: number | undefined;
}

export interface Download {
  readonly body: Readable;
  readonly type: string | undefined;
  /** As the file's host says. */
  readonly bytes: number | undefined;
  readonly etag: string | undefined;
}

/** Opens a file's bytes, from an offset where one is given. The body is the whole rest or fails: what breaks off is continued where the
 * file and the ETag of its bytes are as they were (else `content.changed`), and an end that the metadata does not confirm is
 * confirmed by the host, or is no end (`content.interrupted`). Where the host says that nothing follows the offset the body is
 * empty. */
export async function download(
  source: DownloadSource,
  deps: DownloadDeps,
  from?: Resume,
  time?: TransferTime,
): Promise<Download> {
  const first = from ? await continued(source, deps, from) : await begun(source, deps);
  if (first === "end") return { body: Readable.from([]), type: undefined, bytes: from?.offset, etag: from?.etag };
  const { response, total, etag } = first;
  const again = async (place: Resume) => {
    await source.unchanged();
    return continued(source, deps, place);
  };
  const chunks = fileBody(first, { size: source.size, again, sleep: deps.retry.sleep }, time);
  return { body: bodyStream(chunks, response), type: mediaType(response), bytes: total, etag };
}

async function begun(source: DownloadSource, deps: DownloadDeps): Promise<Stretch> {
  const response = await reach(source, {}, deps);
  if (response.status !== 200) throw await refused(response, hostError(response.status));
  if (mediaType(response) === "text/html" && !expectsHtml(source)) throw await refused(response, signInPage());
  return { response, offset: 0, skip: 0, total: lengthOf(response), etag: strongTag(response) };
}

/** "end": the host says that nothing follows. */
async function continued(
  source: DownloadSource,
  deps: DownloadDeps,
  { offset, etag, bytes }: Resume,
): Promise<Stretch | "end"> {
  const tag: Record<string, string> = etag === "" ? {} : { "if-range": etag };
  const response = await reach(source, { range: `bytes=${offset}-`, ...tag }, deps);
  const { status, headers } = response;
  if (status === 416) {
    await response.body?.cancel();
    const end = /\/(\d+)$/.exec(headers.get("content-range") ?? "")?.[1];
    if (end === undefined || Number(end) === offset) return "end";
    throw changed();
  }
  const [, start, length] = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(headers.get("content-range") ?? "") ?? [];
  const total = length === undefined || length === "*" ? undefined : Number(length);
  const sameTag = etag !== "" && (headers.get("etag") ?? etag) === etag;
  const sameLength = bytes === undefined || total === undefined || total === bytes;
  if (status === 206 && sameTag && sameLength && Number(start) === offset)
    return { response, offset, skip: 0, total: total ?? bytes, etag };
  // Ranges are ignored, and the tag says that the bytes are the same: those that were read come again.
  if (status === 200 && sameTag && headers.get("etag") === etag)
    return { response, offset: 0, skip: offset, total: lengthOf(response) ?? bytes, etag };
  const isAnswer = status === 200 || status === 206;
  throw await refused(response, isAnswer && etag !== "" ? changed() : isAnswer ? interrupted() : hostError(status));
}

/** The address that Graph redirects to lives for minutes: where its host refuses it, a new one is asked for, once. */
async function reach(source: DownloadSource, headers: Record<string, string>, deps: DownloadDeps): Promise<Response> {
  const ask = async () => {
    const answer = await source.open(headers).catch((error: unknown) => Promise.reject(contentError(error)));
    return followRedirects(answer, headers, deps);
  };
  const response = await ask();
  if (response.status !== 401 && response.status !== 403) return response;
  await response.body?.cancel();
  return ask();
}

/** A weak tag does not promise the same bytes, and a compressed answer's offsets are not the file's. */
function strongTag({ headers }: Response): string | undefined {
  const tag = headers.get("etag");
  const isCompressed = (headers.get("content-encoding") ?? "identity") !== "identity";
  return tag === null || tag.startsWith("W/") || isCompressed ? undefined : tag;
}

const expectsHtml = ({ name, type }: DownloadSource): boolean =>
  type.includes("html") || /\.(x?html?|aspx?|mht(ml)?)$/i.test(name);

async function refused(response: Response, error: Error): Promise<Error> {
  await response.body?.cancel();
  return error;
}
