import { opacityByColor, Unfilter } from "./png-opacity.ts";
import { Packer, rowsOf } from "./png-rows.ts";
import { type PngHead, rowBytes, samplesOf } from "./png.ts";

/** Deflated, in parts that stand one after another. */
export interface Packed {
  readonly parts: readonly Buffer[];
  readonly bytes: number;
}

/** Bytes: rows that are longer are not taken apart, for several are held. */
export const MOST_ROW = 4_000_000;
/** Files are shorter, and what is packed anew is about as long as its file. */
const MOST_PACKED = 32_000_000;
const OPAQUE = 255;

/** Of a PNG with opacity beside its colours. Colours have 8 bits a sample, and are filtered as they were: filters work by bytes, each
 * with those of the pixels around it that stand at the same place, so that bytes may be left out. Opacity is plain, a byte for each
 * pixel, and absent where all is opaque. Throws when the PNG is damaged. */
export async function splitPng(bytes: Buffer, head: PngHead): Promise<{ colors: Packed; opacity?: Packed }> {
  const { width, bits } = head;
  const [samples, step] = [samplesOf(head), bits / 8];
  const [colors, opacity] = [Buffer.alloc(1 + (samples - 1) * width), Buffer.alloc(1 + width)];
  const unfilter = new Unfilter(opacity.length, 1);
  const packed = new Packer();
  const opacityOf = (row: Buffer): Buffer => {
    colors[0] = opacity[0] = row[0] ?? 0;
    let [from, to] = [1, 1];
    for (let at = 1; at <= width; at++) {
      for (let sample = 1; sample < samples; sample++, from += step) colors[to++] = row[from] ?? 0;
      opacity[at] = row[from] ?? 0;
      from += step;
    }
    unfilter.take(opacity);
    return opacity.subarray(1);
  };
  try {
    const given = await packOpacity(bytes, head, opacityOf, () => packed.add(colors));
    await packed.end();
    return { colors: packed, ...(given && { opacity: given }) };
  } finally {
    packed.destroy();
  }
}

/** The opacity of a PNG whose transparency stands beside its rows; undefined where all is opaque. Throws when it is damaged. */
export const opacityOfPng = (bytes: Buffer, head: PngHead, transparent: Buffer): Promise<Packed | undefined> =>
  packOpacity(bytes, head, opacityByColor(head, transparent), () => Promise.resolve(0));

/** `more` packs what else a row holds, and says how long that is by then. */
async function packOpacity(
  bytes: Buffer,
  head: PngHead,
  opacityOf: (row: Buffer) => Buffer,
  more: () => Promise<number>,
): Promise<Packed | undefined> {
  const packed = new Packer();
  const length = rowBytes(head);
  let isOpaque = true;
  try {
    for await (const rows of rowsOf(bytes, head)) {
      for (let at = 0; at < rows.length; at += length) {
        const opacity = opacityOf(rows.subarray(at, at + length));
        isOpaque &&= opacity.every((one) => one === OPAQUE);
        const all = (await packed.add(opacity)) + (await more());
        if (all > MOST_PACKED) throw new Error("It is too long.");
      }
    }
    await packed.end();
    return isOpaque ? undefined : packed;
  } finally {
    packed.destroy();
  }
}
