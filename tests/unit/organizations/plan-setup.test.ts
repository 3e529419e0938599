import fc from "fast-check";
import { expect, test } from "vitest";
import { SETUP_STEPS, type SetupFacts, planSetup } from "../../../shared/organizations/plan-setup.ts";

const fresh: SetupFacts = {
  ...{ partnerEnabled: false, plan: "Backup", enabled: false, consented: false, connected: false, activeAccounts: 0 },
};

test("the way goes step by step", () => {
  const way: [Partial<SetupFacts>, string | null][] = [
    [{}, "partnerFeature"],
    [{ partnerEnabled: true }, "plan"],
    [{ plan: "Archiver" }, "organizationFeature"],
    [{ enabled: true }, "reauthenticate"],
    [{ consented: true }, "credentials"],
    [{ connected: true }, "activation"],
    [{ activeAccounts: 1 }, null],
  ];
  let facts = fresh;
  for (const [change, next] of way) {
    facts = { ...facts, ...change };
    expect(planSetup(facts).nextStep).toBe(next);
  }
  expect(planSetup(facts).state).toBe("ready");
});

test("at most one step is open, it is the next one, and every step not done says why", () => {
  const facts = fc.record({
    partnerEnabled: fc.boolean(),
    plan: fc.constantFrom("Backup", "Archiver" as const),
    enabled: fc.boolean(),
    consented: fc.boolean(),
    connected: fc.boolean(),
    activeAccounts: fc.nat(2),
  });
  fc.assert(
    fc.property(facts, (given) => {
      const { state, nextStep, steps } = planSetup(given);
      expect(steps.map(({ name }) => name)).toEqual([...SETUP_STEPS]);
      expect(steps.filter((step) => step.state === "open").map(({ name }) => name)).toEqual(nextStep ? [nextStep] : []);
      expect(state === "ready").toBe(steps.every((step) => step.state === "done"));
      for (const step of steps) expect(step.reason === null).toBe(step.state === "done");
    }),
  );
});
