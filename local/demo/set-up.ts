import { setTimeout as delay } from "node:timers/promises";
import { z } from "zod";
import type { SpawnedSimulator } from "../spawn-simulator.ts";
import { type ApiClient, apiClient } from "./api-client.ts";
import { type Progress, remembered } from "./progress.ts";

const anything = z.unknown();
const created = z.object({ id: z.string() });
const checks = z.object({
  checks: z.array(z.object({ name: z.string(), status: z.string(), detail: z.string() })),
  saved: z.boolean(),
});
const account = z.object({ id: z.string(), graphId: z.string(), userPrincipalName: z.string(), status: z.string() });
export type DemoAccount = z.output<typeof account>;

export interface DemoOrganization {
  readonly organizationId: string;
  readonly admin: ApiClient;
  readonly accounts: readonly DemoAccount[];
}

/** What an operator, a partner and an administrator do before the first backup, through the API alone. */
export async function setUp(
  url: string,
  simulator: SpawnedSimulator,
  progress: Progress,
  say: (line: string) => void,
): Promise<DemoOrganization> {
  const organizationId = await organizationOf(url, progress);
  const admin = await apiClient(url, { role: "organization-admin", organization: organizationId });
  const base = `/api/organizations/${organizationId}`;
  const { tenantId, clientId, clientSecret } = simulator.tenant;
  const connected = await admin.send(
    "PUT",
    `${base}/credentials`,
    { kind: "secret", tenantId, clientId, clientSecret },
    checks,
  );
  const passed = connected.checks.filter(({ status }) => status === "ok").length;
  if (!connected.saved) throw new Error(`Test & Save failed: ${JSON.stringify(connected.checks)}`);
  say(
    `set up      partner, organization and tenant connected; Test & Save: ${passed} of ${connected.checks.length} checks passed`,
  );
  await refreshAccounts(admin, base);
  await admin.send("POST", `${base}/accounts/activate`, { all: true }, anything);
  const all = await Array.fromAsync(admin.list(`${base}/accounts`, account));
  const accounts = all.filter(({ status }) => status === "ACTIVE");
  const left = all.length - accounts.length;
  say(`accounts    ${all.length} in the tenant: ${accounts.length} activated, ${left} of people who have left`);
  return { organizationId, admin, accounts };
}

async function organizationOf(url: string, progress: Progress): Promise<string> {
  const operator = await apiClient(url, { role: "operator" });
  const { id: partnerId } =
    (await remembered(progress.marks.partnerId, (known) => operator.get(`/api/partners/${known}`, created))) ??
    (await operator.send("POST", "/api/partners", { name: "Demo Partner" }, created));
  await operator.send("PUT", `/api/partners/${partnerId}/features/private-chat`, { enabled: true }, anything);
  const partnerAdmin = await apiClient(url, { role: "partner-admin", partner: partnerId });
  const body = { name: "Demo Organization", plan: "Archiver" };
  const { id } =
    (await remembered(progress.marks.organizationId, (known) =>
      partnerAdmin.get(`/api/organizations/${known}`, created),
    )) ?? (await partnerAdmin.send("POST", `/api/partners/${partnerId}/organizations`, body, created));
  await partnerAdmin.send("PUT", `/api/organizations/${id}/features/private-chat`, { enabled: true }, anything);
  await progress.set({ partnerId, organizationId: id });
  return id;
}

/** Saved credentials make the app read the tenant's users; the list is complete when that operation is. */
async function refreshAccounts(admin: ApiClient, base: string): Promise<void> {
  const operation = z.object({ id: z.string(), status: z.string() });
  let { id, status } = await admin.send("POST", `${base}/accounts/refresh`, {}, operation);
  for (; status !== "Completed"; { id, status } = await admin.get(`/api/operations/${id}`, operation)) {
    if (status === "Failed") throw new Error("The tenant's users could not be read.");
    await delay(200);
  }
}
