import { createHmac } from "node:crypto";
import { badRequest } from "./graph-error.ts";

/**
 * Opaque tokens of nextLinks: base64 like the real ones, sealed so that a token that was cut, altered or moved to
 * another account or query is refused and not silently read as something else.
 */
export interface SkipTokens {
  readonly write: (scope: string, value: object) => string;
  readonly read: (scope: string, token: string) => unknown;
}

export function skipTokens(secret: string): SkipTokens {
  const seal = (scope: string, text: string): string =>
    createHmac("sha256", secret).update(`${scope}|${text}`).digest("base64url").slice(0, 16);
  return {
    write: (scope, value) => {
      const text = JSON.stringify(value);
      return Buffer.from(`${text}#${seal(scope, text)}`).toString("base64");
    },
    read: (scope, token) => {
      const decoded = Buffer.from(token, "base64").toString("utf8");
      const cut = decoded.lastIndexOf("#");
      const text = decoded.slice(0, Math.max(0, cut));
      if (cut < 0 || decoded.slice(cut + 1) !== seal(scope, text))
        throw badRequest("Skip token is not valid.", "BadRequest");
      return JSON.parse(text);
    },
  };
}
