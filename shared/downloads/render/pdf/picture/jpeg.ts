/* Source: ITU-T T.81, annex B; Exif 2.32, 4.6.4. */

export interface Jpeg {
  readonly width: number;
  readonly height: number;
  readonly components: 1 | 3 | 4;
  /** By Adobe's habit, inks are stored inverted. */
  readonly inverted: boolean;
  /** Exif: 1 is upright, 6 wants a quarter turn clockwise … */
  readonly orientation: number;
}

/** Reads what a PDF must say about a JPEG; undefined for what is none, or of a kind that PDF does not know. */
export function readJpeg(bytes: Buffer): Jpeg | undefined {
  if (bytes.length < 4 || bytes.readUInt16BE(0) !== 0xffd8) return undefined;
  let [orientation, inverted] = [1, false];
  for (let at = 2; at + 9 < bytes.length; ) {
    if (bytes[at] !== 0xff) return undefined;
    const marker = bytes[at + 1] ?? 0;
    if (marker === 0xff) at += 1;
    else {
      const segment = bytes.subarray(at + 4, at + 2 + bytes.readUInt16BE(at + 2));
      if (marker === 0xe1) orientation = orientationOf(segment) ?? orientation;
      if (marker === 0xee) inverted ||= segment.subarray(0, 5).toString("latin1") === "Adobe";
      // Baseline, extended and progressive, all with Huffman codes.
      if (marker >= 0xc0 && marker <= 0xc2) return frame(segment, orientation, inverted);
      if (marker === 0xda || marker === 0xd9) return undefined;
      at += 2 + bytes.readUInt16BE(at + 2);
    }
  }
  return undefined;
}

function frame(segment: Buffer, orientation: number, inverted: boolean): Jpeg | undefined {
  if (segment.length < 6 || segment[0] !== 8) return undefined;
  const [height, width, components] = [segment.readUInt16BE(1), segment.readUInt16BE(3), segment[5]];
  if (width === 0 || height === 0 || !(components === 1 || components === 3 || components === 4)) return undefined;
  return { width, height, components, inverted: inverted && components === 4, orientation };
}

function orientationOf(segment: Buffer): number | undefined {
  if (segment.length < 14 || segment.toString("latin1", 0, 6) !== "Exif\0\0") return undefined;
  const tiff = segment.subarray(6);
  const little = tiff.toString("latin1", 0, 2) === "II";
  const short = (at: number) => (at + 2 > tiff.length ? 0 : little ? tiff.readUInt16LE(at) : tiff.readUInt16BE(at));
  const long = (at: number) => (at + 4 > tiff.length ? 0 : little ? tiff.readUInt32LE(at) : tiff.readUInt32BE(at));
  const directory = long(4);
  for (let i = 0; i < Math.min(short(directory), 100); i++) {
    const entry = directory + 2 + 12 * i;
    const value = short(entry + 8);
    if (short(entry) === 0x0112) return value >= 1 && value <= 8 ? value : undefined;
  }
  return undefined;
}
