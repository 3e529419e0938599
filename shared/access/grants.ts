import { AppError } from "../platform/errors.ts";
import { hashId } from "../platform/new-id.ts";
import type { Instant } from "../platform/time.ts";
import { type Grant, type Principal, ROLES_AT, type Role, type Scope } from "./access.contract.ts";

/** A role that somebody holds at a scope. */
export interface HeldGrant extends Grant {
  readonly grantId: string;
  readonly tenantId: string;
  readonly objectId: string;
  readonly name: string;
  readonly grantedAt: Instant;
}

/** An offer of a role at a scope, for whoever brings the code first. */
export interface Invitation extends Grant {
  /** Made from the code's hash: the code itself is nowhere. */
  readonly invitationId: string;
  readonly email: string;
  readonly invitedBy: string;
  readonly invitedAt: Instant;
  readonly expiresAt: Instant;
  /** The principal that accepted it. */
  readonly usedBy?: string;
}

/** A grant exists once under its holder, which counts, and once under its scope, for lists. Adding and removing what is there or
 * gone succeeds. */
export interface GrantStore {
  of(tenantId: string, objectId: string): Promise<Grant[]>;
  add(grant: HeldGrant): Promise<void>;
  remove(grant: HeldGrant): Promise<void>;
  find(scope: Scope, grantId: string): Promise<HeldGrant | undefined>;
  page(scope: Scope, limit: number, after?: string): Promise<HeldGrant[]>;
}

export interface InvitationStore {
  find(invitationId: string): Promise<{ readonly invitation: Invitation; readonly version: string } | undefined>;
  insert(invitation: Invitation): Promise<void>;
  /** Throws `storage.changed` when somebody was faster. */
  use(invitation: Invitation, usedBy: string, version: string): Promise<void>;
  remove(invitation: Invitation): Promise<void>;
  page(scope: Scope, limit: number, after?: string): Promise<Invitation[]>;
}

export interface GrantsDeps {
  readonly grants: GrantStore;
  readonly invitations: InvitationStore;
  /** A code nobody can guess: 256 random bits. */
  readonly newCode: () => string;
  /** `tenantId/objectId` of the operators that the settings name. */
  readonly operators: readonly string[];
  readonly now: () => Instant;
}

export const INVITATION_MS = 7 * 86_400_000;

/** The grants of a person: those stored, and operator for whom the settings name. */
export async function grantsOf({ grants, operators }: GrantsDeps, { tenantId, objectId }: Principal): Promise<Grant[]> {
  const stored = await grants.of(tenantId, objectId);
  if (!operators.includes(`${tenantId}/${objectId}`)) return stored;
  const named: Grant = { role: "operator", scope: "platform" };
  return [named, ...stored.filter(({ scope }) => scope !== "platform")];
}

/** Makes an invitation; its code is answered once and stored nowhere. Throws `grant.role` for a role that the scope does not know. */
export async function invite(
  deps: GrantsDeps,
  by: Principal,
  offer: { readonly scope: Scope; readonly role: Role; readonly email: string },
): Promise<{ readonly invitation: Invitation; readonly code: string }> {
  const kind = offer.scope.split(":")[0] as keyof typeof ROLES_AT;
  const allowed: readonly Role[] = ROLES_AT[kind];
  if (!allowed.includes(offer.role)) {
    const issues = [{ path: "role", message: `is one of ${allowed.join(", ")} here` }];
    throw new AppError("invalid", "grant.role", "This role cannot be granted here", { issues });
  }
  const code = deps.newCode();
  const invitedAt = deps.now();
  const about = { invitedBy: by.id, invitedAt, expiresAt: invitedAt + INVITATION_MS };
  const invitation = { ...offer, ...about, invitationId: hashId("invitation", code) };
  await deps.invitations.insert(invitation);
  return { invitation, code };
}

/** Turns a code into a grant for the principal. A code works once; for the one who used it, again with the same result. Unknown,
 * used and expired codes are told apart by nobody: `invitation.not_found`. */
export async function acceptInvitation(deps: GrantsDeps, principal: Principal, code: string): Promise<HeldGrant> {
  const found = await deps.invitations.find(hashId("invitation", code));
  const now = deps.now();
  const usable =
    found && now < found.invitation.expiresAt && [undefined, principal.id].includes(found.invitation.usedBy);
  if (!usable) {
    throw new AppError(
      "not_found",
      "invitation.not_found",
      "The invitation is unknown, used or expired. Ask for a new one",
    );
  }
  const { invitation, version } = found;
  if (invitation.usedBy === undefined) await deps.invitations.use(invitation, principal.id, version);
  const grant = toGrant(principal, invitation, now);
  await deps.grants.add(grant);
  return grant;
}

/** Takes back a grant or an open invitation of the scope. Throws `grant.not_found`. */
export async function revoke({ grants, invitations }: GrantsDeps, scope: Scope, id: string): Promise<void> {
  const grant = await grants.find(scope, id);
  if (grant) return grants.remove(grant);
  const found = await invitations.find(id);
  if (found && found.invitation.scope === scope) return invitations.remove(found.invitation);
  throw new AppError("not_found", "grant.not_found", "There is no such grant");
}

/** The grant as it is stored for a person. */
export function toGrant(principal: Principal, { role, scope }: Grant, grantedAt: Instant): HeldGrant {
  const { tenantId, objectId, name } = principal;
  return {
    grantId: hashId("grant", tenantId, objectId, scope, role),
    role,
    scope,
    tenantId,
    objectId,
    name,
    grantedAt,
  };
}
