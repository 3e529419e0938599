import { generateKeyPairSync } from "node:crypto";
import { generate } from "selfsigned";
import { describe, expect, it } from "vitest";
import { mayBeSaved } from "../../../shared/credentials/check.ts";
import { entraCodes, entraRefusal } from "../../../shared/credentials/entra-refusals.ts";
import type { TenantConnection } from "../../../shared/credentials/tenant-connection.ts";
import type { ProbeSession } from "../../../shared/credentials/tenant-probe.ts";
import { testConnection } from "../../../shared/credentials/test-connection.ts";
import { AppError, type ErrorKind } from "../../../shared/platform/errors.ts";
import { Secret } from "../../../shared/platform/secret.ts";

const now = Date.UTC(2026, 10, 23);
const DAY_MS = 86_400_000;
const ALL = [
  "Chat.Read.All",
  "User.Read.All",
  "Sites.Read.All",
  "GroupMember.Read.All",
  "Teamwork.Migrate.All",
  "Chat.Create",
];
const NAMES = [
  ...["tenant", "application", "credential", "token"],
  ...["role.Chat.Read.All", "role.User.Read.All", "role.Files.Read.All"],
  ...["role.GroupMember.Read.All", "role.Teamwork.Migrate.All", "role.Chat.Create"],
  ...["graph", "export", "payment"],
];
const connection: TenantConnection = {
  organizationId: "o",
  tenantId: "t",
  clientId: "c",
  credential: { kind: "secret", clientSecret: new Secret("hunter2-marker") },
};
const error = (code: string, kind: ErrorKind = "forbidden", aadsts?: number) =>
  new AppError(kind, code, "said", aadsts === undefined ? {} : { context: { aadsts } });

async function check(session: Partial<ProbeSession> = {}, given: TenantConnection = connection) {
  const good: ProbeSession = {
    tenantExists: async () => true,
    roles: async () => ALL,
    secretExpiry: async () => undefined,
    someUsers: async () => ["u1", "u2"],
    exportOnce: async () => undefined,
  };
  const checks = await testConnection({ probe: { open: () => ({ ...good, ...session }) }, now: () => now }, given);
  expect(checks.map(({ name }) => name)).toEqual(NAMES);
  for (const { status, detail, remedy } of checks) {
    expect(detail).not.toBe("");
    if (status === "failed" || status === "warning") expect(remedy).not.toBe("");
  }
  expect(JSON.stringify(checks)).not.toContain("hunter2");
  return { checks, of: (name: string) => checks.find((one) => one.name === name), saved: mayBeSaved(checks) };
}

const statuses = (checks: readonly { readonly status: string }[]) => checks.map(({ status }) => status);

