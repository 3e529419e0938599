import { z } from "zod";
import { role, scope } from "../../shared/access/access.contract.ts";
import type { HeldGrant, Invitation } from "../../shared/access/grants.ts";
import { id } from "../../shared/platform/ids.ts";

/** A grant or an open invitation, as the API shows it. */
export const grantShape = z
  .object({
    id,
    role,
    scope,
    state: z.enum(["active", "invited", "expired"]),
    name: z.string().nullable(),
    email: z.string().nullable(),
    grantedAt: z.iso.datetime().nullable(),
    expiresAt: z.iso.datetime().nullable(),
  })
  .meta({ id: "Grant" });
type Shown = z.input<typeof grantShape>;

export const showGrant = ({ grantId, role, scope, name, grantedAt }: HeldGrant): Shown => ({
  ...{ id: grantId, role, scope, state: "active", name, email: null, expiresAt: null },
  grantedAt: new Date(grantedAt).toISOString(),
});

export const showInvitation = ({ invitationId, role, scope, email, expiresAt }: Invitation, now: number): Shown => ({
  ...{
    id: invitationId,
    role,
    scope,
    state: now < expiresAt ? "invited" : "expired",
    name: null,
    email,
    grantedAt: null,
  },
  expiresAt: new Date(expiresAt).toISOString(),
});
