import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from "node:crypto";
import { AppError } from "./errors.ts";
import type { Secret } from "./secret.ts";

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** A key for one purpose, derived from the app's 32-byte key in base64: what one purpose signs or encrypts, no other accepts. */
export const derivedKey = (master: Secret, purpose: string): Uint8Array =>
  new Uint8Array(hkdfSync("sha256", Buffer.from(master.reveal(), "base64"), "teams-chat-vault", purpose, 32));

/** Encrypts texts and proves them unchanged (AES-256-GCM, a random nonce each). */
export interface Seal {
  /** `context` is not stored, but `open` must be given the same: a sealed text cannot be moved to another place. */
  seal(text: string, context: string): string;
  /** Throws `seal.broken` for another key, another context or changed bytes. */
  open(sealed: string, context: string): string;
}

export function createSeal(key: Uint8Array): Seal {
  return {
    seal(text, context) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv("aes-256-gcm", key, nonce).setAAD(Buffer.from(context));
      const body = Buffer.concat([cipher.update(text, "utf8"), cipher.final()]);
      return Buffer.concat([nonce, cipher.getAuthTag(), body]).toString("base64url");
    },
    open(sealed, context) {
      const bytes = Buffer.from(sealed, "base64url");
      try {
        const decipher = createDecipheriv("aes-256-gcm", key, bytes.subarray(0, NONCE_BYTES), {
          authTagLength: TAG_BYTES,
        })
          .setAAD(Buffer.from(context))
          .setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
        return decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES), undefined, "utf8") + decipher.final("utf8");
      } catch (cause) {
        throw new AppError("internal", "seal.broken", "What was sealed does not open", { cause });
      }
    },
  };
}
