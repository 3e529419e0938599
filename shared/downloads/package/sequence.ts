/** Cuts a stream into lengths, one after another. Each must be read to its end before the next is taken; one that the stream
 * cannot fill ends early. */
export class Sequence {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #rest: Uint8Array = new Uint8Array(0);

  constructor(stream: AsyncIterable<Uint8Array>) {
    this.#chunks = stream[Symbol.asyncIterator]();
  }

  async *take(bytes: number): AsyncGenerator<Uint8Array> {
    for (let left = bytes; left > 0; ) {
      if (this.#rest.length === 0) {
        const next = await this.#chunks.next();
        if (next.done) return;
        this.#rest = next.value;
      }
      const chunk = this.#rest.subarray(0, left);
      this.#rest = this.#rest.subarray(chunk.length);
      left -= chunk.length;
      if (chunk.length > 0) yield chunk;
    }
  }

  /** Lets go of the stream, read to its end or not. */
  async close(): Promise<void> {
    await this.#chunks.return?.();
  }
}

/** At most so many bytes of a stream, in one piece; fewer where it ends before. */
export async function joined(stream: AsyncIterable<Uint8Array>, bytes: number): Promise<Buffer> {
  const whole = Buffer.allocUnsafe(bytes);
  let length = 0;
  for await (const chunk of stream) {
    whole.set(chunk.subarray(0, bytes - length), length);
    length = Math.min(bytes, length + chunk.length);
  }
  return whole.subarray(0, length);
}
