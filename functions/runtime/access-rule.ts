import type { Principal, Role } from "../../shared/access/access.contract.ts";
import type { Target } from "../../shared/access/authorize.ts";

/** Who may call a route. `anyone`: no token is looked at. `optional`: a token is checked when there is one. `signedIn`: every
 * valid token. `holder`: one of the roles at that scope or above it; the scope's id is the path's `{partnerId}` or
 * `{organizationId}`. */
export type AccessRule =
  | { readonly kind: "anyone" | "optional" | "signedIn" }
  | { readonly kind: "holder"; readonly of: Target["kind"]; readonly roles: readonly Role[] };

export const ANYONE = { kind: "anyone" } as const;
export const OPTIONAL = { kind: "optional" } as const;
export const SIGNED_IN = { kind: "signedIn" } as const;

export const OPERATOR = { kind: "holder", of: "platform", roles: ["operator"] } as const;

const partner = <const R extends readonly Role[]>(...roles: R) => ({ kind: "holder", of: "partner", roles }) as const;
/** The platform's operator, for one partner. */
export const PARTNER_OPERATOR = partner("operator");
export const PARTNER_OWNER = partner("operator", "partner-admin");
export const PARTNER_ADMIN = partner("partner-admin");
export const PARTNER_READER = partner("partner-admin", "auditor");
export const PARTNER_OWNER_READER = partner("operator", "partner-admin", "auditor");

const organization = <const R extends readonly Role[]>(...roles: R) =>
  ({ kind: "holder", of: "organization", roles }) as const;
/** The partner's admin, for one organization. */
export const ORGANIZATION_PARTNER = organization("partner-admin");
/** What api.md calls admin: the organization's, or the partner's in their organizations. */
export const ORGANIZATION_ADMIN = organization("organization-admin", "partner-admin");
export const ORGANIZATION_READER = organization("organization-admin", "partner-admin", "auditor");
/** Downloads, links, preview and search: a partner's admin needs a grant at the organization for them. */
export const ORGANIZATION_OWN_ADMIN = organization("organization-admin");
/** Which downloads there are: who audits may see it, at whatever scope, and a partner's admin may not. */
export const ORGANIZATION_OWN_READER = organization("organization-admin", "auditor");

/** The caller as a handler sees it under that rule. */
export type CallerUnder<W extends AccessRule> = W extends { readonly kind: "anyone" }
  ? undefined
  : W extends { readonly kind: "optional" }
    ? Principal | undefined
    : Principal;
