import type { Step } from "../platform/activity.contract.ts";
import { isAppError } from "../platform/errors.ts";
import type { Instant } from "../platform/time.ts";
import { builtSets } from "./built-sets.ts";
import { sumReasons } from "./describe-download.ts";
import type { Download, DownloadStore, Reason } from "./download-store.ts";
import { isEnded } from "./find-download.ts";
import type { PackageStore } from "./package-store.ts";
import { spoolPrefix } from "./part-name.ts";
import { removeRest } from "./remove-download.ts";

export interface CloseDownloadDeps {
  readonly downloads: DownloadStore;
  readonly packages: PackageStore;
  readonly now: () => Instant;
  readonly keepMs: number;
}

interface Closing {
  readonly organizationId: string;
  readonly downloadId: string;
  readonly codes: readonly string[];
  readonly failures?: readonly Reason[];
}

/** Ends a download by what its rows say: Ready when every zip of every file set is there and nothing is missing in them, Failed
 * when there is none, Partial otherwise. Sets when it expires. Of one that was removed meanwhile it takes away what is left.
 * `failures`: zips that could not be made, by the code of each. `codes`: why the others that are not there could not. */
export async function finishDownload(deps: CloseDownloadDeps, of: Closing): Promise<Step<object>> {
  const { organizationId, downloadId } = of;
  const found = await deps.downloads.find(organizationId, downloadId);
  if (!found) await removeRest(deps, organizationId, downloadId);
  else if (!isEnded(found.value)) {
    const outcome = await judge(deps.downloads, of);
    const finishedAt = deps.now();
    const expiresAt = finishedAt + deps.keepMs;
    // First, so that no ended download is left without: one too many is harmless.
    await deps.downloads.addExpiry({ at: expiresAt, organizationId, downloadId });
    try {
      const ended: Download = { ...found.value, ...outcome, finishedAt, expiresAt };
      await deps.downloads.replace(organizationId, found, ended);
    } catch (error) {
      // Somebody else ended or removed it meanwhile: that counts.
      if (isAppError(error, "storage.changed") || isAppError(error, "storage.not_found")) return { status: "again" };
      throw error;
    }
  }
  await deps.packages.removeAll(organizationId, spoolPrefix(downloadId));
  await deps.downloads.removeOpen(organizationId, downloadId);
  return { status: "done", result: {} };
}

async function judge(
  downloads: DownloadStore,
  { organizationId, downloadId, codes, failures = [] }: Closing,
): Promise<{ status: Download["status"]; failures: Reason[] }> {
  let [there, failed, missing] = [0, 0, 0];
  for await (const { set, zips } of builtSets(downloads, organizationId, downloadId)) {
    there += zips.length;
    failed += (set.rendered?.parts ?? 1) - zips.length;
    missing += sum([set.rendered?.missing ?? [], ...zips.map(({ lost }) => lost)].map(({ length }) => length));
  }
  const count = there === 0 ? Math.max(1, failed) : failed;
  const told = tell(count, [...failures, { code: codes[0] ?? "internal", count }]);
  if (there === 0) return { status: "Failed", failures: told };
  return { status: failed > 0 || missing > 0 ? "Partial" : "Ready", failures: told };
}

/** So many of the reasons as zips are not there, the first ones first: of one whose row is there its activity may have failed later. */
function tell(count: number, reasons: readonly Reason[]): Reason[] {
  let left = count;
  const told = reasons.map((reason) => {
    const counted = Math.min(left, reason.count);
    left -= counted;
    return { ...reason, count: counted };
  });
  return sumReasons(told.filter((reason) => reason.count > 0));
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);
