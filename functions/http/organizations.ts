import { z } from "zod";
import { type AuditDeps, recordAudit } from "../../shared/access/audit.ts";
import {
  autoActivate,
  displayName,
  plan,
  retention,
  schedule,
} from "../../shared/organizations/organization.contract.ts";
import {
  type OrganizationView,
  type OrganizationsDeps,
  changeOrganization,
  createOrganization,
  getOrganization,
  setOrganizationFeature,
} from "../../shared/organizations/organizations.ts";
import { AppError, isAppError } from "../../shared/platform/errors.ts";
import { id } from "../../shared/platform/ids.ts";
import {
  ORGANIZATION_ADMIN,
  ORGANIZATION_PARTNER,
  ORGANIZATION_READER,
  PARTNER_ADMIN,
  PARTNER_READER,
} from "../runtime/access-rule.ts";
import { pageOf, paging } from "../runtime/cursors.ts";
import { route } from "../runtime/route.ts";
import { organizationShape, showOrganization } from "./organization-shape.ts";

const ofPartner = z.object({ partnerId: id });
const params = z.object({ organizationId: id });
const change = z.strictObject({
  name: displayName.optional(),
  plan: plan.optional(),
  schedule: schedule.optional(),
  preview: z.boolean().optional(),
  retention: retention.optional(),
  autoActivate: autoActivate.optional(),
});
const versioned = (view: OrganizationView) => ({ body: showOrganization(view), version: view.version });

export const organizationRoutes = (deps: OrganizationsDeps & AuditDeps) => [
  route({
    name: "listOrganizations",
    method: "GET",
    path: "partners/{partnerId}/organizations",
    summary: "A partner's organizations, the oldest first",
    who: PARTNER_READER,
    params: ofPartner,
    query: z.strictObject(paging),
    responses: { 200: pageOf(organizationShape) },
    async handle({ params, query, position, cursor }) {
      const ids = await deps.organizations.pageOfPartner(params.partnerId, query.top + 1, position(id));
      const page = ids.slice(0, query.top);
      const views = await Promise.all(page.map((organizationId) => unlessGone(getOrganization(deps, organizationId))));
      const next = ids.length > query.top ? page.at(-1) : null;
      return {
        status: 200,
        body: { items: views.flatMap((view) => (view ? [showOrganization(view)] : [])), nextCursor: cursor(next) },
      };
    },
  }),
  route({
    name: "createOrganization",
    method: "POST",
    path: "partners/{partnerId}/organizations",
    summary: "Add an organization to a partner; private-chat backup is off at first",
    who: PARTNER_ADMIN,
    params: ofPartner,
    body: z.strictObject({ name: displayName, plan }),
    idempotent: true,
    responses: { 201: organizationShape },
    async handle({ params, body }) {
      const created = await createOrganization(deps, params.partnerId, body);
      const location = `/api/organizations/${created.organization.organizationId}`;
      return { status: 201, location, ...versioned(created) };
    },
  }),
  route({
    name: "getOrganization",
    method: "GET",
    path: "organizations/{organizationId}",
    summary: "One organization, and how far its set-up is",
    who: ORGANIZATION_READER,
    params,
    responses: { 200: organizationShape },
    async handle({ params }) {
      return { status: 200, ...versioned(await getOrganization(deps, params.organizationId)) };
    },
  }),
  route({
    name: "changeOrganization",
    method: "PATCH",
    path: "organizations/{organizationId}",
    summary: "Change an organization's settings; its plan only as partner admin",
    who: ORGANIZATION_ADMIN,
    params,
    body: change,
    responses: { 200: organizationShape },
    async handle({ params: { organizationId }, body, caller, grants, expect }) {
      if (body.plan !== undefined && !grants.some(({ role }) => role === "partner-admin")) {
        throw new AppError("forbidden", "access.forbidden", "Only the partner's admin changes the plan");
      }
      const { retention, ...same } = body;
      const given = { ...same, ...(retention ? { retentionDays: retention.days } : {}) };
      const changed = await changeOrganization(deps, organizationId, defined(given), expect);
      if (retention)
        await recordAudit(deps, organizationId, caller, "organization.retention", { days: retention.days ?? "all" });
      return { status: 200, ...versioned(changed) };
    },
  }),
  route({
    name: "setOrganizationPrivateChat",
    method: "PUT",
    path: "organizations/{organizationId}/features/private-chat",
    summary: "Switch private-chat backup on or off for an organization",
    who: ORGANIZATION_PARTNER,
    params,
    body: z.strictObject({ enabled: z.boolean() }),
    responses: { 200: organizationShape },
    async handle({ params, body, expect }) {
      const { organizationId } = params;
      return { status: 200, ...versioned(await setOrganizationFeature(deps, organizationId, body.enabled, expect)) };
    },
  }),
];

/** One that is removed meanwhile is left out of the page. */
const unlessGone = (view: Promise<OrganizationView>): Promise<OrganizationView | undefined> =>
  view.catch((error: unknown) => {
    if (isAppError(error, "organization.not_found")) return undefined;
    throw error;
  });

type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> };
const defined = <T extends object>(given: T) =>
  Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as Defined<T>;
