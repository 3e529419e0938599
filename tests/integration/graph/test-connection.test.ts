import { generate } from "selfsigned";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { mayBeSaved } from "../../../shared/credentials/check.ts";
import type { TenantConnection } from "../../../shared/credentials/tenant-connection.ts";
import { testConnection } from "../../../shared/credentials/test-connection.ts";
import { Secret } from "../../../shared/platform/secret.ts";
import type { Simulator } from "../../../local/graph-simulator/simulator.ts";
import { startTrusted } from "../../support/simulator.ts";
import { connectionTo, simulatedSources } from "./simulated-sources.ts";

let simulator: Simulator;
let roles: string[];
beforeAll(async () => {
  simulator = await startTrusted();
  roles = simulator.app.roles;
});
afterEach(() => {
  simulator.app.roles = roles;
  simulator.app.enabled = true;
  simulator.setFaults([]);
});
afterAll(() => simulator.stop());

type Change = Partial<TenantConnection>;
const secret = (value: string): Change => ({ credential: { kind: "secret", clientSecret: new Secret(value) } });

async function run(change: Change = {}, provider?: { clientId: string; clientSecret: Secret }) {
  const { probe } = simulatedSources(simulator, provider);
  const checks = await testConnection({ probe, now: Date.now }, { ...connectionTo(simulator), ...change });
  const bad = checks.find(({ status }) => status === "failed");
  return { checks, bad, saved: mayBeSaved(checks), of: (name: string) => checks.find((one) => one.name === name) };
}

describe("Test & Save against a tenant", () => {
  it("passes with the right secret; only optional permissions are missing", async () => {
    const { checks, saved } = await run();
    expect(saved).toBe(true);
    const notOk = checks.filter(({ status }) => status !== "ok").map(({ name, status }) => `${name} ${status}`);
    expect(notOk).toEqual(["role.Teamwork.Migrate.All warning", "role.Chat.Create warning"]);
  });

  it.each<[string, () => Change, string, string]>([
    ["a tenant that does not exist", () => ({ tenantId: "99999999-9999-4999-8999-999999999999" }), "tenant", "90002"],
    ["a tenant without the app", () => ({ tenantId: simulator.tenant.otherTenantId }), "application", "700016"],
    ["an unknown app", () => ({ clientId: "99999999-9999-4999-8999-999999999999" }), "application", "700016"],
    ["a wrong secret", () => secret("wrong"), "credential", "7000215"],
    ["the secret's id", () => secret(simulator.tenant.secretId), "credential", "7000215"],
    ["an expired secret", () => secret(simulator.tenant.expiredSecret), "credential", "7000222"],
  ])("finds %s", async (_, change, name, code) => {
    const { bad, saved, of } = await run(change());
    expect(bad).toMatchObject({ name, detail: expect.stringContaining(`AADSTS${code}`) });
    expect(of("export")?.status).toBe("skipped");
    expect(saved).toBe(false);
  });

  it("finds an app that is switched off", async () => {
    simulator.app.enabled = false;
    expect((await run()).bad).toMatchObject({ name: "application", detail: expect.stringContaining("7000112") });
  });

  it("finds missing permissions in a token that was issued all the same", async () => {
    simulator.app.roles = ["User.Read.All"];
    const { of, saved } = await run();
    expect(of("token")?.status).toBe("ok");
    expect(["role.Chat.Read.All", "role.User.Read.All", "role.Files.Read.All"].map((name) => of(name)?.status)).toEqual(
      ["failed", "ok", "failed"],
    );
    expect([of("graph")?.status, saved]).toEqual(["skipped", false]);
  });

  it("warns of payment and saves", async () => {
    simulator.setFaults([{ kind: "paymentRequired", on: "export" }]);
    const { of, saved } = await run();
    expect([of("export")?.status, of("payment")?.status, saved]).toEqual(["ok", "warning", true]);
  });

  it("fails while Graph or Entra does not answer", async () => {
    simulator.setFaults([{ kind: "status", status: 503, on: "users", retryAfter: null }]);
    expect((await run()).bad).toMatchObject({ name: "graph" });
    simulator.setFaults([{ kind: "status", status: 503, on: "discovery", retryAfter: null }]);
    expect((await run()).bad).toMatchObject({ name: "tenant", detail: "Entra does not answer." });
  });

  it("takes a certificate, tells its end, and finds one that is not registered or cannot be read", async () => {
    const notAfterDate = new Date(Date.now() + 400 * 86_400_000);
    const made = await generate([{ name: "commonName", value: "vault" }], { keySize: 2048, notAfterDate });
    const credential = { kind: "certificate", pem: new Secret(`${made.private}\n${made.cert}`) } as const;
    expect((await run({ credential })).bad).toMatchObject({
      name: "credential",
      detail: expect.stringContaining("700027"),
    });
    simulator.app.certificates.push(made.cert);
    const { of, saved } = await run({ credential });
    expect(of("credential")?.detail).toContain(notAfterDate.toISOString().slice(0, 10));
    expect(saved).toBe(true);
    const turned = new Secret(`${made.cert}\n${made.private}`);
    expect((await run({ credential: { kind: "certificate", pem: turned } })).saved).toBe(true);
    const other = await generate([{ name: "commonName", value: "other" }], { keySize: 2048 });
    for (const pem of [made.cert, made.private, `${other.private}\n${made.cert}`, "no PEM"]) {
      const broken = await run({ credential: { kind: "certificate", pem: new Secret(pem) } });
      expect(broken.bad).toMatchObject({ name: "credential", detail: expect.stringContaining("cannot be read") });
    }
  });

  it("uses the provider's app for a federated connection, where there is one", async () => {
    const federated = { credential: { kind: "federated" } } as const;
    expect((await run(federated)).bad).toMatchObject({ name: "credential", detail: expect.stringContaining("no app") });
    const { providerClientId: clientId, providerClientSecret } = simulator.tenant;
    const provider = { clientId, clientSecret: new Secret(providerClientSecret) };
    expect((await run(federated, provider)).bad).toMatchObject({ name: "application" });
    simulator.providerApp.consented = true;
    simulator.providerApp.roles = roles;
    expect((await run(federated, provider)).saved).toBe(true);
  });
});
