import { AppError } from "../platform/errors.ts";
import type { Download, DownloadStore, Versioned } from "./download-store.ts";

/** Throws `download.not_found`: another organization's download looks like none. */
export async function findDownload(
  downloads: DownloadStore,
  organizationId: string,
  downloadId: string,
): Promise<Versioned<Download>> {
  const found = await downloads.find(organizationId, downloadId);
  if (found) return found;
  throw new AppError("not_found", "download.not_found", "There is no such download", { context: { downloadId } });
}

export const isEnded = ({ finishedAt }: Download): boolean => finishedAt !== undefined;
