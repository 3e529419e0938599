import { z } from "zod";
import { type StorageService, isConnectionString } from "./connection-string.ts";
import { Secret } from "./secret.ts";

/* The kinds of settings. Each says what it must be in one sentence, which follows the setting's name and never shows its value. */

export const text = (must: string) => z.string(must);

export const oneWord = (must: string) => text(must).regex(/^\S+$/, must);

export const choice = <const T extends readonly [string, string, ...string[]]>(...allowed: T) =>
  z.enum(allowed, `must be one of ${allowed.join(", ")}`);

/** A whole number written in digits alone, without its unit. */
export const count = (unit: string, min: number, max: number) => {
  const must = `must be a whole number of ${unit} from ${min} to ${max}, in digits alone`;
  return text(must).regex(/^\d+$/, must).transform(Number).pipe(z.number().min(min, must).max(max, must));
};

export const secret = (must: string) => text(must).transform((value) => new Secret(value));

/** 32 bytes. */
export const key = (must: string) =>
  text(must)
    .regex(/^[A-Za-z0-9+/]{43}=$/, must)
    .transform((value) => new Secret(value));

export const guid = z.guid("must be a GUID");

export const connectionString = (must: string, ...services: readonly StorageService[]) =>
  secret(must).refine((value) => isConnectionString(value.reveal(), services), must);

interface AddressRules {
  readonly scheme: "https" | "http or https";
  readonly path: boolean;
  readonly query?: boolean;
}

/** A web address; never one with a user, password or fragment. */
export const address = ({ scheme, path, query = false }: AddressRules) => {
  const schemes = scheme === "https" ? "an https:// address" : "an http:// or https:// address";
  const parts = [...(path ? [] : ["path"]), "user", "password", ...(query ? [] : ["query"]), "fragment"];
  const must = `must be ${schemes} without ${parts.join(", ").replace(/, (?=\w+$)/, " or ")}`;
  const fits = (value: string): boolean => {
    if (!/^[a-z]+:\/\/[^/\\\s]/i.test(value) || /[@#]/.test(value) || !URL.canParse(value)) return false;
    const url = new URL(value);
    const known = url.protocol === "https:" || (scheme !== "https" && url.protocol === "http:");
    return known && (path || url.pathname === "/") && (query || !value.includes("?"));
  };
  return text(must).refine(fits, must);
};

/** One or more entries, separated by commas. `must` says what an entry is. */
export const list = (must: string, fits: (entry: string) => boolean) =>
  text(must)
    .transform((value) =>
      value
        .split(",")
        .map((entry) => entry.trim().toLowerCase())
        .filter(Boolean),
    )
    .refine((entries) => entries.length > 0 && entries.every(fits), must);
