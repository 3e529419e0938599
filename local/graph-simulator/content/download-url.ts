import { createHmac } from "node:crypto";
import type { SharedFile } from "../tenant/files.ts";

export interface DownloadUrls {
  readonly contentUrl: () => string;
  readonly downloadKey: string;
  readonly now: () => number;
}

/** Documented as "short-lived"; an hour is what tempauth addresses carry. */
const lifetimeMs = 60 * 60_000;

export const seal = (key: string, contentUrl: string, expiresMs: number): string =>
  createHmac("sha256", key).update(`${contentUrl}|${expiresMs}`).digest("base64url");

/** A pre-authenticated address on the content host. */
export function downloadUrl(urls: DownloadUrls, file: SharedFile): string {
  const expires = urls.now() + lifetimeMs;
  const query = new URLSearchParams({
    UniqueId: file.id,
    file: Buffer.from(file.contentUrl).toString("base64url"),
    expires: String(expires),
    tempauth: seal(urls.downloadKey, file.contentUrl, expires),
  });
  return `${urls.contentUrl()}/personal/_layouts/15/download.aspx?${query}`;
}
