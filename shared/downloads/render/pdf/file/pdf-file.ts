import { createHash } from "node:crypto";
import { deflateSync } from "node:zlib";
import {
  PDFContext,
  PDFCrossRefSection,
  type PDFDict,
  PDFHeader,
  PDFHexString,
  PDFName,
  PDFNumber,
  type PDFObject,
  PDFRawStream,
  PDFRef,
} from "pdf-lib";

/** Written into the same memory again and again: objects are many. */
const CHUNK = 65_536;
/** Bytes of a long stream that are written at once. */
const PART = 1_000_000;
const NOTHING = new Uint8Array();

interface Parts {
  readonly parts: Iterable<Uint8Array>;
  readonly bytes: number;
}

/** A PDF that is written while it grows: objects leave memory as soon as they are put, and only where they lie is remembered.
 * What it holds depends on nothing but what is put: no clock, no chance. */
export class PdfFile {
  readonly context = PDFContext.create();
  readonly #offsets = new Map<number, number>();
  #chunk = Buffer.allocUnsafe(CHUNK);
  #untaken = 0;
  #objects = 0;
  #bytes = 0;
  readonly #hash = createHash("sha256");

  constructor() {
    this.#write(PDFHeader.forVersion(1, 7));
    this.#say("\n");
  }

  /** Written so far. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Written and not taken. */
  get untaken(): number {
    return this.#untaken;
  }

  get objects(): number {
    return this.#objects;
  }

  /** A number for an object that is put later. */
  reserve(): PDFRef {
    return PDFRef.of(++this.#objects);
  }

  put(object: PDFObject, ref: PDFRef = this.reserve()): PDFRef {
    this.#open(ref);
    this.#write(object);
    this.#say("\nendobj\n");
    return ref;
  }

  /** Deflated here. */
  putStream(content: Uint8Array, entries: Readonly<Record<string, number | string>> = {}): PDFRef {
    return this.putDeflated(this.context.obj(entries), content);
  }

  putDeflated(dict: PDFDict, content: Uint8Array, ref?: PDFRef): PDFRef {
    dict.set(PDFName.of("Filter"), PDFName.of("FlateDecode"));
    return this.putRaw(dict, deflateSync(content), ref);
  }

  /** As it is; the dictionary says how it is packed. */
  putRaw(dict: PDFDict, content: Uint8Array, ref?: PDFRef): PDFRef {
    dict.set(PDFName.of("Length"), PDFNumber.of(content.length));
    return this.put(PDFRawStream.of(dict, content), ref);
  }

  /** As `putRaw`, by parts of so many bytes in all; `write` is called whenever there is much to take. */
  async putParts(dict: PDFDict, content: Parts, write: () => Promise<void>): Promise<PDFRef> {
    dict.set(PDFName.of("Length"), PDFNumber.of(content.bytes));
    const ref = this.#open();
    this.#write(dict);
    this.#say("\nstream\n");
    for (const part of content.parts) {
      for (let at = 0; at < part.length; at += PART) {
        const some = part.subarray(at, at + PART);
        this.#grow(some.length);
        this.#chunk.set(some, this.#untaken);
        this.#wrote(some.length);
        if (this.#untaken >= PART) await write();
      }
    }
    this.#say("\nendstream\nendobj\n");
    return ref;
  }

  /** What was written since it was last taken. */
  take(): Uint8Array {
    if (this.#untaken === 0) return NOTHING;
    const taken = this.#chunk.subarray(0, this.#untaken);
    this.#untaken = 0;
    if (this.#chunk.length === CHUNK) return Buffer.from(taken);
    this.#chunk = Buffer.allocUnsafe(CHUNK);
    return taken;
  }

  /** Ends the file. Its id among files comes from its content. */
  end(root: PDFRef, info: PDFRef): void {
    const section = PDFCrossRefSection.create();
    for (let number = 1; number <= this.#objects; number++) {
      const offset = this.#offsets.get(number);
      if (offset === undefined) section.addDeletedEntry(PDFRef.of(number), 1);
      else section.addEntry(PDFRef.of(number), offset);
    }
    const start = this.#bytes;
    const name = PDFHexString.of(this.#hash.copy().digest("hex").slice(0, 32));
    const trailer = this.context.obj({ Size: this.#objects + 1, Root: root, Info: info, ID: [name, name] });
    this.#say(`${section.toString()}trailer\n${trailer.toString()}\nstartxref\n${start}\n%%EOF\n`);
  }

  #open(ref: PDFRef = this.reserve()): PDFRef {
    this.#offsets.set(ref.objectNumber, this.#bytes);
    this.#say(`${ref.objectNumber} 0 obj\n`);
    return ref;
  }

  #write(object: Pick<PDFObject, "sizeInBytes" | "copyBytesInto">): void {
    const size = object.sizeInBytes();
    this.#grow(size);
    object.copyBytesInto(this.#chunk, this.#untaken);
    this.#wrote(size);
  }

  /** ASCII. */
  #say(words: string): void {
    this.#grow(words.length);
    this.#wrote(this.#chunk.write(words, this.#untaken, "latin1"));
  }

  #grow(size: number): void {
    const needed = this.#untaken + size;
    if (needed <= this.#chunk.length) return;
    const larger = Buffer.allocUnsafe(Math.max(needed, 2 * this.#chunk.length));
    larger.set(this.#chunk.subarray(0, this.#untaken));
    this.#chunk = larger;
  }

  #wrote(size: number): void {
    this.#hash.update(this.#chunk.subarray(this.#untaken, this.#untaken + size));
    this.#untaken += size;
    this.#bytes += size;
  }
}
