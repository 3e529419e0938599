import { z } from "zod";
import { activity, step } from "../platform/activity.contract.ts";

/** What an operation came to: ids, counts and codes only. */
export const operationOutcome = z.discriminatedUnion("status", [
  z.object({
    status: z.literal("Completed"),
    result: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  }),
  z.object({ status: z.literal("Failed"), code: z.string() }),
]);
export type OperationOutcome = z.infer<typeof operationOutcome>;

/** The last step of an orchestration that an operation stands for: keeps the outcome longer than the history. */
export const finishOperation = activity({
  name: "finishOperation",
  input: z.object({ operationId: z.string(), outcome: operationOutcome }),
  output: step(z.object({})),
});
