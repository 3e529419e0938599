import { z } from "zod";
import { type Grant, type Principal, grantSchema } from "../../shared/access/access.contract.ts";
import { SIGNED_IN } from "../runtime/access-rule.ts";
import { route } from "../runtime/route.ts";

export interface Me {
  readonly grantsOf: (principal: Principal) => Promise<readonly Grant[]>;
}

export const meRoute = ({ grantsOf }: Me) =>
  route({
    name: "getMe",
    method: "GET",
    path: "me",
    summary: "Who is signed in, and what they may do",
    who: SIGNED_IN,
    responses: { 200: z.object({ id: z.string(), name: z.string(), grants: z.array(grantSchema) }) },
    async handle({ caller }) {
      return { status: 200, body: { id: caller.id, name: caller.name, grants: [...(await grantsOf(caller))] } };
    },
  });
