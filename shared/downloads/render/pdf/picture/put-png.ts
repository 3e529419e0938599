import { type PDFDict, PDFHexString, PDFName, type PDFRef } from "pdf-lib";
import type { PdfFile } from "../file/pdf-file.ts";
import { imageDict } from "./image-dict.ts";
import type { PutPicture } from "./open-picture.ts";
import { openInterlaced } from "./open-interlaced.ts";
import { MOST_ROW, opacityOfPng, type Packed, splitPng } from "./pack-png.ts";
import { dataOf, type PngColors, type PngHead, pngColors, rowBytes, samplesOf } from "./png.ts";
import { isWhole } from "./png-rows.ts";

/** 256 colours. */
const MOST_PALETTE = 768;
/** Of 8 bits a sample, 1920 by 1080; all pixels of an interlaced one are held, several times. */
const MOST_INTERLACED = 2_100_000;

const isPalette = ({ length }: Buffer): boolean => length % 3 === 0 && length <= MOST_PALETTE;
const hasOpacity = ({ type }: PngHead): boolean => type === 4 || type === 6;

/** Why a PNG would take too much memory; undefined where it does not. */
export function whyUndrawn(bytes: Buffer, head: PngHead): string | undefined {
  const pixels = head.width * head.height;
  if (head.interlaced)
    return pixels * Math.max(1, head.bits / 8) > MOST_INTERLACED ? "too large for an interlaced PNG" : undefined;
  const isTaken = hasOpacity(head) || pngColors(bytes).transparent !== undefined;
  return isTaken && rowBytes(head) > MOST_ROW ? "its rows are too long" : undefined;
}

/** What it takes in a PDF at the most: opacity, colours beside it and what is interlaced are packed anew. */
export function mostPngBytes(bytes: Buffer, head: PngHead): number {
  const { width, height } = head;
  // Deflating what has no pattern makes it longer by less than that.
  const packed = (rowLength: number) => Math.ceil(1.005 * height * rowLength);
  if (head.interlaced || hasOpacity(head)) return packed(4 * width + 1);
  return bytes.length + (pngColors(bytes).transparent ? packed(width) : 0);
}

/** What an image and its mask are made of. */
interface Image {
  readonly colors: Packed | { readonly parts: Iterable<Buffer>; readonly bytes: number };
  readonly opacity?: Packed;
  readonly bits: number;
  readonly samples: number;
  /** Colours are filtered as in a PNG. */
  readonly filtered: boolean;
  readonly palette?: Buffer;
}

/** Undefined when it is damaged. */
export async function putPng(
  file: PdfFile,
  bytes: Buffer,
  { png, write }: { readonly png: PngHead; readonly write: () => Promise<void> },
): Promise<PutPicture | undefined> {
  const { width, height } = png;
  const image = await readImage(bytes, png).catch(() => undefined);
  // Whatever is wrong with it, the file is in the zip as it is.
  return image && { ref: await putImage(file, image, { png, write }), width, height };
}

async function readImage(bytes: Buffer, head: PngHead): Promise<Image | undefined> {
  const { bits, type } = head;
  if (head.interlaced) {
    // Its reader unpacks whatever comes.
    if (!(await isWhole(bytes, head))) return undefined;
    return { ...openInterlaced(bytes), bits: 8, samples: 3, filtered: false };
  }
  if (hasOpacity(head)) {
    return { ...(await splitPng(bytes, head)), bits: 8, samples: samplesOf(head) - 1, filtered: true };
  }
  const { palette, transparent }: PngColors = pngColors(bytes);
  if (type === 3 && !(palette && isPalette(palette))) return undefined;
  const opacity = transparent && (await opacityOfPng(bytes, head, transparent));
  if (!transparent && !(await isWhole(bytes, head))) return undefined;
  let length = 0;
  for (const part of dataOf(bytes)) length += part.length;
  const colors = { parts: dataOf(bytes), bytes: length };
  const more = { ...(opacity && { opacity }), ...(type === 3 && palette && { palette }) };
  return { colors, bits, samples: samplesOf(head), filtered: true, ...more };
}

async function putImage(
  file: PdfFile,
  { colors, opacity, bits, samples, filtered, palette }: Image,
  { png, write }: { readonly png: PngHead; readonly write: () => Promise<void> },
): Promise<PDFRef> {
  const deflated = { Filter: "FlateDecode" };
  const dict = imageDict(file, png, { BitsPerComponent: bits, ...deflated });
  if (filtered) {
    const parameters = { Predictor: 15, Colors: samples, BitsPerComponent: bits, Columns: png.width };
    dict.set(PDFName.of("DecodeParms"), file.context.obj(parameters));
  }
  setColors(file, dict, palette ?? samples);
  if (opacity) {
    const mask = imageDict(file, png, { ColorSpace: "DeviceGray", BitsPerComponent: 8, ...deflated });
    dict.set(PDFName.of("SMask"), await file.putParts(mask, opacity, write));
  }
  return file.putParts(dict, colors, write);
}

function setColors(file: PdfFile, dict: PDFDict, colors: Buffer | number): void {
  const space =
    typeof colors === "number"
      ? PDFName.of(colors === 1 ? "DeviceGray" : "DeviceRGB")
      : file.context.obj(["Indexed", "DeviceRGB", colors.length / 3 - 1, PDFHexString.of(colors.toString("hex"))]);
  dict.set(PDFName.of("ColorSpace"), space);
}
