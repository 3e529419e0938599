import { z } from "zod";
import { type GrantsDeps, acceptInvitation } from "../../shared/access/grants.ts";
import { SIGNED_IN } from "../runtime/access-rule.ts";
import { route } from "../runtime/route.ts";
import { grantShape, showGrant } from "./grant-shape.ts";

export const acceptInvitationRoute = (deps: GrantsDeps) =>
  route({
    name: "acceptInvitation",
    method: "POST",
    path: "invitations",
    summary: "Accept an invitation: its role is yours from now on",
    who: SIGNED_IN,
    body: z.strictObject({ code: z.string().min(1).max(200) }),
    responses: { 201: grantShape },
    async handle({ caller, body }) {
      return { status: 201, body: showGrant(await acceptInvitation(deps, caller, body.code)) };
    },
  });
