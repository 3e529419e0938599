import type { TableClient } from "@azure/data-tables";
import { z } from "zod";
import type { DriftStore } from "../backup/drift-store.ts";
import { descending } from "./descending.ts";
import { table } from "./table.ts";

const row = z.object({
  driftId: z.string(),
  checkedAt: z.number(),
  windows: z.number(),
  messages: z.number(),
  missing: z.number(),
  changed: z.number(),
  codes: z.string(),
});
const codesOf = z.array(z.string());

/** Partition organization, newest first. */
export function driftTable(client: TableClient): DriftStore {
  const rows = table(client, row);
  return {
    put: (organizationId, { codes, ...drift }) =>
      rows.upsert(
        { partitionKey: organizationId, rowKey: descending(drift.driftId) },
        { ...drift, codes: JSON.stringify(codes) },
      ),
    async list(organizationId, limit, after) {
      const found = await rows.page(organizationId, limit, after === undefined ? "" : descending(after));
      return found.map(({ value }) => ({ ...value, codes: codesOf.parse(JSON.parse(value.codes)) }));
    },
  };
}
