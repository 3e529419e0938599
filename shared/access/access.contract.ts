import { z } from "zod";

export const role = z.enum(["operator", "partner-admin", "organization-admin", "auditor"]);
export type Role = z.infer<typeof role>;

/** `platform`, `partner:{partnerId}` or `organization:{organizationId}`. */
export const scope = z
  .templateLiteral([z.enum(["partner", "organization"]), ":", z.string()])
  .or(z.literal("platform"));
export type Scope = z.infer<typeof scope>;

/** The roles that may be granted at each kind of scope. */
export const ROLES_AT = {
  platform: ["operator"],
  partner: ["partner-admin", "auditor"],
  organization: ["organization-admin", "auditor"],
} as const satisfies Record<string, readonly Role[]>;

export const partnerScope = (partnerId: string): Scope => `partner:${partnerId}`;
export const organizationScope = (organizationId: string): Scope => `organization:${organizationId}`;

/** Who signed the request: a person of an Entra tenant, as a verified token names them. */
export interface Principal {
  /** Ours, from tenant and object id: the same person always has the same. */
  readonly id: string;
  /** Lower-case GUIDs. */
  readonly tenantId: string;
  readonly objectId: string;
  /** For display only; people can change it. */
  readonly name: string;
}

export const grantSchema = z.object({ role, scope });
export type Grant = z.infer<typeof grantSchema>;

