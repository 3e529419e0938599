import { AppError } from "../platform/errors.ts";
import type { Plan } from "./organization.contract.ts";

interface Standing {
  readonly partnerEnabled: boolean;
  readonly plan: Plan;
}

/** Throws, with the reason, while the feature may not be switched on for an organization. */
export function mayEnable({ partnerEnabled, plan }: Standing): void {
  if (!partnerEnabled) {
    throw new AppError(
      "conflict",
      "feature.partner_disabled",
      "Private chat backup is off for the partner. Ask the support team to switch it on",
    );
  }
  if (plan !== "Archiver") {
    throw new AppError(
      "conflict",
      "plan.archiver_required",
      "Private chat backup needs the Archiver plan. Change the organization's plan first",
    );
  }
}

/** Throws, with the reason, while the feature does not work for an organization: no new backups then, data stays. */
export function mustBeOn(standing: Standing & { readonly enabled: boolean }): void {
  mayEnable(standing);
  if (!standing.enabled) {
    throw new AppError(
      "conflict",
      "feature.disabled",
      "Private chat backup is off for this organization. The partner switches it on under Features",
    );
  }
}
