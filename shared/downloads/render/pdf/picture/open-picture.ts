import { PDFName, type PDFRef } from "pdf-lib";
import type { PdfFile } from "../file/pdf-file.ts";
import { imageDict } from "./image-dict.ts";
import { type Jpeg, readJpeg } from "./jpeg.ts";
import { pngHead } from "./png.ts";
import { mostPngBytes, putPng, whyUndrawn } from "./put-png.ts";

/** Larger ones stay files: a viewer needs four bytes of memory for each pixel, on every page that shows them. */
export const MOST_PIXELS = 16_000_000;

export interface PutPicture {
  readonly ref: PDFRef;
  /** Pixels, as it is looked at. */
  readonly width: number;
  readonly height: number;
}

/** A picture that can be put into a document. */
export interface OpenPicture {
  /** What it adds to the document at the most. */
  readonly mostBytes: number;
  /** Undefined when it is damaged: nothing was put then. `write` takes from memory what was put, now and then. */
  put(file: PdfFile, write: () => Promise<void>): Promise<PutPicture | undefined>;
}

/** Dictionaries, what turns it, its name and, it may be, a page. */
const AROUND = 5_000;

/** Looks into a JPEG or PNG; undefined when it is neither or too large, a word when it would take too much memory. */
export function openPicture(bytes: Buffer): OpenPicture | string | undefined {
  const jpeg = readJpeg(bytes);
  const png = jpeg ? undefined : pngHead(bytes);
  const size = jpeg ?? png;
  if (!size || size.width * size.height > MOST_PIXELS) return undefined;
  if (jpeg) return { mostBytes: AROUND + bytes.length, put: (file, write) => putJpeg(file, bytes, { jpeg, write }) };
  if (!png) return undefined;
  const why = whyUndrawn(bytes, png);
  if (why !== undefined) return why;
  return { mostBytes: AROUND + mostPngBytes(bytes, png), put: (file, write) => putPng(file, bytes, { png, write }) };
}

async function putJpeg(
  file: PdfFile,
  bytes: Buffer,
  { jpeg, write }: { readonly jpeg: Jpeg; readonly write: () => Promise<void> },
): Promise<PutPicture> {
  const { width, height, components, inverted, orientation } = jpeg;
  const space = components === 1 ? "DeviceGray" : components === 3 ? "DeviceRGB" : "DeviceCMYK";
  const dict = imageDict(file, jpeg, { ColorSpace: space, BitsPerComponent: 8, Filter: "DCTDecode" });
  if (inverted) dict.set(PDFName.of("Decode"), file.context.obj([1, 0, 1, 0, 1, 0, 1, 0]));
  const ref = await file.putParts(dict, { bytes: bytes.length, parts: [bytes] }, write);
  if (orientation === 1) return { ref, width, height };
  const turned = orientation >= 5;
  return { ref: putTurned(file, ref, orientation), width: turned ? height : width, height: turned ? width : height };
}

/** The unit square as Exif wants it turned or mirrored. */
const TURNS: Readonly<Record<number, string>> = {
  2: "-1 0 0 1 1 0",
  3: "-1 0 0 -1 1 1",
  4: "1 0 0 -1 0 1",
  5: "0 -1 -1 0 1 1",
  6: "0 -1 1 0 0 1",
  7: "0 1 1 0 0 0",
  8: "0 1 -1 0 1 0",
};

function putTurned(file: PdfFile, ref: PDFRef, orientation: number): PDFRef {
  const form = {
    ...{ Type: "XObject", Subtype: "Form", BBox: [0, 0, 1, 1] },
    Resources: { XObject: { P: ref } },
  };
  return file.putDeflated(file.context.obj(form), Buffer.from(`${TURNS[orientation]} cm /P Do`));
}
