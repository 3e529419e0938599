import type { TableClient } from "@azure/data-tables";
import { z } from "zod";
import { type Approval, type ApprovalStore, isOpen } from "../access/approvals.ts";
import { isAppError, unless } from "../platform/errors.ts";
import { descending } from "./descending.ts";
import { type Key, type Row, table } from "./table.ts";

const row = z.object({
  approvalId: z.string(),
  kind: z.enum(["erasure"]),
  accountId: z.string(),
  status: z.enum(["Pending", "Approved", "Completed", "Failed", "Rejected"]),
  requestedById: z.string(),
  requestedByName: z.string(),
  requestedAt: z.number(),
  expiresAt: z.number(),
  decidedById: z.string().exactOptional(),
  decidedByName: z.string().exactOptional(),
  decidedAt: z.number().exactOptional(),
  packs: z.number().exactOptional(),
  messages: z.number().exactOptional(),
  code: z.string().exactOptional(),
});
type ApprovalRow = z.output<typeof row>;
const approvedRow = z.object({ organizationId: z.string(), approvalId: z.string() });
const openRow = z.object({ approvalId: z.string() });

const APPROVED = "~approved";
const OPEN = "~open";

/** Partition organization, newest first; those that are being done also under `~approved`; the last one of each account under
 * `~open`. */
export function approvalTable(client: TableClient): ApprovalStore {
  const rows = table(client, row);
  const approved = table(client, approvedRow);
  const open = table(client, openRow);
  const find: ApprovalStore["find"] = async (organizationId, approvalId) => {
    const found = await rows.get(keyOf(organizationId, approvalId));
    return found && { value: fromRow(found.value), version: found.etag };
  };
  /** Makes it the open one of its account; false when another one was made so at the same time. */
  const claim = (known: Row<z.output<typeof openRow>> | undefined, key: Key, approvalId: string): Promise<boolean> =>
    (known ? open.replace(known, { approvalId }) : open.insert(key, { approvalId })).then(
      () => true,
      (error: unknown) => {
        if (isAppError(error, "storage.changed") || isAppError(error, "storage.conflict")) return false;
        throw error;
      },
    );
  return {
    find,
    async insert(organizationId, approval) {
      const { approvalId, accountId, requestedAt } = approval;
      const key = { partitionKey: OPEN, rowKey: `${organizationId}|${accountId}` };
      // First, so that whoever finds it named finds it.
      await rows.insert(keyOf(organizationId, approvalId), toRow(approval));
      for (;;) {
        const known = await open.get(key);
        const other = known && (await find(organizationId, known.value.approvalId));
        if (other && isOpen(other.value, requestedAt)) {
          await rows.delete(keyOf(organizationId, approvalId));
          return other.value;
        }
        if (await claim(known, key, approvalId)) return approval;
      }
    },
    async replace(organizationId, { version }, approval) {
      const { approvalId, status } = approval;
      const listed = { partitionKey: APPROVED, rowKey: `${organizationId}|${approvalId}` };
      // Before: one that is approved and not listed would never be done; one that is listed and not approved is left alone.
      if (status === "Approved") await approved.upsert(listed, { organizationId, approvalId });
      await rows.replace({ ...keyOf(organizationId, approvalId), etag: version }, toRow(approval));
      if (status === "Approved") return;
      await approved.delete(listed).catch(unless("storage.not_found"));
    },
    async list(organizationId, limit, after) {
      const found = await rows.page(organizationId, limit, after === undefined ? "" : descending(after));
      return found.map(({ value }) => fromRow(value));
    },
    async *approved(organizationId) {
      const range = organizationId === undefined ? {} : { from: `${organizationId}|`, to: `${organizationId}|~` };
      for await (const { value, ...listed } of approved.list(APPROVED, range)) {
        const found = await find(value.organizationId, value.approvalId);
        if (found?.value.status === "Approved") yield { organizationId: value.organizationId, approval: found.value };
        // Left by a crash. One that is pending may be about to be approved.
        else if (found?.value.status !== "Pending") await approved.delete(listed);
      }
    },
  };
}

const keyOf = (organizationId: string, approvalId: string) => ({
  partitionKey: organizationId,
  rowKey: descending(approvalId),
});

const toRow = ({ requestedBy, decidedBy, result, ...approval }: Approval): ApprovalRow => ({
  ...approval,
  requestedById: requestedBy.id,
  requestedByName: requestedBy.name,
  ...(decidedBy ? { decidedById: decidedBy.id, decidedByName: decidedBy.name } : {}),
  ...(result ?? {}),
});

function fromRow(stored: ApprovalRow): Approval {
  const { requestedById, requestedByName, decidedById, decidedByName, packs, messages, ...approval } = stored;
  return {
    ...approval,
    requestedBy: { id: requestedById, name: requestedByName },
    ...(decidedById === undefined ? {} : { decidedBy: { id: decidedById, name: decidedByName ?? "" } }),
    ...(packs === undefined || messages === undefined ? {} : { result: { packs, messages } }),
  };
}
