import { z } from "zod";
import type { Connections } from "../../shared/credentials/connections.ts";
import { type SaveConnectionDeps, testAndSave, testEntered } from "../../shared/credentials/save-connection.ts";
import { id } from "../../shared/platform/ids.ts";
import { ORGANIZATION_ADMIN } from "../runtime/access-rule.ts";
import type { DurableStarter } from "../runtime/durable-starter.ts";
import { route } from "../runtime/route.ts";

export interface Credentials extends SaveConnectionDeps {
  /** Reads the tenant's users through the connection that was just saved. */
  readonly refresh: (durable: DurableStarter, organizationId: string, principalId: string) => Promise<void>;
}

const params = z.object({ organizationId: id });
const entered = z.strictObject({
  kind: z.enum(["secret", "certificate", "federated"]),
  tenantId: z.guid().toLowerCase(),
  clientId: z.guid().toLowerCase(),
  clientSecret: z.string().min(1).max(1_000).optional(),
  certificate: z
    .string()
    .min(1)
    .max(20_000)
    .optional()
    .meta({ description: "Certificate and private key, PEM, in one text" }),
  model: z.enum(["A", "B"]).nullable().optional(),
  cloud: z.enum(["global", "usgov", "usgovdod", "china"]).optional(),
});
const checks = z.array(
  z.object({
    name: z.string(),
    status: z.enum(["ok", "warning", "failed", "skipped"]),
    detail: z.string(),
    remedy: z.string(),
  }),
);
const tested = z.object({ checks, saved: z.boolean() });
const shown = z.object({
  connected: z.boolean(),
  kind: z.enum(["secret", "certificate", "federated"]).nullable(),
  tenantId: z.string().nullable(),
  clientId: z.string().nullable(),
  model: z.enum(["A", "B"]).nullable(),
  cloud: z.string().nullable(),
  savedAt: z.iso.datetime().nullable(),
  expiresAt: z.iso
    .datetime()
    .nullable()
    .meta({ description: "When the secret or certificate ends, where that is known" }),
});

export const credentialRoutes = (deps: Credentials) => [
  route({
    name: "getCredentials",
    method: "GET",
    path: "organizations/{organizationId}/credentials",
    summary: "How the tenant is connected; never the secret",
    who: ORGANIZATION_ADMIN,
    params,
    responses: { 200: shown },
    async handle({ params }) {
      return { status: 200, body: await show(deps.connections, params.organizationId) };
    },
  }),
  route({
    name: "testCredentials",
    method: "POST",
    path: "organizations/{organizationId}/credentials/test",
    summary: "Check a connection step by step without saving it",
    who: ORGANIZATION_ADMIN,
    params,
    body: entered,
    responses: { 200: tested },
    async handle({ params, body, caller }) {
      const by = { organizationId: params.organizationId, tenantId: caller.tenantId };
      return { status: 200, body: { checks: await testEntered(deps, by, body), saved: false } };
    },
  }),
  route({
    name: "saveCredentials",
    method: "PUT",
    path: "organizations/{organizationId}/credentials",
    summary: "Check a connection and save it when no check failed",
    who: ORGANIZATION_ADMIN,
    params,
    body: entered,
    responses: { 200: tested },
    async handle({ params, body, caller, durable, log }) {
      const { organizationId } = params;
      const done = await testAndSave(deps, { organizationId, tenantId: caller.tenantId }, body);
      log.info("credentials.tested", { organizationId, saved: done.saved });
      if (done.saved) await deps.refresh(durable, organizationId, caller.id);
      return { status: 200, body: { checks: [...done.checks], saved: done.saved } };
    },
  }),
];

async function show(connections: Connections, organizationId: string): Promise<z.input<typeof shown>> {
  const record = await connections.record(organizationId);
  const time = (instant?: number) => (instant === undefined ? null : new Date(instant).toISOString());
  return {
    connected: record !== undefined,
    kind: record?.kind ?? null,
    tenantId: record?.tenantId ?? null,
    clientId: record?.clientId ?? null,
    model: record?.model ?? null,
    cloud: record?.cloud ?? null,
    savedAt: time(record?.savedAt),
    expiresAt: time(record?.expiresAt),
  };
}
