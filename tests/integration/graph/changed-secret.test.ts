import { afterAll, beforeAll, expect, test } from "vitest";
import type { Simulator } from "../../../local/graph-simulator/simulator.ts";
import { startTrusted } from "../../support/simulator.ts";
import { all } from "./scripted-sources.ts";
import { simulatedSources } from "./simulated-sources.ts";

let simulator: Simulator;
beforeAll(async () => {
  simulator = await startTrusted();
});
afterAll(() => simulator.stop());

test("a new secret counts at once where the old one was just refused", async () => {
  const { tenantId, clientId, clientSecret, expiredSecret } = simulator.tenant;
  const tenant = { tenantId, clientId, clientSecret: expiredSecret };
  const { graphUrl, authorityUrl, contentHost } = simulator;
  const { users } = simulatedSources({ graphUrl, authorityUrl, contentHost, tenant });
  await expect(all(users.users("o1"))).rejects.toMatchObject({ code: "credentials.secret_expired" });
  tenant.clientSecret = clientSecret;
  expect((await all(users.users("o1"))).length).toBeGreaterThan(10);
});
