import { newId } from "../platform/new-id.ts";
import type { Secret } from "../platform/secret.ts";
import type { Instant } from "../platform/time.ts";
import type { SecretStore } from "./secret-store.ts";
import type { ConnectionStore, TenantConnection, TenantCredential } from "./tenant-connection.ts";

/** All of a connection but its secret, which is kept under its name in the secret store. */
export interface ConnectionRecord extends Omit<TenantConnection, "credential"> {
  readonly kind: TenantCredential["kind"];
  readonly secretName?: string;
  readonly savedAt: Instant;
  readonly expiresAt?: Instant;
}

export interface ConnectionRecords {
  find(organizationId: string): Promise<ConnectionRecord | undefined>;
  save(record: ConnectionRecord): Promise<void>;
}

/** Connections as graph code reads them, and the one way to keep one. */
export interface Connections extends ConnectionStore {
  /** Without the secret. */
  record(organizationId: string): Promise<ConnectionRecord | undefined>;
  save(connection: TenantConnection, expiresAt: Instant | undefined): Promise<void>;
}

export interface ConnectionsDeps {
  readonly records: ConnectionRecords;
  readonly secrets: SecretStore;
  readonly now: () => Instant;
}

/** The record names its secret: a new secret is stored beside the old one before the record changes over, so that a crash leaves
 * a whole connection, the old or the new. */
export function createConnections({ records, secrets, now }: ConnectionsDeps): Connections {
  return {
    record: (organizationId) => records.find(organizationId),
    async find(organizationId) {
      const record = await records.find(organizationId);
      if (!record) return undefined;
      const { kind, secretName, savedAt: _savedAt, expiresAt: _expiresAt, ...same } = record;
      if (kind === "federated") return { ...same, credential: { kind } };
      const secret = secretName === undefined ? undefined : await secrets.get(secretName);
      return secret && { ...same, credential: toCredential(kind, secret) };
    },
    async save({ credential, ...connection }, expiresAt) {
      const before = await records.find(connection.organizationId);
      const savedAt = now();
      const secretName = `connection-${connection.organizationId}-${newId(savedAt)}`;
      const secret = secretOf(credential);
      if (secret) await secrets.put(secretName, secret);
      await records.save({
        ...connection,
        kind: credential.kind,
        savedAt,
        ...(secret ? { secretName } : {}),
        ...(expiresAt === undefined ? {} : { expiresAt }),
      });
      if (before?.secretName !== undefined) await secrets.delete(before.secretName);
    },
  };
}

const toCredential = (kind: "secret" | "certificate", secret: Secret): TenantCredential =>
  kind === "secret" ? { kind, clientSecret: secret } : { kind, pem: secret };

function secretOf(credential: TenantCredential): Secret | undefined {
  if (credential.kind === "federated") return undefined;
  return credential.kind === "secret" ? credential.clientSecret : credential.pem;
}
