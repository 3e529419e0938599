import type { Resume, TransferTime } from "../backup/content-source.ts";
import { isAppError } from "../platform/errors.ts";
import { changed, interrupted, sizeMismatch } from "./content-error.ts";
import { bodyChunks } from "./read-body.ts";
import type { RetryDeps } from "./send-with-retry.ts";

/** An answer with a file's bytes from an offset to the end. */
export interface Stretch {
  readonly response: Response;
  readonly offset: number;
  /** So many of its bytes were read before. */
  readonly skip: number;
  /** Length of the whole file, as its host says. */
  readonly total: number | undefined;
  /** Strong, or there is none. */
  readonly etag: string | undefined;
}

export interface FileBodyDeps {
  /** Length of the whole file, as its metadata says. */
  readonly size: number | undefined;
  /** Opens the rest; without a tag (the empty one) only "end" can come of it. */
  readonly again: (place: Resume) => Promise<Stretch | "end">;
  readonly sleep: RetryDeps["sleep"];
}

/** How often bytes are taken up again without getting on. */
const RESUMES = 5;
const GETTING_ON_BYTES = 1_000_000;

/** The bytes from the first stretch to the end of the file, whatever happens to the connection. A length can be a lie, and a body
 * without one may end anywhere: an end counts where host and metadata agree on it, or where the host says that nothing follows. */
export async function* fileBody(
  first: Stretch,
  { size, again, sleep }: FileBodyDeps,
  time?: TransferTime,
): AsyncGenerator<Uint8Array> {
  let stretch = first;
  let read = first.offset + first.skip;
  let resumes = 0;
  let resumedAt = read;
  for (;;) {
    let isBroken = false;
    const chunks = rest(stretch, time);
    try {
      for (;;) {
        // What the reader throws in at `yield`, when it stops, is no broken connection.
        const next = await chunks.next().catch((error: unknown) => {
          if (isAppError(error)) throw error;
        });
        isBroken = next === undefined;
        if (!next || next.done === true) break;
        read += next.value.byteLength;
        yield next.value;
      }
    } finally {
      await chunks.return();
    }
    const { total, etag } = stretch;
    if (!isBroken && read === (total ?? size) && read === (size ?? total)) return;
    if (total !== undefined && read > total) throw changed();
    resumes = read >= resumedAt + GETTING_ON_BYTES ? 0 : resumes;
    resumedAt = read;
    if (isBroken && (etag === undefined || resumes >= RESUMES)) throw interrupted();
    if (resumes >= RESUMES) throw sizeMismatch();
    await sleep(1_000 * 2 ** resumes++);
    // A length that the metadata contradicts is no reason to refuse what the host has beyond it.
    const place = { offset: read, etag: etag ?? "", ...(isBroken && total !== undefined ? { bytes: total } : {}) };
    const next = await again(place);
    if (next === "end") return;
    // Ranges are ignored by a host whose body ended where nobody expected it: it would end there for ever.
    if (!isBroken && next.skip > 0) throw await given(next.response);
    stretch = next;
  }
}

async function* rest({ response, skip }: Stretch, time?: TransferTime): AsyncGenerator<Uint8Array, void, void> {
  let behind = skip;
  for await (const chunk of bodyChunks(response, { time })) {
    const fresh = chunk.subarray(Math.min(behind, chunk.byteLength));
    behind -= chunk.byteLength - fresh.byteLength;
    if (fresh.byteLength > 0) yield fresh;
  }
}

async function given(response: Response): Promise<Error> {
  await response.body?.cancel();
  return sizeMismatch();
}
