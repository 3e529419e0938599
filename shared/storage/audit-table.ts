import type { TableClient } from "@azure/data-tables";
import { z } from "zod";
import type { AuditStore } from "../access/audit.ts";
import { isAppError } from "../platform/errors.ts";
import { descending } from "./descending.ts";
import { table, type Write } from "./table.ts";

const facts = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]));
const entry = z.object({
  ...{ id: z.string(), at: z.string(), principalId: z.string(), principalName: z.string(), action: z.string() },
  ...{ facts, before: z.string(), hash: z.string() },
});
const head = z.object({ hash: z.string(), at: z.number() });
const row = z.object({ json: z.string() });

const HEAD = "head";
const ENTRIES = "z|";

/** Partition organization: row `head`, and behind it the entries, newest first. */
export function auditTable(client: TableClient): AuditStore {
  const rows = table(client, row);
  const headKey = (organizationId: string) => ({ partitionKey: organizationId, rowKey: HEAD });
  const entryKey = (organizationId: string, id: string) => ({
    partitionKey: organizationId,
    rowKey: `${ENTRIES}${descending(id)}`,
  });
  return {
    async head(organizationId) {
      const found = await rows.get(headKey(organizationId));
      return found && { value: head.parse(JSON.parse(found.value.json)), etag: found.etag };
    },
    async append(organizationId, added, next, etag) {
      const value = { json: JSON.stringify(next) };
      const moved: Write<z.output<typeof row>> =
        etag === undefined
          ? { action: "insert", ...headKey(organizationId), value }
          : { action: "replace", ...headKey(organizationId), value, etag };
      const key = entryKey(organizationId, added.id);
      try {
        await rows.transaction([moved, { action: "insert", ...key, value: { json: JSON.stringify(added) } }]);
        return true;
      } catch (error) {
        if (isAppError(error, "storage.changed") || isAppError(error, "storage.conflict")) return false;
        throw error;
      }
    },
    async page(organizationId, limit, after) {
      const from = after === undefined ? ENTRIES : entryKey(organizationId, after).rowKey;
      const found = await rows.page(organizationId, limit, from);
      return found.map(({ value }) => entry.parse(JSON.parse(value.json)));
    },
  };
}
