import type { Content, FileReference, TransferTime } from "../backup/content-source.ts";
import { AppError } from "../platform/errors.ts";
import type { Instant } from "../platform/time.ts";
import { changed, contentError, unsupportedLink } from "./content-error.ts";
import { type DownloadDeps, download } from "./download.ts";
import type { Json } from "./graph-api.ts";
import { shareToken } from "./share-token.ts";
import type { TenantApi } from "./tenant-apis.ts";

interface DriveFile {
  readonly name: string;
  readonly type: string;
  readonly size: number | undefined;
  /** cTag changes with the bytes alone, eTag with the name and sharing too. */
  readonly version: string;
}

/** Metadata first: what it is and which version; then the bytes, by the short-lived address that Graph redirects to.
 * @see https://learn.microsoft.com/graph/api/driveitem-get-content */
export async function sharedFile(
  { api, fence }: TenantApi,
  { url, from }: FileReference,
  deps: DownloadDeps,
  time?: TransferTime,
): Promise<Content> {
  if (!URL.canParse(url) || new URL(url).protocol !== "https:") throw unsupportedLink();
  const item = `/v1.0/shares/${shareToken(url)}/driveItem`;
  const metadata = async () => driveFile(await api.json(item, { bucket: "files", time }));
  // A file's host is the tenant's SharePoint: what it asks of one worker holds for all.
  const retry = { ...deps.retry, throttled: (notBefore: Instant) => fence("files", notBefore) };
  const open = (range: Record<string, string>) =>
    api.open(`${item}/content`, { bucket: "files", time, headers: range });
  try {
    const file = await metadata();
    if (from && (from.sourceVersion ?? "") !== file.version) throw changed();
    const unchanged = async () => {
      if ((await metadata()).version !== file.version) throw changed();
    };
    const { body, type, bytes, etag } = await download({ open, unchanged, ...file }, { ...deps, retry }, from, time);
    const media = file.type || type;
    return {
      body,
      ...(bytes === undefined ? {} : { bytes }),
      ...(etag === undefined ? {} : { etag }),
      ...(media ? { type: media } : {}),
      ...(file.name === "" ? {} : { name: file.name }),
      ...(file.version === "" ? {} : { sourceVersion: file.version }),
    };
  } catch (error) {
    throw contentError(error);
  }
}

function driveFile(item: Json): DriveFile {
  const file = item["file"];
  if (item["malware"]) throw new AppError("forbidden", "content.malware", "Microsoft found malware in the file");
  if (typeof file !== "object" || file === null) {
    throw new AppError("not_found", "content.not_a_file", "The link leads to something that is not a file");
  }
  const type = "mimeType" in file ? text(file.mimeType).toLowerCase() : "";
  const size = item["size"];
  return {
    name: text(item["name"]),
    type,
    size: typeof size === "number" ? size : undefined,
    version: text(item["cTag"]) || text(item["eTag"]),
  };
}

const text = (value: unknown): string => (typeof value === "string" ? value : "");
