import type { TableClient } from "@azure/data-tables";
import { z } from "zod";
import { operationOutcome } from "../operations/operation.contract.ts";
import type { OperationStore } from "../operations/operations.ts";
import { table } from "./table.ts";

const row = z.object({
  principalId: z.string(),
  organizationId: z.string(),
  instanceId: z.string(),
  runId: z.string(),
  startedAt: z.number(),
});
const outcomeRow = z.object({ outcome: z.string() });

/** Partition operationId: row `operation`, and row `outcome` once it ended. */
export function operationTable(client: TableClient): OperationStore {
  const rows = table(client, row);
  const outcomes = table(client, outcomeRow);
  const at = (partitionKey: string, rowKey: "operation" | "outcome") => ({ partitionKey, rowKey });
  return {
    async insert({ operationId, ...value }) {
      await rows.insert(at(operationId, "operation"), value);
    },
    async find(operationId) {
      const found = await rows.get(at(operationId, "operation"));
      return found && { operationId, ...found.value };
    },
    finish: (runId, outcome) => outcomes.upsert(at(runId, "outcome"), { outcome: JSON.stringify(outcome) }),
    async outcome(runId) {
      const found = await outcomes.get(at(runId, "outcome"));
      return found && operationOutcome.parse(JSON.parse(found.value.outcome));
    },
  };
}
