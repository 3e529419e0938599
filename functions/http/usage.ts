import { stringify } from "csv-stringify/sync";
import { z } from "zod";
import { monthOf } from "../../shared/billing/usage.ts";
import { guardCell } from "../../shared/downloads/render/csv/cell.ts";
import type { OrganizationStore } from "../../shared/organizations/stores.ts";
import { id } from "../../shared/platform/ids.ts";
import { PARTNER_READER } from "../runtime/access-rule.ts";
import { pageOf, paging } from "../runtime/cursors.ts";
import { route } from "../runtime/route.ts";

const row = z
  .object({
    organizationId: id,
    name: z.string(),
    activatedAccounts: z.number().int().meta({ description: "Now" }),
    storedBytes: z.number().int().meta({ description: "Now; what several accounts share counts for each" }),
    messagesReturned: z.number().int().meta({ description: "By Graph in the month, new or not" }),
  })
  .meta({ id: "OrganizationUsage" });
type UsageRow = z.infer<typeof row>;

export interface PartnerUsage {
  readonly organizations: OrganizationStore;
  readonly of: (organizationId: string, month: string) => Promise<UsageRow>;
  readonly now: () => number;
}

const COLUMNS = ["month", "organizationId", "name", "activatedAccounts", "storedBytes", "messagesReturned"] as const;
const PAGE = 100;

/** A partner's organizations and what each used in a month. */
export const usageRoutes = (deps: PartnerUsage) => [
  route({
    name: "getPartnerUsage",
    method: "GET",
    path: "partners/{partnerId}/usage",
    summary: "What each organization used in a month; as CSV, all of them, with `Accept: text/csv`",
    who: PARTNER_READER,
    params: z.object({ partnerId: id }),
    query: z.strictObject({
      ...paging,
      month: z
        .string()
        .regex(/^\d{4}-(0[1-9]|1[0-2])$/, "must be YYYY-MM")
        .optional()
        .meta({ description: "UTC; the present one unless given" }),
    }),
    responses: { 200: pageOf(row).extend({ month: z.string() }) },
    produces: "text/csv",
    async handle({ params: { partnerId }, query, header, position, cursor }) {
      const month = query.month ?? monthOf(deps.now());
      if (/\btext\/csv\b/i.test(header("accept") ?? "")) {
        const headers = { "content-disposition": `attachment; filename="usage-${month}.csv"` };
        const raw = { contentType: "text/csv; charset=utf-8", content: csv(deps, partnerId, month) };
        return { status: 200, headers, raw };
      }
      const ids = await deps.organizations.pageOfPartner(partnerId, query.top + 1, position(id));
      const page = ids.slice(0, query.top);
      const items: UsageRow[] = [];
      for (const organizationId of page) items.push(await deps.of(organizationId, month));
      return { status: 200, body: { month, items, nextCursor: cursor(ids.length > query.top ? page.at(-1) : null) } };
    },
  }),
];

/** RFC 4180 in UTF-8 with BOM, row by row. */
async function* csv(deps: PartnerUsage, partnerId: string, month: string): AsyncGenerator<Uint8Array> {
  yield line(COLUMNS, "\ufeff");
  for (let after: string | undefined; ; ) {
    const ids = await deps.organizations.pageOfPartner(partnerId, PAGE, after);
    for (const organizationId of ids) {
      const one = { month, ...(await deps.of(organizationId, month)) };
      yield line(COLUMNS.map((column) => (column === "name" ? guardCell(one.name) : one[column])));
    }
    after = ids.at(-1);
    if (after === undefined) return;
  }
}

const line = (cells: readonly (string | number)[], before = ""): Uint8Array =>
  Buffer.from(before + stringify([[...cells]], { record_delimiter: "windows" }));
