import type { TableClient } from "@azure/data-tables";
import { z } from "zod";
import type { PartnerStore } from "../organizations/stores.ts";
import { table } from "./table.ts";

const row = z.object({ name: z.string(), privateChat: z.boolean(), createdAt: z.number() });
/** Partners are few: one partition keeps them in order. */
const PARTITION = "partners";

export function partnerTable(client: TableClient): PartnerStore {
  const rows = table(client, row);
  return {
    async find(partnerId) {
      const found = await rows.get({ partitionKey: PARTITION, rowKey: partnerId });
      return found && { value: { partnerId, ...found.value }, version: found.etag };
    },
    async insert({ partnerId, ...value }) {
      await rows.insert({ partitionKey: PARTITION, rowKey: partnerId }, value);
    },
    replace: ({ partnerId, ...value }, etag) =>
      rows.replace({ partitionKey: PARTITION, rowKey: partnerId, etag }, value),
    async page(limit, after) {
      const found = await rows.page(PARTITION, limit, after);
      return found.map(({ rowKey, value }) => ({ partnerId: rowKey, ...value }));
    },
  };
}
