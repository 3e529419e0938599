import { AppError } from "../platform/errors.ts";
import type { Instant } from "../platform/time.ts";
import { describeDownload } from "./describe-download.ts";
import type { DownloadStore } from "./download-store.ts";
import { findDownload } from "./find-download.ts";
import type { PackageStore } from "./package-store.ts";

export interface IssueLinksDeps {
  readonly downloads: DownloadStore;
  readonly packages: PackageStore;
  readonly now: () => Instant;
  readonly linkMs: number;
}

export interface PartLink {
  readonly part: string;
  readonly url: string;
  readonly expiresAt: Instant;
}

/** Signs a short-lived link to each zip, or to those named; never one that outlives the download. Throws
 * `download.not_found`, `download.part_not_found`, or `download.not_ready` (conflict) before it has ended or once its time has
 * come. */
export async function issueLinks(
  deps: IssueLinksDeps,
  organizationId: string,
  downloadId: string,
  names?: readonly string[],
): Promise<PartLink[]> {
  const { value: download } = await findDownload(deps.downloads, organizationId, downloadId);
  const { resource, parts } = await describeDownload(deps.downloads, organizationId, download);
  const now = deps.now();
  const { expiresAt: end = Number.POSITIVE_INFINITY } = download;
  // The timer may come a little later.
  const status = end <= now ? "Expired" : resource.status;
  if (status !== "Ready" && status !== "Partial") {
    throw new AppError("conflict", "download.not_ready", `The download is ${status}: there are no links now`);
  }
  const byName = new Map(parts.map((part) => [part.shown.name, part]));
  const wanted = (names ?? [...byName.keys()]).map((name) => {
    const part = byName.get(name);
    if (part) return part;
    throw new AppError("not_found", "download.part_not_found", "The download has no such part");
  });
  const expiresAt = Math.min(now + deps.linkMs, end);
  return Promise.all(
    wanted.map(async ({ shown, blob }) => ({
      part: shown.name,
      url: await deps.packages.link(organizationId, blob, { fileName: shown.name, expiresAt }),
      expiresAt,
    })),
  );
}
