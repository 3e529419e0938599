import { createPrivateKey, X509Certificate } from "node:crypto";
import { ClientCertificateCredential, ClientSecretCredential } from "@azure/identity";
import type { TenantConnection } from "../credentials/tenant-connection.ts";
import type { Config } from "../platform/config.ts";
import { AppError } from "../platform/errors.ts";
import type { Instant } from "../platform/time.ts";
import { entraError } from "./entra-error.ts";

/** A token for Microsoft Graph, with what can be read in it. */
export interface AppToken {
  readonly text: string;
  /** Application permissions granted in the tenant. Entra issues tokens without any. */
  readonly roles: readonly string[];
}

export interface TokenSource {
  /** A token that is good for five more minutes, or for half of its life. Concurrent callers share one request. Errors: `credentials.*`. */
  token(): Promise<AppToken>;
  /** The next token comes from Entra, unless another caller has fetched a newer one than this already. */
  forget(stale: AppToken): void;
}

const SPARE_MS = 300_000;

interface Issued extends AppToken {
  readonly goodUntil: Instant;
}

interface Held {
  readonly asked: Promise<Issued>;
  text?: string;
  goodUntil: Instant;
}

/** Client credentials of one connection. A credential keeps its tokens to itself, so forgetting makes a new one. */
export function tenantTokens(
  connection: TenantConnection,
  config: Pick<Config["graph"], "baseUrl" | "authorityHost" | "disableInstanceDiscovery" | "provider">,
  now: () => Instant,
): TokenSource {
  let held: Held | undefined;
  const ask = async (): Promise<Issued> => {
    try {
      const issued = await credential(connection, config).getToken(`${config.baseUrl}/.default`);
      const expiresAt = issued.expiresOnTimestamp;
      const goodUntil = expiresAt - Math.min(SPARE_MS, (expiresAt - now()) / 2);
      return { text: issued.token, roles: rolesIn(issued.token), goodUntil };
    } catch (error) {
      throw entraError(error);
    }
  };
  return {
    token() {
      if (held && held.goodUntil > now()) return held.asked;
      const entry: Held = { asked: ask(), goodUntil: Number.POSITIVE_INFINITY };
      held = entry;
      entry.asked.then(
        ({ text, goodUntil }) => Object.assign(entry, { text, goodUntil }),
        () => (held = held === entry ? undefined : held),
      );
      return entry.asked;
    },
    forget(stale) {
      if (held?.text === stale.text) held = undefined;
    },
  };
}

function credential(
  { tenantId, clientId, credential: proof }: TenantConnection,
  { authorityHost, disableInstanceDiscovery, provider }: Parameters<typeof tenantTokens>[1],
) {
  const options = { authorityHost, disableInstanceDiscovery, retryOptions: { maxRetries: 2, retryDelayInMs: 500 } };
  switch (proof.kind) {
    case "secret":
      return new ClientSecretCredential(tenantId, clientId, proof.clientSecret.reveal(), options);
    case "certificate":
      return new ClientCertificateCredential(
        tenantId,
        clientId,
        { certificate: readable(proof.pem.reveal()) },
        options,
      );
    case "federated":
      if (!provider) {
        const message = "This deployment has no app of its own: use a client secret or a certificate";
        throw new AppError("invalid", "credentials.federated_not_configured", message);
      }
      return new ClientSecretCredential(tenantId, provider.clientId, provider.clientSecret.reveal(), options);
  }
}

/** Looked at here, because the SDK's errors do not tell a broken certificate from a network without an answer. */
function readable(pem: string): string {
  let belong = false;
  try {
    belong = new X509Certificate(pem).checkPrivateKey(createPrivateKey(pem));
  } catch {
    // Not PEM, encrypted, or one of the two is missing.
  }
  if (belong) return pem;
  throw new AppError("invalid", "credentials.unreadable", "The certificate or its private key cannot be read");
}

/** The token is Entra's own, over TLS: its claims are read, not verified. */
function rolesIn(token: string): readonly string[] {
  try {
    const claims: unknown = JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString());
    const roles: unknown =
      typeof claims === "object" && claims !== null && "roles" in claims ? claims.roles : undefined;
    return Array.isArray(roles) ? roles.filter((role) => typeof role === "string") : [];
  } catch {
    return [];
  }
}
