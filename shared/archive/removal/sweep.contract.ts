import { z } from "zod";
import { activity, step } from "../../platform/activity.contract.ts";
import { id } from "../../platform/ids.ts";

/** `sweepId` tells the notes of one sweep from those of another. */
const sweep = z.object({ organizationId: id, sweepId: id });
const removed = step(z.object({ removed: z.number() }));

export const SWEEP = "sweepLeftovers";
export const sweepInstance = (organizationId: string): string => `sweep:${organizationId}`;
export const sweepInput = sweep.extend({ after: id.nullable() });

export const planSweep = activity({
  name: "planSweep",
  input: sweepInput,
  output: step(z.object({ accountIds: z.array(id) })),
});
export const sweepAccount = activity({
  name: "sweepAccount",
  input: z.object({ organizationId: id, accountId: id }),
  output: removed,
});
export const sweepContents = activity({ name: "sweepContents", input: sweep, output: removed });
