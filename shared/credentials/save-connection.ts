import { AppError } from "../platform/errors.ts";
import { Secret } from "../platform/secret.ts";
import type { Instant } from "../platform/time.ts";
import { type Check, mayBeSaved } from "./check.ts";
import type { Connections } from "./connections.ts";
import { credentialExpiry } from "./credential-expiry.ts";
import type { TenantConnection, TenantCredential } from "./tenant-connection.ts";
import type { TenantProbe } from "./tenant-probe.ts";
import { testConnection } from "./test-connection.ts";

/** What an administrator enters. A secret left out means the saved one, while tenant, app and kind are the same. */
export interface EnteredConnection {
  readonly kind: TenantCredential["kind"];
  readonly tenantId: string;
  readonly clientId: string;
  readonly clientSecret?: string | undefined;
  readonly certificate?: string | undefined;
  readonly model?: "A" | "B" | null | undefined;
  readonly cloud?: string | undefined;
}

export interface SaveConnectionDeps {
  readonly connections: Connections;
  readonly probe: TenantProbe;
  /** Whether a backup was ever asked for: from then on something of the tenant may be stored. */
  readonly wasBackedUp: (organizationId: string) => Promise<boolean>;
  readonly now: () => Instant;
}

/** Who enters it, and where they signed in: a verified tenant. */
export interface EnteredBy {
  readonly organizationId: string;
  readonly tenantId: string;
}

/** Checks what was entered and stores nothing. */
export async function testEntered(
  deps: SaveConnectionDeps,
  by: EnteredBy,
  entered: EnteredConnection,
): Promise<Check[]> {
  return testConnection(deps, await toConnection(deps, by, entered));
}

/** Checks, and saves when no check failed. */
export async function testAndSave(
  deps: SaveConnectionDeps,
  by: EnteredBy,
  entered: EnteredConnection,
): Promise<{ readonly checks: readonly Check[]; readonly saved: boolean }> {
  const connection = await toConnection(deps, by, entered);
  const checks = await testConnection(deps, connection);
  const saved = mayBeSaved(checks);
  if (saved) {
    const expiresAt = await credentialExpiry(connection.credential, deps.probe.open(connection));
    await deps.connections.save(connection, expiresAt);
  }
  return { checks, saved };
}

async function toConnection(
  deps: SaveConnectionDeps,
  by: EnteredBy,
  entered: EnteredConnection,
): Promise<TenantConnection> {
  const { tenantId, clientId, model, cloud } = entered;
  await ensureSameTenant(deps, by.organizationId, tenantId);
  return {
    organizationId: by.organizationId,
    tenantId,
    clientId,
    credential: await toCredential(deps, by, entered),
    ...(model ? { model } : {}),
    ...(cloud === undefined ? {} : { cloud }),
  };
}

/** Another tenant knows none of the users, chats and files that are asked for here: it would call all of them gone, and mix its own with
 * what is stored. */
async function ensureSameTenant(
  { connections, wasBackedUp }: SaveConnectionDeps,
  organizationId: string,
  tenantId: string,
): Promise<void> {
  const known = await connections.record(organizationId);
  if (!known || known.tenantId === tenantId || !(await wasBackedUp(organizationId))) return;
  throw new AppError(
    "conflict",
    "credentials.other_tenant",
    `This organization backs up the tenant ${known.tenantId}: add another organization for another tenant`,
  );
}

async function toCredential(
  deps: SaveConnectionDeps,
  by: EnteredBy,
  entered: EnteredConnection,
): Promise<TenantCredential> {
  const { kind, tenantId, clientSecret, certificate } = entered;
  if (kind === "federated") {
    // The provider's app works in every tenant that consented to it, so a tenant's id alone proves nothing.
    if (tenantId.toLowerCase() === by.tenantId) return { kind };
    throw new AppError(
      "conflict",
      "credentials.tenant_unproven",
      "Sign in with an account of this tenant, then save again",
    );
  }
  if (kind === "secret" && clientSecret !== undefined) return { kind, clientSecret: new Secret(clientSecret) };
  if (kind === "certificate" && certificate !== undefined) return { kind, pem: new Secret(certificate) };
  return saved(deps, by, entered);
}

async function saved(
  { connections }: SaveConnectionDeps,
  by: EnteredBy,
  entered: EnteredConnection,
): Promise<TenantCredential> {
  const known = await connections.find(by.organizationId);
  const same =
    known?.credential.kind === entered.kind &&
    known.tenantId === entered.tenantId &&
    known.clientId === entered.clientId;
  if (same) return known.credential;
  const path = entered.kind === "secret" ? "clientSecret" : "certificate";
  const issues = [{ path, message: "is needed" }];
  throw new AppError("invalid", "credentials.secret_missing", "Enter the secret: none is saved for this app", {
    issues,
  });
}
