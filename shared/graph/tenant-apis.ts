import { createHash } from "node:crypto";
import type { RateBucket, RateGate } from "../backup/rate-gate.ts";
import type { PaymentFence } from "../billing/payment-fence.ts";
import type { ConnectionStore, TenantConnection } from "../credentials/tenant-connection.ts";
import type { Config } from "../platform/config.ts";
import { AppError } from "../platform/errors.ts";
import type { Logger } from "../platform/logger.ts";
import type { Instant } from "../platform/time.ts";
import { createChatPace } from "./chat-pace.ts";
import { createGraphApi, type GraphApi } from "./graph-api.ts";
import type { Payment } from "./middleware.ts";
import type { RetryDeps } from "./send-with-retry.ts";
import { type TokenSource, tenantTokens } from "./tenant-tokens.ts";

export interface TenantApi {
  readonly api: GraphApi;
  readonly tokens: TokenSource;
  readonly baseUrl: string;
  readonly model?: "A" | "B";
  /** Keeps back all of the tenant's requests of the bucket: for answers of hosts that are not Graph's. */
  readonly fence: (bucket: RateBucket, notBefore: Instant) => Promise<void>;
}

export interface TenantApis {
  /** The organization's Graph. Throws `credentials.not_connected`. */
  of(organizationId: string): Promise<TenantApi>;
  /** The same for one connection, stored or not: nothing of it is kept, and payment that Graph wanted before holds nothing up. */
  for(connection: TenantConnection): TenantApi;
}

export interface TenantApisDeps {
  readonly config: Config["graph"];
  readonly connections: ConnectionStore;
  readonly gate: RateGate;
  readonly fence: PaymentFence;
  readonly log: Logger;
  readonly now: () => Instant;
  readonly sleep: RetryDeps["sleep"];
}

/** How long a stored connection counts without being read again. */
const FRESH_MS = 30_000;
const MOST_HELD = 500;

interface Held {
  readonly fingerprint: string;
  readonly api: TenantApi;
  readonly readAt: Instant;
}

/** One client and one token per organization and credential: a changed secret takes effect within half a minute, and at once where Entra
 * refused the one before. */
export function createTenantApis({ config, connections, gate, fence, ...rest }: TenantApisDeps): TenantApis {
  const { log, now, sleep } = rest;
  const held = new Map<string, Held>();
  const chats = createChatPace(now, sleep);
  const make = (connection: TenantConnection, payment?: Payment): TenantApi => {
    const { baseUrl, provider } = config;
    const tokens = tenantTokens(connection, config, now);
    const token = async () => {
      try {
        return await tokens.token();
      } catch (error) {
        held.delete(connection.organizationId);
        throw error;
      }
    };
    const federated = connection.credential.kind === "federated";
    const clientId = federated ? (provider?.clientId ?? connection.clientId) : connection.clientId;
    const scope = { tenantId: connection.tenantId, clientId };
    const shared = { baseUrl, tokens: { ...tokens, token }, gate, scope, chats, log, retry: { now, sleep } };
    const api = createGraphApi(payment ? { ...shared, payment } : shared);
    const raise = (bucket: RateBucket, notBefore: Instant) => {
      log.info("graph.throttled", { ...scope, bucket, waitMs: notBefore - now() });
      return gate.fence(scope, bucket, notBefore);
    };
    return { api, tokens, baseUrl, fence: raise, ...(connection.model ? { model: connection.model } : {}) };
  };
  return {
    for: (connection) => make(connection),
    async of(organizationId) {
      const fresh = held.get(organizationId);
      if (fresh && fresh.readAt + FRESH_MS > now()) return fresh.api;
      const connection = await connections.find(organizationId);
      // Looked up again: others may have read it meanwhile, and share one client and one token.
      const known = held.get(organizationId);
      held.delete(organizationId);
      if (!connection) {
        throw new AppError("conflict", "credentials.not_connected", "The organization's tenant is not connected");
      }
      const fingerprint = fingerprintOf(connection);
      const api = known?.fingerprint === fingerprint ? known.api : make(connection, paymentOf(fence, organizationId));
      held.set(organizationId, { fingerprint, api, readAt: now() });
      const oldest = held.keys().next().value;
      if (held.size > MOST_HELD && oldest !== undefined) held.delete(oldest);
      return api;
    },
  };
}

const paymentOf = (fence: PaymentFence, organizationId: string): Payment => ({
  check: () => fence.check(organizationId),
  raise: (said) => fence.raise(organizationId, said),
});

function fingerprintOf({ tenantId, clientId, credential, model }: TenantConnection): string {
  const secret =
    credential.kind === "secret"
      ? credential.clientSecret.reveal()
      : credential.kind === "certificate"
        ? credential.pem.reveal()
        : "";
  const parts = [tenantId, clientId, credential.kind, secret, model ?? ""];
  return createHash("sha256").update(JSON.stringify(parts)).digest("base64url");
}
