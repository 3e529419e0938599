import type { Step } from "../platform/activity.contract.ts";
import { isAppError } from "../platform/errors.ts";
import type { Instant } from "../platform/time.ts";
import type { Download, DownloadStore, Reason } from "./download-store.ts";
import { findDownload, isEnded } from "./find-download.ts";
import type { PackageStore } from "./package-store.ts";
import { spoolPrefix } from "./part-name.ts";

export interface CloseDownloadDeps {
  readonly downloads: DownloadStore;
  readonly packages: PackageStore;
  readonly now: () => Instant;
  readonly keepMs: number;
}

/** Ends a download by what its rows say: Ready when every zip of every file set is there and nothing is missing in them, Failed
 * when there is none, Partial otherwise. Sets when it expires. `codes`: why activities failed. */
export async function finishDownload(
  deps: CloseDownloadDeps,
  of: { readonly organizationId: string; readonly downloadId: string; readonly codes: readonly string[] },
): Promise<Step<object>> {
  const { organizationId, downloadId } = of;
  const found = await findDownload(deps.downloads, organizationId, downloadId);
  if (!isEnded(found.value)) {
    const outcome = await judge(deps.downloads, of);
    const finishedAt = deps.now();
    const expiresAt = finishedAt + deps.keepMs;
    // First, so that no ended download is left without: one too many is harmless.
    await deps.downloads.addExpiry({ at: expiresAt, organizationId, downloadId });
    const ended: Download = { ...found.value, ...outcome, finishedAt, expiresAt };
    await deps.downloads.replace(organizationId, found, ended).catch((error: unknown) => {
      if (!isAppError(error, "storage.not_found")) throw error;
    });
  }
  await deps.packages.removeAll(organizationId, spoolPrefix(downloadId));
  return { status: "done", result: {} };
}

async function judge(
  downloads: DownloadStore,
  { organizationId, downloadId, codes }: { organizationId: string; downloadId: string; codes: readonly string[] },
): Promise<{ status: Download["status"]; failures: Reason[] }> {
  let [wanted, missing, broken] = [0, 0, 0];
  for await (const { rendered } of downloads.sets(organizationId, downloadId)) {
    if (!rendered) broken += 1;
    wanted += rendered?.parts ?? 0;
    missing += rendered?.missing.length ?? 0;
  }
  let there = 0;
  for await (const zip of downloads.zips(organizationId, downloadId)) {
    there += 1;
    missing += zip.lost.length;
  }
  const failed = broken + (wanted - there);
  const failures = failed === 0 ? [] : [{ code: codes[0] ?? "internal", count: failed }];
  if (there === 0)
    return { status: "Failed", failures: failures.length > 0 ? failures : [{ code: "internal", count: 1 }] };
  return { status: failed > 0 || missing > 0 ? "Partial" : "Ready", failures };
}
