import { unless } from "../platform/errors.ts";
import type { Instant } from "../platform/time.ts";
import type { DownloadStore, Expiry } from "./download-store.ts";
import { findDownload } from "./find-download.ts";
import type { PackageStore } from "./package-store.ts";

export interface RemoveDownloadDeps {
  readonly downloads: DownloadStore;
  readonly packages: PackageStore;
  readonly now: () => Instant;
}

/** Removes a download, running or not. The row goes first: work that is still going on finds it gone and cleans up behind
 * itself. Throws `download.not_found`. */
export async function removeDownload(
  deps: RemoveDownloadDeps,
  organizationId: string,
  downloadId: string,
): Promise<void> {
  await findDownload(deps.downloads, organizationId, downloadId);
  await deps.downloads.remove(organizationId, downloadId);
  await removeRest(deps, organizationId, downloadId);
}

/** What work that was still going on has left behind of a download that is gone. */
export async function removeRest(
  { downloads, packages }: Pick<RemoveDownloadDeps, "downloads" | "packages">,
  organizationId: string,
  downloadId: string,
): Promise<void> {
  await packages.removeAll(organizationId, `${downloadId}/`);
  await downloads.removeRows(organizationId, downloadId);
}

/** Deletes the zips of every download whose time has come; its row stays and says Expired. Each expiry is crossed off last,
 * so a crash repeats it. Stops at the deadline; the next call goes on. */
export async function expireDownloads(deps: RemoveDownloadDeps, deadline: Instant): Promise<number> {
  let count = 0;
  for await (const expiry of deps.downloads.due(deps.now())) {
    await expire(deps, expiry);
    await deps.downloads.removeExpiry(expiry);
    count += 1;
    if (deps.now() >= deadline) break;
  }
  return count;
}

async function expire(deps: RemoveDownloadDeps, { organizationId, downloadId }: Expiry): Promise<void> {
  const found = await deps.downloads.find(organizationId, downloadId);
  if (found && (found.value.expiresAt ?? Number.POSITIVE_INFINITY) > deps.now()) return;
  if (found && found.value.status !== "Expired") {
    await deps.downloads
      .replace(organizationId, found, { ...found.value, status: "Expired" })
      .catch(unless("storage.changed", "storage.not_found"));
  }
  await deps.packages.removeAll(organizationId, `${downloadId}/`);
}
