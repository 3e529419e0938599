import { z } from "zod";
import type { AuditDeps } from "../../shared/access/audit.ts";
import { id } from "../../shared/platform/ids.ts";
import { ORGANIZATION_READER } from "../runtime/access-rule.ts";
import { pageOf, paging } from "../runtime/cursors.ts";
import { type Route, route } from "../runtime/route.ts";

const entry = z.object({
  id,
  at: z.iso.datetime(),
  principal: z.object({ id, name: z.string() }),
  action: z.string().meta({ description: "What was done, such as `download.links_issued`" }),
  facts: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  hash: z
    .string()
    .meta({ description: "Covers this entry and the hash of the one before: no entry can change unseen" }),
});

export const auditRoute = ({ audit }: Pick<AuditDeps, "audit">): Route =>
  route({
    name: "listOrganizationAudit",
    method: "GET",
    path: "organizations/{organizationId}/audit",
    summary: "Who did what with the organization's data, newest first",
    who: ORGANIZATION_READER,
    params: z.object({ organizationId: id }),
    query: z.strictObject(paging),
    responses: { 200: pageOf(entry) },
    async handle({ params: { organizationId }, query: { top }, position, cursor }) {
      const found = await audit.page(organizationId, top + 1, position(id));
      const items = found.slice(0, top).map(({ principalId, principalName, before: _, ...shown }) => {
        return { ...shown, principal: { id: principalId, name: principalName } };
      });
      return {
        status: 200 as const,
        body: { items, nextCursor: cursor(found.length > top ? items.at(-1)?.id : undefined) },
      };
    },
  });
