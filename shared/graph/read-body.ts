import { Readable } from "node:stream";

/** A server that sends nothing for so long is taken for dead. */
const SILENCE_MS = 30_000;

/** The bytes of an answer as they come. Throws when the connection breaks, the server falls silent or the signal aborts; ending the
 * iteration early closes the connection. */
export async function* bodyChunks(response: Response, signal?: AbortSignal): AsyncGenerator<Uint8Array> {
  const reader = response.body?.getReader();
  if (!reader) return;
  try {
    for (;;) {
      signal?.throwIfAborted();
      const { done, value } = await inTime(reader.read());
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
export async function bodyText(response: Response, maxBytes: number, signal?: AbortSignal): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  for await (const chunk of bodyChunks(response, signal)) {
    bytes += chunk.byteLength;
    if (bytes > maxBytes) throw new Error("An answer of Graph is larger than can be held");
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

async function inTime<T>(read: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const silent = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error("The server fell silent")), SILENCE_MS);
  });
  try {
    return await Promise.race([read, silent]);
  } finally {
    clearTimeout(timer);
  }
}
