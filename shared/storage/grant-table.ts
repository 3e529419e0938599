import type { TableClient } from "@azure/data-tables";
import { z } from "zod";
import { role, scope } from "../access/access.contract.ts";
import type { GrantStore, HeldGrant } from "../access/grants.ts";
import { unless } from "../platform/errors.ts";
import { table } from "./table.ts";

const row = z.object({
  grantId: z.string(),
  role,
  scope,
  tenantId: z.string(),
  objectId: z.string(),
  name: z.string(),
  grantedAt: z.number(),
});

const ofHolder = ({ tenantId, objectId, scope, role }: HeldGrant) => ({
  partitionKey: `${tenantId}|${objectId}`,
  rowKey: `${scope}|${role}`,
});
const ofScope = ({ scope, grantId }: HeldGrant) => ({ partitionKey: scope, rowKey: grantId });

/** Partition `{tenantId}|{objectId}`, row `{scope}|{role}`; and the same row under partition scope, row grantId. */
export function grantTable(client: TableClient): GrantStore {
  const rows = table(client, row);
  const gone = unless("storage.not_found");
  return {
    async of(tenantId, objectId) {
      const grants = [];
      for await (const { value } of rows.list(`${tenantId}|${objectId}`)) grants.push(value);
      return grants.map(({ role, scope }) => ({ role, scope }));
    },
    // Listed before it counts, and listed until it no longer counts: what counts can always be found and revoked.
    async add(grant) {
      await rows.upsert(ofScope(grant), grant);
      await rows.upsert(ofHolder(grant), grant);
    },
    async remove(grant) {
      await rows.delete(ofHolder(grant)).catch(gone);
      await rows.delete(ofScope(grant)).catch(gone);
    },
    find: async (scope, grantId) => (await rows.get({ partitionKey: scope, rowKey: grantId }))?.value,
    page: async (scope, limit, after) => (await rows.page(scope, limit, after)).map(({ value }) => value),
  };
}
