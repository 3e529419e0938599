import type { BuiltSet } from "./built-sets.ts";
import type { DownloadResource } from "./download.contract.ts";
import type { Download, DownloadStore } from "./download-store.ts";

type Progress = DownloadResource["progress"];

/** How far a download is. `done` and `total` count zips, a file set that is not laid out yet as one; `planned`: how many sets
 * there may be, before they are known. `messages` are those rendered, `bytes` those zipped and, for sets that are rendered, those
 * to zip. `percent` is half by messages and half by zips, and every set weighs what it was expected to hold: never 100 before the
 * download has ended, never less once it has. */
export async function measureProgress(
  store: DownloadStore,
  organizationId: string,
  { download, sets, planned }: { download: Download; sets: readonly BuiltSet[]; planned: number },
): Promise<Progress> {
  const isEnded = download.finishedAt !== undefined;
  const soFar = new Map<number, number>();
  if (!isEnded) {
    for await (const { set, messages } of store.renderedSoFar(organizationId, download.id)) soFar.set(set, messages);
  }
  const measured = sets.map((built) => measureSet(built, soFar.get(built.set.set) ?? 0, isEnded));
  const total = (pick: (set: MeasuredSet) => number): number => measured.reduce((sum, set) => sum + pick(set), 0);
  const share =
    total(({ weight, share }) => weight * share) /
    Math.max(
      1,
      total(({ weight }) => weight),
    );
  return {
    done: total(({ zips }) => zips.done),
    total: sets.length === 0 && !isEnded ? planned : total(({ zips }) => zips.total),
    percent: isEnded ? 100 : Math.min(99, Math.floor(share * 100)),
    messages: { done: total(({ messages }) => messages.done), total: total(({ messages }) => messages.total) },
    bytes: { done: total(({ bytes }) => bytes.done), total: total(({ bytes }) => bytes.total) },
  };
}

interface Done {
  readonly done: number;
  readonly total: number;
}

interface MeasuredSet {
  readonly zips: Done;
  readonly messages: Done;
  readonly bytes: Done;
  readonly weight: number;
  readonly share: number;
}

/** Once a download has ended, what was not made is not to come. */
function measureSet({ set, zips, isWhole }: BuiltSet, soFar: number, isEnded: boolean): MeasuredSet {
  const { rendered, expected } = set;
  const parts = rendered?.parts ?? 1;
  const total = rendered?.messages ?? (isEnded ? 0 : expected);
  const done = rendered ? total : Math.min(total, soFar);
  const zipped = zips.reduce((sum, zip) => sum + zip.bytes, 0);
  const toZip = isEnded || isWhole ? zipped : Math.max(zipped, rendered?.bytes ?? 0);
  const share = (rendered ? 1 : done / Math.max(1, total)) + (rendered ? zips.length / Math.max(1, rendered.parts) : 0);
  return {
    zips: { done: zips.length, total: parts },
    messages: { done, total },
    bytes: { done: zipped, total: toZip },
    weight: expected + 1,
    share: share / 2,
  };
}
