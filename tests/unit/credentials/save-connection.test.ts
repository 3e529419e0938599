import { expect, test } from "vitest";
import { type ConnectionRecord, createConnections } from "../../../shared/credentials/connections.ts";
import { testAndSave } from "../../../shared/credentials/save-connection.ts";
import type { ProbeSession } from "../../../shared/credentials/tenant-probe.ts";
import type { Secret } from "../../../shared/platform/secret.ts";

const by = { organizationId: "o", tenantId: "signed-in" };
const session: ProbeSession = {
  tenantExists: async () => true,
  roles: async () => ["Chat.Read.All", "User.Read.All", "Files.Read.All"],
  secretExpiry: async () => undefined,
  someUsers: async () => ["u1"],
  exportOnce: async () => undefined,
};

function organization(wasBackedUp: boolean) {
  let record: ConnectionRecord | undefined;
  const secrets = new Map<string, Secret>();
  const connections = createConnections({
    records: { find: async () => record, save: async (given) => void (record = given) },
    secrets: {
      get: async (name) => secrets.get(name),
      put: async (name, secret) => void secrets.set(name, secret),
      delete: async (name) => void secrets.delete(name),
    },
    now: () => 1,
  });
  const deps = {
    ...{ connections, probe: { open: () => session }, now: () => 1 },
    wasBackedUp: async () => wasBackedUp,
  };
  const save = (tenantId: string, clientId = "app", clientSecret = "word") =>
    testAndSave(deps, by, { kind: "secret", tenantId, clientId, clientSecret });
  return { save, tenant: () => record?.tenantId };
}

test("a tenant of which something may be stored does not give way to another", async () => {
  const { save, tenant } = organization(true);
  expect(await save("a")).toMatchObject({ saved: true });
  await expect(save("b")).rejects.toMatchObject({ kind: "conflict", code: "credentials.other_tenant" });
  expect(tenant()).toBe("a");
  expect(await save("a", "another app", "another word")).toMatchObject({ saved: true });
});

test("one that was entered by mistake does, before the first backup", async () => {
  const { save, tenant } = organization(false);
  await save("b");
  expect(await save("a")).toMatchObject({ saved: true });
  expect(tenant()).toBe("a");
});
