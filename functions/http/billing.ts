import { z } from "zod";
import type { PaymentStore } from "../../shared/billing/payment-store.ts";
import { paymentView, viewPayment } from "../../shared/billing/view-billing.ts";
import type { OperationState } from "../../shared/operations/operations.ts";
import { id } from "../../shared/platform/ids.ts";
import { ORGANIZATION_ADMIN, ORGANIZATION_READER } from "../runtime/access-rule.ts";
import type { DurableStarter } from "../runtime/durable-starter.ts";
import { type Route, route } from "../runtime/route.ts";
import { operationShape, showOperation } from "./operation-shape.ts";

export interface BillingRoutes {
  readonly payments: PaymentStore;
  /** Throws `billing.nothing_to_retry` while nothing waits for payment. */
  readonly retry: (durable: DurableStarter, organizationId: string, principalId: string) => Promise<OperationState>;
}

const params = z.object({ organizationId: id });
const billing = paymentView.meta({ id: "Billing" });

/** Whether Graph wants payment, and asking it again. */
export const billingRoutes = (deps: BillingRoutes): Route[] => [
  route({
    name: "getBilling",
    method: "GET",
    path: "organizations/{organizationId}/billing",
    summary: "Whether Graph wants payment for the organization's exports, and what to do about it",
    who: ORGANIZATION_READER,
    params,
    responses: { 200: billing },
    async handle({ params: { organizationId } }) {
      return { status: 200, body: viewPayment(await deps.payments.find(organizationId)) };
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
];
