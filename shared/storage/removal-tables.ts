import type { TableClient } from "@azure/data-tables";
import { z } from "zod";
import type { ArchiveOf, ArchiveStore } from "../archive/archive-store.ts";
import { packName } from "../archive/blob-names.ts";
import { manifestPack } from "../archive/manifest.ts";
import { changeWrite } from "./manifest-tables.ts";
import type { OrganizationBlobs } from "./organization-blobs.ts";
import { packDeletes } from "./pack-rows.ts";
import { chunks, type Key, table } from "./table.ts";

/** Two rows each, and their change. */
const PACKS_AT_ONCE = 40;
const anything = z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.instanceof(Uint8Array)]));

/** Stamp, totals and windows. */
const PROGRESS = [
  { from: "stamp", to: "totals~" },
  { from: "w|", to: "w|~" },
];

type RemovalStore = Pick<ArchiveStore, "removePacks" | "removePackFile" | "removeProgress">;

/** What takes rows of an archive away. */
export function removalTables(
  client: TableClient,
  blobsOf: (organizationId: string) => OrganizationBlobs,
): RemovalStore {
  const rows = table(client, anything);
  return {
    async removePacks(of, why, packs) {
      const partitionKey = partition(of);
      for (const some of chunks(packs, PACKS_AT_ONCE)) {
        const change = changeWrite(partitionKey, { added: [], removed: { why, packs: some.map(manifestPack) } });
        const deletes = some.flatMap((pack) => packDeletes(partitionKey, pack));
        await rows.transaction([...deletes, change]);
      }
    },
    removePackFile: (of, pack) => blobsOf(of.organizationId).remove(packName(of, pack)),
    async removeProgress(of) {
      const partitionKey = partition(of);
      const keys = async () => {
        const found: Key[] = [];
        for (const range of PROGRESS)
          for await (const { rowKey } of rows.list(partitionKey, range)) found.push({ partitionKey, rowKey });
        return found;
      };
      // Again, for a window that was planned meanwhile.
      for (let some = await keys(); some.length > 0; some = await keys())
        for (const part of chunks(some, 100))
          await rows.transaction(part.map((key) => ({ action: "delete" as const, ...key })));
    },
  };
}

const partition = (of: ArchiveOf): string => `${of.organizationId}|${of.accountId}`;
