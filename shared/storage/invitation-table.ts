import type { TableClient } from "@azure/data-tables";
import { z } from "zod";
import { role, scope } from "../access/access.contract.ts";
import type { Invitation, InvitationStore } from "../access/grants.ts";
import { unless } from "../platform/errors.ts";
import { table } from "./table.ts";

const row = z.object({
  role,
  scope,
  email: z.string(),
  invitedBy: z.string(),
  invitedAt: z.number(),
  expiresAt: z.number(),
  usedBy: z.string().optional(),
});
const index = z.object({});

const own = (invitationId: string) => ({ partitionKey: invitationId, rowKey: "invitation" });

/** Partition invitationId, row `invitation`; and an index row under partition scope while it is open. */
export function invitationTable(client: TableClient): InvitationStore {
  const rows = table(client, row);
  const byScope = table(client, index);
  const unlist = ({ scope, invitationId }: Invitation) =>
    byScope.delete({ partitionKey: scope, rowKey: invitationId }).catch(unless("storage.not_found"));
  const find: InvitationStore["find"] = async (invitationId) => {
    const found = await rows.get(own(invitationId));
    if (!found) return undefined;
    const { usedBy, ...value } = found.value;
    return { invitation: { ...value, invitationId, ...(usedBy === undefined ? {} : { usedBy }) }, version: found.etag };
  };
  return {
    find,
    async insert({ invitationId, ...value }) {
      await byScope.upsert({ partitionKey: value.scope, rowKey: invitationId }, {});
      await rows.insert(own(invitationId), value);
    },
    async use(invitation, usedBy, etag) {
      const { invitationId, ...value } = invitation;
      await rows.replace({ ...own(invitationId), etag }, { ...value, usedBy });
      await unlist(invitation);
    },
    async remove(invitation) {
      await rows.delete(own(invitation.invitationId));
      await unlist(invitation);
    },
    async page(scope, limit, after) {
      const listed = await byScope.page(scope, limit, after);
      const found = await Promise.all(listed.map(({ rowKey }) => find(rowKey)));
      return found.flatMap((entry) => (entry ? [entry.invitation] : []));
    },
  };
}
