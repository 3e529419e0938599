import { AppError } from "../platform/errors.ts";
import {
  type Grant,
  type Principal,
  type Role,
  type Scope,
  organizationScope,
  partnerScope,
} from "./access.contract.ts";

/** What a request is about. */
export type Target =
  | { readonly kind: "platform" }
  | { readonly kind: "partner"; readonly partnerId: string }
  | { readonly kind: "organization"; readonly organizationId: string };

export interface AuthorizeDeps {
  grantsOf(principal: Principal): Promise<readonly Grant[]>;
  partnerExists(partnerId: string): Promise<boolean>;
  /** The organization's partner; nothing for an unknown organization. */
  partnerOf(organizationId: string): Promise<string | undefined>;
}

/** Lets the principal pass when a grant at the target's scope, or at one above it, has one of the roles; answers their grants.
 * Whoever holds no such scope learns nothing: `access.not_found`, as for a target that does not exist. Whoever holds one with
 * another role gets `access.forbidden`. */
export async function authorize(
  deps: AuthorizeDeps,
  principal: Principal,
  target: Target,
  roles: readonly Role[],
): Promise<readonly Grant[]> {
  const [grants, scopes] = await Promise.all([deps.grantsOf(principal), scopesOver(deps, target)]);
  const held = grants.filter((grant) => scopes.includes(grant.scope));
  if (held.length === 0 && target.kind !== "platform") {
    throw new AppError("not_found", "access.not_found", "There is no such thing, or it is not yours to see");
  }
  if (!held.some((grant) => roles.includes(grant.role))) {
    throw new AppError("forbidden", "access.forbidden", `This needs one of the roles ${roles.join(", ")}`);
  }
  return held;
}

async function scopesOver(deps: AuthorizeDeps, target: Target): Promise<readonly Scope[]> {
  switch (target.kind) {
    case "platform":
      return ["platform"];
    case "partner":
      return (await deps.partnerExists(target.partnerId)) ? [partnerScope(target.partnerId), "platform"] : [];
    case "organization": {
      const partnerId = await deps.partnerOf(target.organizationId);
      if (partnerId === undefined) return [];
      return [organizationScope(target.organizationId), partnerScope(partnerId), "platform"];
    }
  }
}
