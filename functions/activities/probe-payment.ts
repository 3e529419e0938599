import { probePayment } from "../../shared/billing/billing.contract.ts";
import { probePayment as ask, type ProbePaymentDeps } from "../../shared/billing/probe-payment.ts";
import { activityHandler } from "../runtime/activity.ts";

export const probePaymentActivity = (deps: ProbePaymentDeps) =>
  activityHandler(probePayment, deps.log, (input) => ask(deps, input));