describe("testConnection", () => {
  it("passes a tenant where all is well", async () => {
    const { checks, saved } = await check();
    expect(new Set(statuses(checks))).toEqual(new Set(["ok"]));
    expect(saved).toBe(true);
  });

  it("stops at a tenant that does not exist", async () => {
    const { checks, saved } = await check({ tenantExists: async () => false });
    expect(statuses(checks)).toEqual(["failed", ...NAMES.slice(1).map(() => "skipped")]);
    expect(saved).toBe(false);
  });

  it.each(entraCodes)("explains AADSTS%i in its own words", async (aadsts) => {
    const { of, saved } = await check({
      roles: () => Promise.reject(error("credentials.refused", "forbidden", aadsts)),
    });
    const { check: name, detail, remedy } = entraRefusal(aadsts);
    expect(of(name)).toEqual({ name, status: "failed", detail, remedy });
    expect(detail).toContain(`AADSTS${aadsts}`);
    expect(of("graph")?.status).toBe("skipped");
    expect(saved).toBe(false);
  });

  it("knows every code that Entra is known to answer, and has an answer for the rest", () => {
    const known = [
      ...[700016, 7000215, 7000222, 90002, 900023, 7000229, 7000112, 7000113, 65001, 65004, 90094, 90095],
      ...[500014, 53003, 530032, 700027, 700024, 90006, 90012, 90024, 90033, 90055, 90038, 900382, 900432],
    ];
    expect(known.filter((code) => !entraCodes.includes(code))).toEqual([]);
    expect(entraRefusal(123456)).toMatchObject({ check: "token", detail: expect.stringContaining("AADSTS123456") });
  });

  it("tells a wrong secret from a missing app", async () => {
    const wrong = await check({ roles: () => Promise.reject(error("credentials.refused", "forbidden", 7000215)) });
    expect(statuses(wrong.checks.slice(0, 4))).toEqual(["ok", "ok", "failed", "skipped"]);
    const missing = await check({ roles: () => Promise.reject(error("credentials.refused", "forbidden", 700016)) });
    expect(statuses(missing.checks.slice(0, 4))).toEqual(["ok", "failed", "skipped", "skipped"]);
  });

  it.each([
    ["credentials.unreadable", "invalid", "credential"],
    ["credentials.federated_not_configured", "invalid", "credential"],
    ["credentials.unavailable", "unavailable", "token"],
  ] as const)("claims nothing about the app after %s", async (code, kind, name) => {
    const { of } = await check({ roles: () => Promise.reject(error(code, kind)) });
    expect([of("tenant")?.status, of("application")?.status, of(name)?.status]).toEqual(["ok", "skipped", "failed"]);
  });

  it("names every missing permission at once, and asks Graph nothing then", async () => {
    const { checks, of, saved } = await check({
      roles: async () => [],
      someUsers: () => Promise.reject(new Error("must not be asked")),
    });
    expect(statuses(checks.slice(4))).toEqual([
      ...["failed", "failed", "failed", "warning", "warning", "warning", "skipped", "skipped", "skipped"],
    ]);
    expect(of("role.Chat.Read.All")?.remedy).toContain("Chat.Read.All");
    expect(saved).toBe(false);
  });

  it("accepts permissions that include what is needed", async () => {
    const roles = ["Chat.ReadWrite.All", "Directory.Read.All", "Files.ReadWrite.All"];
    const { of, saved } = await check({ roles: async () => roles });
    expect(of("role.Files.Read.All")).toMatchObject({
      status: "ok",
      detail: expect.stringContaining("Files.ReadWrite.All"),
    });
    expect(of("role.Teamwork.Migrate.All")?.status).toBe("warning");
    expect(saved).toBe(true);
  });

  it("says until when a secret is valid, and warns in its last month", async () => {
    const far = await check({ secretExpiry: async () => now + 200 * DAY_MS });
    expect(far.of("credential")).toMatchObject({ status: "ok", detail: expect.stringContaining("2027-06-11") });
    const near = await check({ secretExpiry: async () => now + 20 * DAY_MS });
    expect(near.of("credential")?.status).toBe("warning");
    expect(near.saved).toBe(true);
  });

  it("reads a certificate's end from the certificate", async () => {
    const notAfterDate = new Date(now + 400 * DAY_MS);
    const { cert, private: key } = await generate([{ name: "commonName", value: "x" }], {
      notAfterDate,
      keySize: 2048,
    });
    const credential = { kind: "certificate", pem: new Secret(`${key}\n${cert}`) } as const;
    const { of } = await check({}, { ...connection, credential });
    expect(of("credential")?.detail).toContain(notAfterDate.toISOString().slice(0, 10));
  });

  it("says nothing about the end of a certificate that it cannot read", async () => {
    const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const key = String(privateKey.export({ type: "pkcs8", format: "pem" }));
    const { of } = await check({}, { ...connection, credential: { kind: "certificate", pem: new Secret(key) } });
    expect(of("credential")?.detail).toContain("cannot be read");
  });

  it.each(["graph.forbidden", "graph.unauthorized", "graph.throttled", "graph.unavailable", "graph.odd"])(
    "fails at Graph with %s",
    async (code) => {
      const { of, saved } = await check({ someUsers: () => Promise.reject(error(code)) });
      expect([of("graph")?.status, of("export")?.status, of("payment")?.status]).toEqual([
        "failed",
        "skipped",
        "skipped",
      ]);
      expect(saved).toBe(false);
    },
  );

  it("takes 402 for an answer, with a warning", async () => {
    const { of, saved } = await check({
      exportOnce: () => Promise.reject(error("billing.payment_required", "conflict")),
    });
    expect([of("export")?.status, of("payment")?.status]).toEqual(["ok", "warning"]);
    expect(saved).toBe(true);
  });

  it("tries the next user when one has no mailbox", async () => {
    const asked: string[] = [];
    const { of } = await check({
      exportOnce: async (user) => {
        asked.push(user);
        if (user === "u1") throw error("graph.user_not_found", "not_found");
      },
    });
    expect(asked).toEqual(["u1", "u2"]);
    expect(of("export")?.status).toBe("ok");
  });

  it("warns where nobody has a mailbox, fails where everybody is refused", async () => {
    const none = await check({ someUsers: async () => [] });
    expect([none.of("export")?.status, none.of("payment")?.status, none.saved]).toEqual(["warning", "skipped", true]);
    const refused = await check({ exportOnce: () => Promise.reject(error("graph.access_denied")) });
    expect([refused.of("export")?.status, refused.saved]).toEqual(["failed", false]);
  });

  it("throws bugs on", async () => {
    await expect(check({ someUsers: () => Promise.reject(new TypeError("bug")) })).rejects.toThrow(TypeError);
  });
});

describe("mayBeSaved", () => {
  it("wants at least one check and none that failed", () => {
    const one = (status: "ok" | "warning" | "skipped" | "failed") => ({ name: "x", status, detail: "", remedy: "" });
    expect(mayBeSaved([])).toBe(false);
    expect(mayBeSaved([one("ok"), one("warning"), one("skipped")])).toBe(true);
    expect(mayBeSaved([one("ok"), one("failed")])).toBe(false);
  });
});
