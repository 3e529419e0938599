import { createHash, randomBytes } from "node:crypto";
import type { Instant } from "./time.ts";

const DIGITS = "0123456789abcdefghjkmnpqrstvwxyz";

/** An id that sorts by its time: 48 bits of milliseconds, then 80 random bits (the layout of a ULID). */
export function newId(now: Instant): string {
  let time = "";
  for (let rest = now, i = 0; i < 10; i++, rest = Math.floor(rest / 32)) time = digit(rest % 32) + time;
  return time + base32(randomBytes(10), 16);
}

/** The same parts always give the same id: 130 bits of the SHA-256 over them, each prefixed with its length so that
 * `["ab", "c"]` and `["a", "bc"]` differ. */
export function hashId(...parts: readonly string[]): string {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(`${Buffer.byteLength(part)}:${part}`);
  return base32(hash.digest(), 26);
}

function base32(bytes: Uint8Array, length: number): string {
  let text = "";
  let bits = 0;
  let held = 0;
  for (const byte of bytes) {
    held = (held << 8) | byte;
    for (bits += 8; bits >= 5 && text.length < length; bits -= 5) text += digit((held >> (bits - 5)) & 31);
    held &= (1 << bits) - 1;
  }
  return text;
}

const digit = (value: number): string => DIGITS.charAt(value);
