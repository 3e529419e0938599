import { z } from "zod";
import { iso } from "../platform/time.ts";
import type { PaymentState } from "./payment-store.ts";

const step = z.object({ text: z.string(), link: z.string().nullable() });

/** Whether Graph exports the organization's messages, as the API shows it. */
export const paymentView = z.object({
  state: z.enum(["ACTIVE", "PAUSED"]),
  reason: z.literal("billing.payment_required").nullable(),
  message: z.string().nullable().meta({ description: "With Graph's own words" }),
  since: z.iso.datetime().nullable(),
  lastProbeAt: z.iso.datetime().nullable(),
  nextProbeAt: z.iso.datetime().nullable().meta({ description: "When Graph is asked again without anybody's doing" }),
  setup: z.array(step).meta({ description: "What is to be done while PAUSED" }),
});

/** @see https://learn.microsoft.com/graph/metered-api-setup */
const SETUP: readonly z.output<typeof step>[] = [
  {
    text: "In the tenant in which the app is registered, have an Azure subscription that is active, and be its Contributor.",
    link: "https://learn.microsoft.com/graph/metered-api-setup",
  },
  {
    text: "Link the app to it: az graph-services account create --resource-group … --resource-name … --subscription … --location global --app-id (the app's client id, under Credentials).",
    link: "https://aka.ms/teams-api-payment-requirements",
  },
  {
    text: "Where the message speaks of a model or a licence, choose the billing model under Credentials: B for backup, A for users with the licence that it names.",
    link: "https://learn.microsoft.com/graph/teams-licenses",
  },
  {
    text: "Retry now, or wait: Graph is asked once a day, and backups go on by themselves from where they stopped.",
    link: null,
  },
];

export function viewPayment(payment: PaymentState | undefined): z.input<typeof paymentView> {
  if (!payment) {
    const nothing = { reason: null, message: null, since: null, lastProbeAt: null, nextProbeAt: null };
    return { state: "ACTIVE", ...nothing, setup: [] };
  }
  return {
    state: "PAUSED",
    reason: "billing.payment_required",
    message: payment.message,
    since: iso(payment.since),
    lastProbeAt: payment.probedAt === undefined ? null : iso(payment.probedAt),
    nextProbeAt: iso(payment.nextProbeAt),
    setup: [...SETUP],
  };
}
