import { Readable } from "node:stream";
import type { TransferTime } from "../backup/content-source.ts";
import { AppError } from "../platform/errors.ts";

/** A server that sends nothing for so long is taken for dead. */
const SILENCE_MS = 30_000;

/** What ends the reading of a body before its end. */
export interface Limits {
  readonly signal?: AbortSignal | undefined;
  readonly time?: TransferTime | undefined;
}

/** The bytes of an answer as they come. Throws when the connection breaks, the server falls silent or the signal aborts, and
 * `content.timeout` when the time is used up; ending the iteration early closes the connection. */
export async function* bodyChunks(response: Response, { signal, time }: Limits = {}): AsyncGenerator<Uint8Array> {
  const reader = response.body?.getReader();
  if (!reader) return;
  try {
    for (;;) {
      signal?.throwIfAborted();
      const { done, value } = await inTime(reader.read(), time);
      if (done) return;
      yield value;
    }
  } finally {
    // Closes a connection that is still open; one that is at its end or broken has nothing to close.
    await reader.cancel().catch(() => undefined);
  }
}

/** A stream over `chunks`, which read `response`. Destroyed before anybody read, it closes the connection all the same: a
 * generator that was never begun cannot. */
export function bodyStream(chunks: AsyncIterable<Uint8Array>, response: Response): Readable {
  const stream = Readable.from(chunks, { objectMode: false });
  // A body that somebody reads is locked, and closed by its reader.
  return stream.once("close", () => void response.body?.cancel().catch(() => undefined));
}

/** The whole body as text. Throws beyond `maxBytes`. */
export async function bodyText(response: Response, maxBytes: number, limits: Limits = {}): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  for await (const chunk of bodyChunks(response, limits)) {
    bytes += chunk.byteLength;
    if (bytes > maxBytes) throw new Error("An answer of Graph is larger than can be held");
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

async function inTime<T>(read: Promise<T>, time: TransferTime = { leftMs: Number.POSITIVE_INFINITY }): Promise<T> {
  const began = performance.now();
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<never>((_, reject) => {
    const isLast = time.leftMs <= SILENCE_MS;
    const error = isLast ? timedOut() : new Error("The server fell silent");
    timer = setTimeout(() => reject(error), isLast ? Math.max(0, time.leftMs) : SILENCE_MS);
  });
  try {
    return await Promise.race([read, over]);
  } finally {
    clearTimeout(timer);
    time.leftMs -= performance.now() - began;
  }
}

const timedOut = (): AppError =>
  new AppError("unavailable", "content.timeout", "The bytes come too slowly to be waited for");
