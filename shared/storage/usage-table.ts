import type { TableClient } from "@azure/data-tables";
import { z } from "zod";
import type { UsageStore } from "../billing/usage.ts";
import { table } from "./table.ts";

const row = z.object({ messages: z.number() });

/** Partition organizationId, row `{YYYY-MM}|{source}`. */
export function usageTable(client: TableClient): UsageStore {
  const rows = table(client, row);
  const key = (partitionKey: string, month: string, source: string) => ({ partitionKey, rowKey: `${month}|${source}` });
  return {
    get: async (organizationId, month, source) => (await rows.get(key(organizationId, month, source)))?.value.messages,
    put: (organizationId, month, source, messages) => rows.upsert(key(organizationId, month, source), { messages }),
    async sum(organizationId, month) {
      let sum = 0;
      for await (const { value } of rows.list(organizationId, { from: `${month}|`, to: `${month}|~` }))
        sum += value.messages;
      return sum;
    },
  };
}
