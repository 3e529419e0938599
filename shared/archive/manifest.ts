import { createHash } from "node:crypto";
import type { ManifestRow, PackRow, WindowRow } from "./archive-store.ts";

/** What one run brought to one account: a link in a chain, each naming the hash of the one before, so that nothing in
 * between can go missing unnoticed. */
export interface Manifest {
  readonly product: "teams-chat-vault";
  readonly version: 1;
  readonly organizationId: string;
  readonly accountId: string;
  readonly runId: string;
  readonly number: number;
  readonly previous: { readonly number: number; readonly sha256: string } | null;
  readonly status: string;
  readonly packs: { readonly added: readonly ManifestPack[]; readonly removed: readonly ManifestPack[] };
  readonly windows: readonly {
    readonly from: string;
    readonly to: string;
    readonly seen: number;
    readonly added: number;
  }[];
  readonly contents: {
    readonly stored: number;
    readonly bytes: number;
    readonly skipped: number;
    readonly failed: number;
    readonly pending: number;
  };
  readonly reasons: readonly { readonly code: string; readonly count: number }[];
}

export interface ManifestPack {
  readonly month: string;
  readonly sha256: string;
  readonly bytes: number;
  readonly versions: number;
  readonly messages: number;
}

export const manifestPack = ({ month, sha256, bytes, versions, messages }: PackRow): ManifestPack => ({
  month,
  sha256,
  bytes,
  versions,
  messages,
});

export const manifestWindow = ({ from, to, seen, added }: WindowRow): Manifest["windows"][number] => ({
  from: new Date(from).toISOString(),
  to: new Date(to).toISOString(),
  seen,
  added,
});

/** The bytes that are stored and hashed: the same manifest always gives the same. */
export function encodeManifest(manifest: Manifest): { readonly bytes: Buffer; readonly sha256: string } {
  const bytes = Buffer.from(`${JSON.stringify(manifest, undefined, 1)}\n`);
  return { bytes, sha256: createHash("sha256").update(bytes).digest("hex") };
}

export const nextNumber = (last: ManifestRow | undefined): number => (last?.number ?? 0) + 1;
