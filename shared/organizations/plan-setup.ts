import type { Plan } from "./organization.contract.ts";

export const SETUP_STEPS = [
  "partnerFeature",
  "plan",
  "organizationFeature",
  "reauthenticate",
  "credentials",
  "activation",
] as const;
export type SetupStep = (typeof SETUP_STEPS)[number];

/** What the way from a new organization to its first backup depends on. */
export interface SetupFacts {
  readonly partnerEnabled: boolean;
  readonly plan: Plan;
  readonly enabled: boolean;
  readonly consented: boolean;
  readonly connected: boolean;
  readonly activeAccounts: number;
}

export interface Setup {
  readonly state: "incomplete" | "ready";
  readonly nextStep: SetupStep | null;
  readonly steps: readonly {
    readonly name: SetupStep;
    readonly state: "done" | "open" | "blocked";
    readonly reason: string | null;
  }[];
}

const REASONS: Readonly<Record<SetupStep, string>> = {
  partnerFeature: "Private chat backup is off for the partner. The support team switches it on",
  plan: "Private chat backup needs the Archiver plan",
  organizationFeature: "Private chat backup is off for this organization. The partner switches it on under Features",
  reauthenticate: "An administrator of the tenant has to give consent",
  credentials: "The tenant's app is not connected. Enter it under Credentials and choose Test & Save",
  activation: "No account is active. Activate accounts under Private Chat",
};

/** The set-up in its order. A step that is not done is open when it is the first such one, else blocked by the steps before. A
 * connected app proves consent: an administrator gave its roles to it. */
export function planSetup(facts: SetupFacts): Setup {
  const done: Readonly<Record<SetupStep, boolean>> = {
    partnerFeature: facts.partnerEnabled,
    plan: facts.plan === "Archiver",
    organizationFeature: facts.enabled,
    reauthenticate: facts.consented || facts.connected,
    credentials: facts.connected,
    activation: facts.activeAccounts > 0,
  };
  const next = SETUP_STEPS.find((step) => !done[step]) ?? null;
  return {
    state: next ? "incomplete" : "ready",
    nextStep: next,
    steps: SETUP_STEPS.map((name) => ({
      name,
      state: done[name] ? "done" : name === next ? "open" : "blocked",
      reason: done[name] ? null : REASONS[name],
    })),
  };
}
