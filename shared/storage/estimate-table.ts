import type { TableClient } from "@azure/data-tables";
import { z } from "zod";
import { sampleResult } from "../billing/billing.contract.ts";
import type { EstimateStore, StoredEstimate } from "../billing/sample-export.ts";
import { table } from "./table.ts";

const row = sampleResult.extend({ at: z.number() });

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
