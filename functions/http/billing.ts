import { z } from "zod";
import { modelCosts } from "../../shared/billing/model-costs.ts";
import type { PaymentStore } from "../../shared/billing/payment-store.ts";
import type { EstimateStore } from "../../shared/billing/sample-export.ts";
import { monthOf } from "../../shared/billing/usage.ts";
import { paymentView, viewPayment } from "../../shared/billing/view-billing.ts";
import { usageView, viewEstimate } from "../../shared/billing/view-usage.ts";
import type { OperationState } from "../../shared/operations/operations.ts";
import { id } from "../../shared/platform/ids.ts";
import { ORGANIZATION_ADMIN, ORGANIZATION_READER } from "../runtime/access-rule.ts";
import type { DurableStarter } from "../runtime/durable-starter.ts";
import { type Route, route } from "../runtime/route.ts";
import { operationShape, showOperation } from "./operation-shape.ts";

export interface BillingRoutes {
  readonly payments: PaymentStore;
  readonly estimates: EstimateStore;
  readonly usageOf: (organizationId: string, month: string) => Promise<number>;
  readonly model: (organizationId: string) => Promise<"A" | "B" | null>;
  readonly countActive: (organizationId: string) => Promise<number>;
  readonly now: () => number;
  /** Throws, with the reason, while the organization cannot be asked for. */
  readonly estimate: (durable: DurableStarter, organizationId: string, principalId: string) => Promise<OperationState>;
  /** Throws `billing.nothing_to_retry` while nothing waits for payment. */
  readonly retry: (durable: DurableStarter, organizationId: string, principalId: string) => Promise<OperationState>;
}

const params = z.object({ organizationId: id });
const billing = paymentView.extend(usageView.shape).meta({ id: "Billing" });

async function view(deps: BillingRoutes, organizationId: string): Promise<z.input<typeof billing>> {
  const month = monthOf(deps.now());
  const [payment, messages, activeAccounts, model, estimate] = await Promise.all([
    deps.payments.find(organizationId),
    deps.usageOf(organizationId, month),
    deps.countActive(organizationId),
    deps.model(organizationId),
    deps.estimates.find(organizationId),
  ]);
  const usage = { month, messages, activeAccounts, costs: modelCosts(messages, activeAccounts) };
  return { ...viewPayment(payment), model, usage, estimate: viewEstimate(estimate) };
}

/** Whether Graph wants payment, asking it again, and what its exports come to. */
export const billingRoutes = (deps: BillingRoutes): Route[] => [
  route({
    name: "getBilling",
    method: "GET",
    path: "organizations/{organizationId}/billing",
    summary: "Whether Graph wants payment and what to do about it; this month's messages and what they would cost",
    who: ORGANIZATION_READER,
    params,
    responses: { 200: billing },
    async handle({ params: { organizationId } }) {
      return { status: 200, body: await view(deps, organizationId) };
    },
  }),
  route({
    name: "retryBilling",
    method: "POST",
    path: "organizations/{organizationId}/billing/retry",
    summary: "Ask Graph now whether it still wants payment; what stopped for it goes on when it does not",
    who: ORGANIZATION_ADMIN,
    params,
    idempotent: true,
    responses: { 202: operationShape },
    async handle({ params: { organizationId }, caller, durable }) {
      const started = await deps.retry(durable, organizationId, caller.id);
      return { status: 202, location: `/api/operations/${started.id}`, body: showOperation(started) };
    },
  }),
  route({
    name: "estimateBilling",
    method: "POST",
    path: "organizations/{organizationId}/billing/estimate",
    summary: "Estimate a month of exports by a sample of accounts and days, before or after activation",
    who: ORGANIZATION_ADMIN,
    params,
    idempotent: true,
    responses: { 202: operationShape },
    async handle({ params: { organizationId }, caller, durable }) {
      const started = await deps.estimate(durable, organizationId, caller.id);
      return { status: 202, location: `/api/operations/${started.id}`, body: showOperation(started) };
    },
  }),
];
