import { z } from "zod";
import { autoActivate, plan, retention, schedule } from "../../shared/organizations/organization.contract.ts";
import type { OrganizationView } from "../../shared/organizations/organizations.ts";
import { SETUP_STEPS } from "../../shared/organizations/plan-setup.ts";
import { id } from "../../shared/platform/ids.ts";

const setup = z.object({
  state: z.enum(["incomplete", "ready"]),
  nextStep: z.enum(SETUP_STEPS).nullable(),
  steps: z.array(
    z.object({
      name: z.enum(SETUP_STEPS),
      state: z.enum(["done", "open", "blocked"]),
      reason: z.string().nullable().meta({ description: "What is missing; null when done" }),
    }),
  ),
});

/** An organization as the API shows it. */
export const organizationShape = z
  .object({
    id,
    partnerId: id,
    name: z.string(),
    plan,
    features: z.object({
      privateChat: z.object({
        enabled: z.boolean(),
        working: z.boolean().meta({ description: "On here and for the partner, and the plan allows it" }),
      }),
    }),
    setup,
    health: z.object({
      state: z.enum(["off", "setup", "ready", "paused", "attention", "failed"]),
      reason: z.string().nullable().meta({
        description:
          "A code: why it is paused, or what concerned the whole organization when the last run ended as Partial (attention) or Failed (failed)",
      }),
    }),
    schedule,
    nextBackupAt: z.iso.datetime().nullable().meta({
      description: "The daily run by the schedule; null while nothing would be backed up; passed: its turn has come",
    }),
    preview: z.boolean(),
    retention,
    autoActivate,
    consentedAt: z.iso.datetime().nullable(),
    createdAt: z.iso.datetime(),
  })
  .meta({ id: "Organization" });

export function showOrganization(view: OrganizationView): z.input<typeof organizationShape> {
  const { organization, setup, works } = view;
  const { organizationId, partnerId, name, plan, schedule, preview, autoActivate } = organization;
  const { privateChat, retentionDays, consentedAt, createdAt } = organization;
  return {
    ...{ id: organizationId, partnerId, name, plan, schedule, preview, autoActivate },
    features: { privateChat: { enabled: privateChat, working: works } },
    setup: { ...setup, steps: [...setup.steps] },
    health: healthOf(view),
    nextBackupAt: view.nextBackupAt === undefined ? null : new Date(view.nextBackupAt).toISOString(),
    retention: { days: retentionDays },
    consentedAt: consentedAt === undefined ? null : new Date(consentedAt).toISOString(),
    createdAt: new Date(createdAt).toISOString(),
  };
}

function healthOf({ works, unpaid, setup, concern }: OrganizationView): z.input<typeof organizationShape>["health"] {
  if (!works) return { state: "off", reason: null };
  if (unpaid) return { state: "paused", reason: "billing.payment_required" };
  if (setup.state !== "ready") return { state: "setup", reason: null };
  if (concern) return { state: concern.failed ? "failed" : "attention", reason: concern.code };
  return { state: "ready", reason: null };
}
