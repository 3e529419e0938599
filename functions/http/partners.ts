import { z } from "zod";
import type { Grant, Principal } from "../../shared/access/access.contract.ts";
import { displayName } from "../../shared/organizations/organization.contract.ts";
import type { Partner, Versioned } from "../../shared/organizations/organization.contract.ts";
import {
  type PartnersDeps,
  createPartner,
  getPartner,
  setPartnerFeature,
} from "../../shared/organizations/partners.ts";
import { AppError } from "../../shared/platform/errors.ts";
import { id } from "../../shared/platform/ids.ts";
import { OPERATOR, PARTNER_OPERATOR, PARTNER_OWNER_READER, SIGNED_IN } from "../runtime/access-rule.ts";
import { pageOf, paging } from "../runtime/cursors.ts";
import { route } from "../runtime/route.ts";

const partner = z
  .object({
    id,
    name: z.string(),
    features: z.object({ privateChat: z.object({ enabled: z.boolean() }) }),
    createdAt: z.iso.datetime(),
  })
  .meta({ id: "Partner" });
const params = z.object({ partnerId: id });

const shown = ({ partnerId, name, privateChat, createdAt }: Partner) => ({
  id: partnerId,
  name,
  features: { privateChat: { enabled: privateChat } },
  createdAt: new Date(createdAt).toISOString(),
});
const versioned = ({ value, version }: Versioned<Partner>) => ({ body: shown(value), version });

export interface Partners extends PartnersDeps {
  readonly grantsOf: (principal: Principal) => Promise<readonly Grant[]>;
}

/** Of those who are no operator: the partners that they hold a role of. */
async function own({ partners }: Partners, grants: readonly Grant[], top: number, after = ""): Promise<Partner[]> {
  const ids = grants.flatMap(({ scope }) => (scope.startsWith("partner:") ? [scope.slice("partner:".length)] : []));
  if (ids.length === 0)
    throw new AppError("forbidden", "access.forbidden", "This needs a role of the platform or a partner");
  const page = [...new Set(ids)].filter((partnerId) => partnerId > after).sort();
  const found = await Promise.all(page.slice(0, top).map((partnerId) => partners.find(partnerId)));
  return found.flatMap((partner) => (partner ? [partner.value] : []));
}

export const partnerRoutes = (deps: Partners) => [
  route({
    name: "listPartners",
    method: "GET",
    path: "partners",
    summary: "All partners for an operator, else one's own; the oldest first",
    who: SIGNED_IN,
    query: z.strictObject(paging),
    responses: { 200: pageOf(partner) },
    async handle({ caller, query, position, cursor }) {
      const grants = await deps.grantsOf(caller);
      const all = grants.some(({ role }) => role === "operator");
      const [top, after] = [query.top + 1, position(id)];
      const items = all ? await deps.partners.page(top, after) : await own(deps, grants, top, after);
      const page = items.slice(0, query.top);
      const next = items.length > query.top ? page.at(-1)?.partnerId : null;
      return { status: 200, body: { items: page.map(shown), nextCursor: cursor(next) } };
    },
  }),
  route({
    name: "createPartner",
    method: "POST",
    path: "partners",
    summary: "Add a partner; private-chat backup is off at first",
    who: OPERATOR,
    body: z.strictObject({ name: displayName }),
    idempotent: true,
    responses: { 201: partner },
    async handle({ body }) {
      const created = await createPartner(deps, body.name);
      return { status: 201, location: `/api/partners/${created.value.partnerId}`, ...versioned(created) };
    },
  }),
  route({
    name: "getPartner",
    method: "GET",
    path: "partners/{partnerId}",
    summary: "One partner",
    who: PARTNER_OWNER_READER,
    params,
    responses: { 200: partner },
    async handle({ params }) {
      return { status: 200, ...versioned(await getPartner(deps, params.partnerId)) };
    },
  }),
  route({
    name: "setPartnerPrivateChat",
    method: "PUT",
    path: "partners/{partnerId}/features/private-chat",
    summary: "Switch private-chat backup on or off for a partner",
    who: PARTNER_OPERATOR,
    params,
    body: z.strictObject({ enabled: z.boolean() }),
    responses: { 200: partner },
    async handle({ params, body, expect }) {
      return { status: 200, ...versioned(await setPartnerFeature(deps, params.partnerId, body.enabled, expect)) };
    },
  }),
];
