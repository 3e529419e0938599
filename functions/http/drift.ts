import { z } from "zod";
import { driftResource } from "../../shared/backup/drift.contract.ts";
import type { DriftStore } from "../../shared/backup/drift-store.ts";
import { id } from "../../shared/platform/ids.ts";
import { iso } from "../../shared/platform/time.ts";
import { ORGANIZATION_READER } from "../runtime/access-rule.ts";
import { pageOf, paging } from "../runtime/cursors.ts";
import { type Route, route } from "../runtime/route.ts";

export const driftRoutes = ({ drifts }: { readonly drifts: DriftStore }): Route[] => [
  route({
    name: "listDrift",
    method: "GET",
    path: "organizations/{organizationId}/drift",
    summary: "What random old weeks, read from Graph again at night, had that the archive has not; newest first",
    who: ORGANIZATION_READER,
    params: z.object({ organizationId: id }),
    query: z.strictObject(paging),
    responses: { 200: pageOf(driftResource) },
    async handle({ params: { organizationId }, query: { top }, position, cursor }) {
      const found = await drifts.list(organizationId, top + 1, position(id));
      const page = found.slice(0, top);
      const items = page.map(({ driftId, checkedAt, codes, ...drift }) => {
        return { ...drift, id: driftId, checkedAt: iso(checkedAt), codes: [...codes] };
      });
      return { status: 200, body: { items, nextCursor: cursor(found.length > top ? page.at(-1)?.driftId : null) } };
    },
  }),
];
