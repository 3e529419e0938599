import { createHash, type Hash } from "node:crypto";

/** Hashes a document as a whole and in pieces of a length, since nobody knows before its end whether it has to be cut. */
export class PieceSums {
  readonly #pieceBytes: number;
  readonly #whole = createHash("sha256");
  readonly #pieces: { bytes: number; sha256: string }[] = [];
  /** Of the open piece; the first one's is that of the whole, so far. */
  #piece: Hash = this.#whole;
  #bytes = 0;

  constructor(pieceBytes: number) {
    this.#pieceBytes = pieceBytes;
  }

  add(bytes: Uint8Array): void {
    for (let rest = bytes; rest.length > 0; ) {
      const some = rest.subarray(0, this.#pieceBytes - this.#bytes);
      this.#whole.update(some);
      if (this.#piece !== this.#whole) this.#piece.update(some);
      this.#bytes += some.length;
      rest = rest.subarray(some.length);
      if (this.#bytes === this.#pieceBytes) this.#end();
    }
  }

  /** To be called once. */
  finish(): { readonly sha256: string; readonly pieces: readonly { bytes: number; sha256: string }[] } {
    if (this.#bytes > 0 || this.#pieces.length === 0) this.#end();
    return { sha256: this.#whole.digest("hex"), pieces: this.#pieces };
  }

  #end(): void {
    this.#pieces.push({ bytes: this.#bytes, sha256: this.#piece.copy().digest("hex") });
    this.#piece = createHash("sha256");
    this.#bytes = 0;
  }
}
