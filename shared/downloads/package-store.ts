import type { Readable } from "node:stream";
import type { Instant } from "../platform/time.ts";

/** Holds zips and what they are made from, under names of ids only. Errors: `storage.not_found`, `storage.unavailable`. */
export interface PackageStore {
  /** Streams with bounded memory and shows nothing before all of it is there: when the stream fails, so does this, and an
   * earlier blob of that name stays. Writing a name again replaces it. */
  put(organizationId: string, name: string, content: Readable, type: string): Promise<void>;
  /** `bytes` from `offset`; all without. */
  open(
    organizationId: string,
    name: string,
    range?: { readonly offset: number; readonly bytes: number },
  ): Promise<Readable>;
  /** An address that reads this one blob without signing in, until `expiresAt`; the browser saves it as `fileName`. */
  link(organizationId: string, name: string, link: { fileName: string; expiresAt: Instant }): Promise<string>;
  /** Everything whose name begins so. */
  removeAll(organizationId: string, prefix: string): Promise<void>;
}
