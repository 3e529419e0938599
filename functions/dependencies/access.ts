import type { AuditDeps } from "../../shared/access/audit.ts";
import { type AuthorizeDeps, authorize } from "../../shared/access/authorize.ts";
import { type GrantsDeps, grantsOf } from "../../shared/access/grants.ts";
import { type OnceDeps, once } from "../../shared/access/idempotency.ts";
import { auditTable } from "../../shared/storage/audit-table.ts";
import { grantTable } from "../../shared/storage/grant-table.ts";
import { invitationTable } from "../../shared/storage/invitation-table.ts";
import { keyUseTable } from "../../shared/storage/key-use-table.ts";
import { createAuthenticate } from "../runtime/authenticate.ts";
import { createCursors } from "../runtime/cursors.ts";
import type { Frame } from "../runtime/serve.ts";
import type { Base } from "./base.ts";

type Directory = Omit<AuthorizeDeps, "grantsOf">;

/** Who may do what; and the frame around every route. */
export function accessDependencies(base: Base, directory: Directory) {
  const { config, table, now } = base;
  const keyUses = keyUseTable(table("idempotency"));
  const grants: GrantsDeps = {
    grants: grantTable(table("grants")),
    invitations: invitationTable(table("invitations")),
    newCode: base.newCode,
    operators: config.operators,
    now,
  };
  const repeats: OnceDeps = {
    uses: keyUses,
    seal: base.seal("idempotency"),
    fingerprint: base.fingerprint,
    newAttempt: base.newCode,
    now,
    sleep: base.sleep,
  };
  const authorizing: AuthorizeDeps = { ...directory, grantsOf: (principal) => grantsOf(grants, principal) };
  const frame: Frame = {
    authenticate: createAuthenticate(config.auth),
    authorize: (principal, target, roles) => authorize(authorizing, principal, target, roles),
    once: (request, work) => once(repeats, request, work),
    cursors: createCursors(base.key("cursors")),
    now,
  };
  const audit: AuditDeps = { audit: auditTable(table("audit")), now };
  const portal = config.portalUrl ?? config.publicBaseUrl;
  return {
    frame,
    keyUses,
    audit,
    me: { grantsOf: authorizing.grantsOf },
    grants: { ...grants, invitationLink: (code: string) => invitationLink(portal, code) },
  };
}

/** The code stands behind the #, which browsers send to no server. */
function invitationLink(portal: string, code: string): string {
  const url = new URL(portal);
  url.hash = `invitation=${code}`;
  return url.href;
}
