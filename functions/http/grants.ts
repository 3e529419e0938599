import { z } from "zod";
import { type Scope, organizationScope, partnerScope, role, scope } from "../../shared/access/access.contract.ts";
import { type GrantsDeps, type HeldGrant, type Invitation, invite, revoke } from "../../shared/access/grants.ts";
import { id } from "../../shared/platform/ids.ts";
import {
  type AccessRule,
  OPERATOR,
  ORGANIZATION_ADMIN,
  ORGANIZATION_READER,
  PARTNER_OWNER,
  PARTNER_OWNER_READER,
} from "../runtime/access-rule.ts";
import { pageOf, paging } from "../runtime/cursors.ts";
import { route } from "../runtime/route.ts";
import { grantShape, showGrant, showInvitation } from "./grant-shape.ts";

export interface Grants extends GrantsDeps {
  /** The address in the portal at which the code is accepted. */
  readonly invitationLink: (code: string) => string;
}

interface Place<K extends string> {
  /** The end of the functions' names. */
  readonly name: string;
  readonly path: string;
  readonly params: Readonly<Record<K, typeof id>>;
  readonly scopeOf: (params: Readonly<Record<K, string>>) => Scope;
  readonly read: Extract<AccessRule, { kind: "holder" }>;
  readonly write: Extract<AccessRule, { kind: "holder" }>;
}

const invited = z.object({
  ...{ id, email: z.string(), role, scope, state: z.literal("invited"), expiresAt: z.iso.datetime() },
  link: z.url().meta({ description: "Works once, for seven days; it is shown here and never again" }),
});
/** Grants first, then open invitations. */
const position = z.object({ of: z.enum(["grants", "invitations"]), after: z.string() });

export const grantRoutes = (deps: Grants) => [
  ...at(deps, {
    name: "Platform",
    path: "grants",
    params: {},
    scopeOf: () => "platform",
    read: OPERATOR,
    write: OPERATOR,
  }),
  ...at(deps, {
    name: "Partner",
    path: "partners/{partnerId}/grants",
    params: { partnerId: id },
    scopeOf: ({ partnerId }) => partnerScope(partnerId),
    read: PARTNER_OWNER_READER,
    write: PARTNER_OWNER,
  }),
  ...at(deps, {
    name: "Organization",
    path: "organizations/{organizationId}/grants",
    params: { organizationId: id },
    scopeOf: ({ organizationId }) => organizationScope(organizationId),
    read: ORGANIZATION_READER,
    write: ORGANIZATION_ADMIN,
  }),
];

function at<K extends string>(deps: Grants, { name, path, params, scopeOf, read, write }: Place<K>) {
  const shape = z.object(params) as unknown as z.ZodType<Record<K, string>>;
  const withId = z.object({ ...params, grantId: id }) as unknown as z.ZodType<Record<K | "grantId", string>>;
  return [
    route({
      name: `list${name}Grants`,
      method: "GET",
      path,
      summary: "Who holds which role here, and who is invited",
      who: read,
      params: shape,
      query: z.strictObject(paging),
      responses: { 200: pageOf(grantShape) },
      async handle(call) {
        const found = await page(deps, scopeOf(call.params), call.query.top, call.position(position));
        return { status: 200, body: { items: found.items, nextCursor: call.cursor(found.next) } };
      },
    }),
    route({
      name: `invite${name}`,
      method: "POST",
      path,
      summary: "Invite somebody to a role here",
      who: write,
      params: shape,
      body: z.strictObject({ email: z.email().max(254), role }),
      idempotent: true,
      responses: { 201: invited },
      async handle({ params, body, caller }) {
        const { invitation, code } = await invite(deps, caller, { ...body, scope: scopeOf(params) });
        const { invitationId, email, role, scope, expiresAt } = invitation;
        const shown = {
          id: invitationId,
          email,
          role,
          scope,
          state: "invited",
          link: deps.invitationLink(code),
        } as const;
        return { status: 201, body: { ...shown, expiresAt: new Date(expiresAt).toISOString() } };
      },
    }),
    route({
      name: `revoke${name}Grant`,
      method: "DELETE",
      path: `${path}/{grantId}`,
      summary: "Take back a role or an invitation",
      who: write,
      params: withId,
      responses: { 204: null },
      async handle({ params }) {
        await revoke(deps, scopeOf(params), params.grantId);
        return { status: 204 };
      },
    }),
  ];
}

async function page(deps: Grants, scope: Scope, top: number, from?: z.infer<typeof position>) {
  const grants: HeldGrant[] = from?.of === "invitations" ? [] : await deps.grants.page(scope, top + 1, from?.after);
  const items = grants.slice(0, top).map(showGrant);
  if (grants.length > top) return { items, next: { of: "grants" as const, after: items.at(-1)?.id } };
  const room = top - items.length;
  const after = from?.of === "invitations" ? from.after : undefined;
  const open: Invitation[] = await deps.invitations.page(scope, room + 1, after);
  const shown = open.slice(0, room);
  const next = open.length > room ? { of: "invitations" as const, after: shown.at(-1)?.invitationId ?? "" } : null;
  const now = deps.now();
  return { items: [...items, ...shown.map((invitation) => showInvitation(invitation, now))], next };
}
