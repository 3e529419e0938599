import { PDFHexString, PDFName, type PDFDict, type PDFRef } from "pdf-lib";
import type { PdfFile } from "../file/pdf-file.ts";
import { type Jpeg, readJpeg } from "./jpeg.ts";
import { mostPngBytes, type OpenPng, type PackedPng, type Png, pngSize, readPng } from "./png.ts";

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
  /** Undefined when it is damaged. */
  put(file: PdfFile): PutPicture | undefined;
}

/** Dictionaries, what turns it, its name and, it may be, a page. */
const AROUND = 5_000;

/** Looks into a JPEG or PNG; undefined when it is neither or too large. */
export function openPicture(bytes: Buffer): OpenPicture | undefined {
  const jpeg = readJpeg(bytes);
  const size = jpeg ?? pngSize(bytes);
  if (!size || size.width * size.height > MOST_PIXELS) return undefined;
  if (jpeg) return { mostBytes: AROUND + bytes.length, put: (file) => putJpeg(file, bytes, jpeg) };
  return { mostBytes: AROUND + mostPngBytes(bytes, size), put: (file) => putPng(file, bytes, size) };
}

function putPng(file: PdfFile, bytes: Buffer, size: Png): PutPicture | undefined {
  const png = readPng(bytes, size);
  return png && { ref: "packed" in png ? putPacked(file, png) : putOpen(file, png), ...size };
}

function putJpeg(file: PdfFile, bytes: Buffer, jpeg: Jpeg): PutPicture {
  const { width, height, components, inverted, orientation } = jpeg;
  const space = components === 1 ? "DeviceGray" : components === 3 ? "DeviceRGB" : "DeviceCMYK";
  const dict = image(file, jpeg, { ColorSpace: space, BitsPerComponent: 8, Filter: "DCTDecode" });
  if (inverted) dict.set(PDFName.of("Decode"), file.context.obj([1, 0, 1, 0, 1, 0, 1, 0]));
  const ref = file.putRaw(dict, bytes);
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

function putPacked(file: PdfFile, { width, height, packed, bits, colors, palette }: PackedPng): PDFRef {
  const dict = image(file, { width, height }, { BitsPerComponent: bits, Filter: "FlateDecode" });
  const { context } = file;
  const parameters = { Predictor: 15, Colors: colors, BitsPerComponent: bits, Columns: width };
  dict.set(PDFName.of("DecodeParms"), context.obj(parameters));
  const space = palette
    ? context.obj([
        "Indexed",
        "DeviceRGB",
        Math.floor(palette.length / 3) - 1,
        PDFHexString.of(palette.toString("hex")),
      ])
    : PDFName.of(colors === 1 ? "DeviceGray" : "DeviceRGB");
  dict.set(PDFName.of("ColorSpace"), space);
  return file.putRaw(dict, packed);
}

function putOpen(file: PdfFile, { width, height, colors, opacity }: OpenPng): PDFRef {
  const dict = image(file, { width, height }, { ColorSpace: "DeviceRGB", BitsPerComponent: 8 });
  if (opacity) {
    const mask = image(file, { width, height }, { ColorSpace: "DeviceGray", BitsPerComponent: 8 });
    dict.set(PDFName.of("SMask"), file.putDeflated(mask, opacity));
  }
  return file.putDeflated(dict, colors);
}

const image = (
  file: PdfFile,
  { width, height }: { readonly width: number; readonly height: number },
  entries: Readonly<Record<string, string | number>>,
): PDFDict => file.context.obj({ Type: "XObject", Subtype: "Image", Width: width, Height: height, ...entries });
