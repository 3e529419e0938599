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

/** A PDF that is written while it grows: objects leave memory as soon as they are put, and only where they lie is remembered.
 * What it holds depends on nothing but what is put: no clock, no chance. */
export class PdfFile {
  readonly context = PDFContext.create();
  readonly #offsets = new Map<number, number>();
  #chunks: Uint8Array[] = [];
  #objects = 0;
  #bytes = 0;
  #untaken = 0;
  readonly #hash = createHash("sha256");

  constructor() {
    const header = PDFHeader.forVersion(1, 7);
    const bytes = new Uint8Array(header.sizeInBytes() + 1);
    header.copyBytesInto(bytes, 0);
    bytes[bytes.length - 1] = 0x0a;
    this.#push(bytes);
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
    this.#offsets.set(ref.objectNumber, this.#bytes);
    const [head, tail] = [Buffer.from(`${ref.objectNumber} 0 obj\n`), Buffer.from("\nendobj\n")];
    const bytes = new Uint8Array(object.sizeInBytes());
    object.copyBytesInto(bytes, 0);
    this.#push(head);
    this.#push(bytes);
    this.#push(tail);
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

  /** What was written since it was last taken. */
  take(): Uint8Array {
    const taken = Buffer.concat(this.#chunks);
    this.#chunks = [];
    this.#untaken = 0;
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
    const name = PDFHexString.of(this.#hash.digest("hex").slice(0, 32));
    const trailer = this.context.obj({ Size: this.#objects + 1, Root: root, Info: info, ID: [name, name] });
    this.#keep(Buffer.from(`${section.toString()}trailer\n${trailer.toString()}\nstartxref\n${start}\n%%EOF\n`));
  }

  #push(bytes: Uint8Array): void {
    this.#hash.update(bytes);
    this.#keep(bytes);
  }

  #keep(bytes: Uint8Array): void {
    this.#chunks.push(bytes);
    this.#bytes += bytes.length;
    this.#untaken += bytes.length;
  }
}
