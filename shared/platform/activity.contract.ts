import { z } from "zod";

/** How an activity ends. `done`: finished, with its result. `again`: there is more to do; where it says that it has made `progress` it is
 * called again at once, and otherwise one that comes back within seconds is taken for trouble.
 * `trouble`: something that it needs does not answer; it is called again after growing waits, and ends as failed with that code
 * when these are over. `later`: nothing can be done before that instant (a durable timer waits). `failed`: it will not work; the code says why. */
export const step = <T extends z.ZodType>(result: T) =>
  z.discriminatedUnion("status", [
    z.object({ status: z.literal("done"), result }),
    z.object({ status: z.literal("again"), progress: z.boolean().optional() }),
    z.object({ status: z.literal("trouble"), code: z.string() }),
    z.object({ status: z.literal("later"), notBefore: z.number() }),
    z.object({ status: z.literal("failed"), code: z.string() }),
  ]);

export type Step<T> =
  | { readonly status: "done"; readonly result: T }
  | Again
  | { readonly status: "trouble"; readonly code: string }
  | { readonly status: "later"; readonly notBefore: number }
  | { readonly status: "failed"; readonly code: string };

export interface Again {
  readonly status: "again";
  readonly progress?: boolean | undefined;
}
export const again = (progress: boolean): Again => (progress ? { status: "again", progress } : { status: "again" });

/** Joins the name in the histories to the shapes of its input and output. The name is for ever: running instances hold it. */
export interface ActivityContract<I, O> {
  readonly name: string;
  readonly input: z.ZodType<I>;
  readonly output: z.ZodType<O>;
}

export const activity = <I, O>(contract: ActivityContract<I, O>): ActivityContract<I, O> => contract;
