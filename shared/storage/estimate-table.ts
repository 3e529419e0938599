import type { TableClient } from "@azure/data-tables";
import { z } from "zod";
import type { EstimateStore, StoredEstimate } from "../billing/sample-export.ts";
import { table } from "./table.ts";

const row = z.object({
  at: z.number(),
  accounts: z.number(),
  sampledAccounts: z.number(),
  calls: z.number(),
  messagesRead: z.number(),
  messagesPerMonth: z.number(),
  low: z.number(),
  high: z.number().optional(),
  usdModelA: z.number(),
  usdModelB: z.number(),
});

/** Partition organizationId, row `estimate`: the last one. */
export function estimateTable(client: TableClient): EstimateStore {
  const rows = table(client, row);
  const at = (partitionKey: string) => ({ partitionKey, rowKey: "estimate" });
  const plain = ({ high, ...estimate }: z.output<typeof row>): StoredEstimate =>
    high === undefined ? estimate : { ...estimate, high };
  return {
    async find(organizationId) {
      const found = await rows.get(at(organizationId));
      return found && plain(found.value);
    },
    put: (organizationId, { high, ...estimate }) => rows.upsert(at(organizationId), { ...estimate, high }),
  };
}
