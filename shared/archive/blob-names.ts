import type { ArchiveOf } from "./archive-store.ts";

/** Names in the organization's container. */
export const packName = (
  { accountId }: Pick<ArchiveOf, "accountId">,
  { month, sha256 }: { readonly month: string; readonly sha256: string },
): string => `messages/${accountId}/${month}/${sha256}.ndjson.gz`;

/** A folder for each account. */
export const MANIFESTS = "manifests/";

export const manifestName = ({ accountId }: Pick<ArchiveOf, "accountId">, number: number): string =>
  `${MANIFESTS}${accountId}/${number}.json`;

export const contentName = (sha256: string): string => `contents/${sha256}`;
