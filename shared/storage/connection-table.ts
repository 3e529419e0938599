import type { TableClient } from "@azure/data-tables";
import { z } from "zod";
import type { ConnectionRecord, ConnectionRecords } from "../credentials/connections.ts";
import { table } from "./table.ts";

const row = z.object({
  kind: z.enum(["secret", "certificate", "federated"]),
  tenantId: z.string(),
  clientId: z.string(),
  model: z.enum(["A", "B"]).optional(),
  cloud: z.string().optional(),
  secretName: z.string().optional(),
  savedAt: z.number(),
  expiresAt: z.number().optional(),
});

/** Partition organizationId, row `connection`. Holds the secret's name, never the secret. */
export function connectionTable(client: TableClient): ConnectionRecords {
  const rows = table(client, row);
  const at = (partitionKey: string) => ({ partitionKey, rowKey: "connection" });
  return {
    async find(organizationId) {
      const found = await rows.get(at(organizationId));
      return found && present({ organizationId, ...found.value });
    },
    save: ({ organizationId, ...record }) => rows.upsert(at(organizationId), record),
  };
}

type Loose = { readonly [K in keyof ConnectionRecord]: ConnectionRecord[K] | undefined };
const present = (record: Loose) =>
  Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined)) as unknown as ConnectionRecord;
