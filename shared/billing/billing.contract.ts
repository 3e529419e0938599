import { z } from "zod";
import { activity, step } from "../platform/activity.contract.ts";
import { id } from "../platform/ids.ts";

export const retryPaymentInput = z.object({ organizationId: id, operationId: id });

/** One cheap export call; when Graph answers it, what stopped for payment goes on. */
export const probePayment = activity({
  name: "probePayment",
  input: z.object({ organizationId: id }),
  output: step(z.object({ resumed: z.boolean() })),
});

/** The name of the orchestrator, and the instance that is the lock: one probe at a time. */
export const RETRY_PAYMENT = "retryPayment";
export const paymentInstance = (organizationId: string): string => `payment:${organizationId}`;

/** A month by sampling: numbers of messages, and US dollars. `high` is missing where nothing bounds it. */
export const sampleResult = z.object({
  accounts: z.number(),
  sampledAccounts: z.number(),
  calls: z.number(),
  messagesRead: z.number(),
  messagesPerMonth: z.number(),
  low: z.number(),
  high: z.number().optional(),
  usdModelA: z.number(),
  usdModelB: z.number(),
});
export type SampleResult = Readonly<z.infer<typeof sampleResult>>;
export const estimateInput = z.object({ organizationId: id, operationId: id });
export const sampleExport = activity({ name: "sampleExport", input: estimateInput, output: step(sampleResult) });

export const ESTIMATE_BILLING = "estimateUsage";
export const estimateInstance = (organizationId: string): string => `estimate:${organizationId}`;
