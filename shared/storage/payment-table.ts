import type { TableClient } from "@azure/data-tables";
import { z } from "zod";
import type { PaymentState, PaymentStore } from "../billing/payment-store.ts";
import { isAppError } from "../platform/errors.ts";
import { table } from "./table.ts";

const row = z.object({
  since: z.number(),
  message: z.string(),
  probedAt: z.number().optional(),
  nextProbeAt: z.number(),
});

/** Partition organizationId, row `payment`: there while Graph wants payment. */
export function paymentTable(client: TableClient): PaymentStore {
  const rows = table(client, row);
  const at = (partitionKey: string) => ({ partitionKey, rowKey: "payment" });
  return {
    async find(organizationId) {
      const found = await rows.get(at(organizationId));
      if (!found) return undefined;
      const { probedAt, ...state } = found.value;
      return probedAt === undefined ? state : { ...state, probedAt };
    },
    require: (organizationId, state) =>
      rows.insert(at(organizationId), written(state)).then(() => true, unless("storage.conflict")),
    async change(organizationId, change) {
      for (;;) {
        const found = await rows.get(at(organizationId));
        if (!found) return;
        const done = await rows
          .replace(found, { ...found.value, ...change })
          .then(() => true, unless("storage.changed", "storage.not_found"));
        if (done) return;
      }
    },
    async clear(organizationId) {
      await rows.delete(at(organizationId)).catch(unless("storage.not_found"));
    },
  };
}

const written = ({ since, message, probedAt, nextProbeAt }: PaymentState) => ({
  since,
  message,
  probedAt,
  nextProbeAt,
});

const unless =
  (...codes: readonly string[]) =>
  (error: unknown): false => {
    if (codes.some((code) => isAppError(error, code))) return false;
    throw error;
  };
