import { readContent } from "../read-content.ts";
import type { OpenContent, PlacedContent } from "../renderer.ts";
import { DOMAIN } from "./mail-ids.ts";

export interface EmbeddedPicture {
  readonly cid: string;
  readonly type: string;
  readonly name: string;
  readonly bytes: Buffer;
}

/** A larger picture is named and lies in `Attachments/` alone; so do those past the sum of one message. */
const LARGEST = 3_000_000;
const MOST_BYTES = 9_000_000;

/** Reads the pictures that Teams hosts for a message, by the keys of their references; each distinct one is read, and takes of
 * the sum, once. */
export async function embeddedPictures(
  contents: readonly PlacedContent[],
  open: OpenContent,
): Promise<Map<string, EmbeddedPicture>> {
  const found = new Map<string, EmbeddedPicture>();
  const known = new Map<string, EmbeddedPicture | undefined>();
  let room = MOST_BYTES;
  for (const { kind, key, name, sha256, bytes = Number.POSITIVE_INFINITY } of contents) {
    if (kind !== "hosted" || sha256 === undefined) continue;
    if (!known.has(sha256)) {
      if (bytes > Math.min(LARGEST, room)) continue;
      const read = await readContent(open, sha256, bytes);
      const type = read && pictureType(read);
      known.set(
        sha256,
        read && type ? { cid: `${sha256.slice(0, 32)}@${DOMAIN}`, type, name, bytes: read } : undefined,
      );
      room -= known.get(sha256)?.bytes.length ?? 0;
    }
    const picture = known.get(sha256);
    if (picture) found.set(key, picture);
  }
  return found;
}

const SIGNATURES: readonly (readonly [type: string, RegExp])[] = [
  ["image/png", /^\x89PNG\r\n\x1a\n/],
  ["image/jpeg", /^\xff\xd8\xff/],
  ["image/gif", /^GIF8[79]a/],
  ["image/webp", /^RIFF[^]{4}WEBP/],
];

/** By the bytes, whatever the source said; a picture of another kind is not embedded. */
const pictureType = (bytes: Buffer): string | undefined =>
  SIGNATURES.find(([, signature]) => signature.test(bytes.toString("latin1", 0, 16)))?.[0];
