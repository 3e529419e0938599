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
