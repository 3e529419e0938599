import type { ArchiveOf } from "./archive-store.ts";

/** Names in the organization's container. */
export const packName = (
  { accountId }: Pick<ArchiveOf, "accountId">,
  { month, sha256 }: { readonly month: string; readonly sha256: string },
): string => `messages/${accountId}/${month}/${sha256}.ndjson.gz`;

export const manifestName = ({ accountId }: Pick<ArchiveOf, "accountId">, number: number): string =>
  `manifests/${accountId}/${number}.json`;

export const contentName = (sha256: string): string => `contents/${sha256}`;
