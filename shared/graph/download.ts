import type { Readable } from "node:stream";
import { AppError, isAppError } from "../platform/errors.ts";
import { changed, contentError, interrupted, signInPage } from "./content-error.ts";
import { followRedirects } from "./follow-redirects.ts";
import { lengthOf, mediaType } from "./hosted-content.ts";
import { bodyChunks, bodyStream } from "./read-body.ts";
import type { RetryDeps } from "./send-with-retry.ts";

export interface DownloadDeps {
  readonly hosts: readonly string[];
  readonly retry: Omit<RetryDeps, "throttled">;
}

export interface DownloadSource {
  /** Asks Graph for the bytes; it redirects, or sends them itself. */
  readonly open: (headers: Record<string, string>) => Promise<Response>;
  /** Throws when the file is no longer the one whose bytes were begun. */
  readonly unchanged: () => Promise<void>;
  readonly name: string;
  readonly type: string;
}

export interface Download {
  readonly body: Readable;
  readonly type: string | undefined;
  /** As the file's host says: the size in the metadata has been seen to differ. */
  readonly bytes: number | undefined;
}

/** How often one file's bytes are taken up again. */
const RESUMES = 5;

/** Opens a file's bytes. A body that breaks off is continued by Range where the ETag of the bytes and the version of the file are as
 * they were; else it fails with `content.changed` or `content.interrupted`. */
export async function download(source: DownloadSource, deps: DownloadDeps, signal?: AbortSignal): Promise<Download> {
  const first = await followRedirects(await source.open({}), {}, deps, signal);
  if (first.status !== 200) throw await refusal(first);
  const type = mediaType(first);
  if (type === "text/html" && !expectsHtml(source)) throw await refused(first, signInPage());
  const bytes = lengthOf(first);
  return { body: bodyStream(chunks(first, bytes, source, deps, signal), first), type, bytes };
}

async function* chunks(
  first: Response,
  total: number | undefined,
  source: DownloadSource,
  deps: DownloadDeps,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const etag = first.headers.get("etag");
  let response = first;
  let read = 0;
  for (let resumes = 0; ; resumes++) {
    try {
      for await (const chunk of bodyChunks(response, signal)) {
        read += chunk.byteLength;
        yield chunk;
      }
      if (total === undefined || read === total) return;
    } catch (error) {
      signal?.throwIfAborted();
      if (isAppError(error)) throw error;
    }
    if (total !== undefined && read > total) throw changed();
    // A weak or absent tag does not promise the same bytes.
    if (resumes >= RESUMES || etag === null || etag.startsWith("W/")) throw interrupted();
    await deps.retry.sleep(1_000 * 2 ** resumes, signal);
    response = await resume(source, deps, { read, etag }, signal);
  }
}

async function resume(
  source: DownloadSource,
  deps: DownloadDeps,
  { read, etag }: { readonly read: number; readonly etag: string },
  signal?: AbortSignal,
): Promise<Response> {
  await source.unchanged();
  const headers = { range: `bytes=${read}-`, "if-range": etag };
  const answer = await source.open(headers).catch((error: unknown) => Promise.reject(contentError(error)));
  const response = await followRedirects(answer, headers, deps, signal);
  const same = (response.headers.get("etag") ?? etag) === etag;
  if (response.status === 206 && same && response.headers.get("content-range")?.startsWith(`bytes ${read}-`)) {
    return response;
  }
  if (response.status === 200 || response.status === 206) throw await refused(response, changed());
  throw await refusal(response);
}

const expectsHtml = ({ name, type }: DownloadSource): boolean =>
  type.includes("html") || /\.(x?html?|aspx?|mht(ml)?)$/i.test(name);

async function refusal(response: Response): Promise<AppError> {
  const { status } = response;
  const context = { status };
  if (status === 404 || status === 410) {
    return refused(response, new AppError("not_found", "content.gone", "The file is gone", { context }));
  }
  if (status === 401 || status === 403) {
    return refused(response, new AppError("forbidden", "content.no_access", "The file may not be read", { context }));
  }
  return refused(response, new AppError("unavailable", "content.interrupted", "The file's host fails", { context }));
}

async function refused(response: Response, error: AppError): Promise<AppError> {
  await response.body?.cancel();
  return error;
}
