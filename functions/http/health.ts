import { z } from "zod";
import { OPTIONAL } from "../runtime/access-rule.ts";
import { route } from "../runtime/route.ts";

const state = z.enum(["ok", "failed"]);

export interface Health {
  readonly version: string;
  /** By name: whether what the app depends on answers. */
  readonly dependencies: () => Promise<Readonly<Record<string, z.infer<typeof state>>>>;
}

/** Without a token: that the app runs. With one: whether what it depends on answers, too. */
export const healthRoute = ({ version, dependencies }: Health) =>
  route({
    name: "getHealth",
    method: "GET",
    path: "health",
    summary: "Whether the app runs",
    who: OPTIONAL,
    responses: {
      200: z.object({ status: state, version: z.string(), dependencies: z.record(z.string(), state).optional() }),
    },
    async handle({ caller }) {
      const found = caller ? await dependencies() : {};
      const status: z.infer<typeof state> = Object.values(found).includes("failed") ? "failed" : "ok";
      return { status: 200, body: { status, version, ...(caller ? { dependencies: { ...found } } : {}) } };
    },
  });
