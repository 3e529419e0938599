import { type Certificate, certificateIn } from "./certificate.ts";
import { contentServer } from "./content/content-server.ts";
import { controlApi } from "./control/control-api.ts";
import { type TenantQuery, tenantQuery } from "./control/tenant-query.ts";
import { type App, makeApp } from "./entra/apps.ts";
import { entraServer } from "./entra/entra-server.ts";
import { signingKeyIn } from "./entra/signing-key.ts";
import { type TokenContext, tokenReader } from "./entra/tokens.ts";
import { type FaultRule, makeFaults } from "./faults.ts";
import { graphServer } from "./graph/graph-server.ts";
import { skipTokens } from "./graph/skip-token.ts";
import { listen, type TlsServer } from "./http/tls-server.ts";
import { demoSizes, type SimulatorOptions } from "./options.ts";
import { readState, writeState } from "./state.ts";
import { makeStats, type Stats } from "./stats.ts";
import { type Mutators, mutators } from "./tenant/mutators.ts";
import { makeTenant, type Tenant } from "./tenant/tenant.ts";
import { makeThrottle } from "./throttle.ts";

export interface SimulatedTenant {
  readonly tenantId: string;
  readonly domain: string;
  /** The customer's own app, consented, with every role. */
  readonly clientId: string;
  readonly clientSecret: string;
  /** Known to Entra and expired: AADSTS7000222. */
  readonly expiredSecret: string;
  /** The id of the secret, which people paste instead of its value: AADSTS7000215. */
  readonly secretId: string;
  /** A multi-tenant app that is not in the tenant (AADSTS700016) until an admin consents. */
  readonly providerClientId: string;
  readonly providerClientSecret: string;
  /** A tenant that exists and in which neither app is installed. */
  readonly otherTenantId: string;
}

export interface Simulator {
  /** For GRAPH_BASE_URL. */
  readonly graphUrl: string;
  /** For ENTRA_AUTHORITY_HOST. */
  readonly authorityUrl: string;
  /** `host:port` for CONTENT_HOSTS. */
  readonly contentHost: string;
  /** PEM file for NODE_EXTRA_CA_CERTS, which Node reads once, when a process starts. */
  readonly caFile: string;
  readonly tenant: SimulatedTenant;
  readonly stats: () => Stats;
  readonly resetStats: () => void;
  /** Replaces all fault rules; an empty list ends all faults. */
  readonly setFaults: (rules: readonly FaultRule[]) => void;
  /** Registrations of both apps, to change secrets, certificates, roles and consent in place. */
  readonly app: App;
  readonly providerApp: App;
  /** Tokens issued up to now answer 401 from now on. */
  readonly invalidateTokens: () => void;
  /** What the admin on the consent page does from now on. Default "accept". */
  readonly setConsent: (decision: "accept" | "decline") => void;
  /** What the tenant holds, without the protocol. */
  readonly query: TenantQuery;
  readonly mutate: Mutators;
  readonly data: Tenant;
  readonly now: () => number;
  /** Moves the simulator's clock ahead of its time source. */
  readonly advance: (ms: number) => void;
  readonly stop: () => Promise<void>;
}

const hour = 3_600_000;
export const defaultDomain = "fabrikam.example";

/** Starts Entra, Graph and the content host on the loopback address. Rejects with EADDRINUSE when a port is taken. */
export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const seed = options.seed ?? "teams-chat-vault";
  let ahead = 0;
  const now = (): number => (options.now ?? Date.now)() + ahead;
  const state = readState(options.stateDir);
  const anchorMs = options.anchor ?? state.anchor ?? Math.floor((now() - hour) / 60_000) * 60_000;
  const certificate = await certificateIn(options.stateDir);
  const key = await signingKeyIn(options.stateDir);
  const servers: { graph?: TlsServer; authority?: TlsServer; content?: TlsServer } = {};
  const origin = (name: keyof typeof servers): string => servers[name]?.origin ?? "https://localhost";

  const tenant = makeTenant({
    seed,
    sizes: { ...demoSizes, ...options.sizes },
    domain: defaultDomain,
    anchorMs,
    lagMs: options.lagMs ?? 0,
    graphUrl: () => origin("graph"),
  });
  const { tenantId, foreignTenantId } = tenant.directory;
  const app = makeApp(seed, "customer", now(), true);
  const providerApp = makeApp(seed, "provider", now(), false);
  const faults = makeFaults(seed, options.faults ?? []);
  const stats = makeStats();
  const query = tenantQuery(tenant, now);
  const mutate = mutators(tenant, now);
  const simulated = describe(tenantId, foreignTenantId, app, providerApp);
  let tokensValidFromMs = 0;
  let consent: "accept" | "decline" = "accept";
  const invalidateTokens = (): void => {
    // Strictly later than any token of this millisecond.
    tokensValidFromMs = now() + 1;
    ahead += 1;
  };
  const setConsent = (decision: "accept" | "decline"): void => {
    consent = decision;
  };
  const context: TokenContext = {
    key,
    tenantId,
    issuer: () => origin("authority"),
    lifetimeS: options.tokenLifetimeS ?? 3_599,
    now,
  };
  const resources = (): string[] => [origin("graph"), "https://graph.microsoft.com"];
  const shared = {
    tenant,
    now,
    faults,
    stats,
    downloadKey: `${seed}|download`,
    contentUrl: () => origin("content"),
    graphUrl: () => origin("graph"),
  };

  try {
    const start = (name: keyof typeof servers, handle: Parameters<typeof listen>[2]): Promise<TlsServer> =>
      listenAt(certificate, options.ports?.[name], state.ports?.[name], handle);
    servers.authority = await start(
      "authority",
      entraServer({
        endpoint: {
          context,
          domain: defaultDomain,
          otherTenants: [foreignTenantId],
          apps: () => [app, providerApp],
          resources,
          authorityUrl: () => origin("authority"),
        },
        graphHost: () => new URL(origin("graph")).host,
        consent: () => ({ tenantId, apps: [app, providerApp], redirectUris: options.redirectUris, decision: consent }),
        faults,
        stats,
      }),
    );
    servers.content = await start("content", contentServer(shared));
    servers.graph = await start(
      "graph",
      graphServer({
        ...shared,
        skip: skipTokens(`${seed}|skip`),
        emptyPageShare: options.emptyPageShare ?? 0.25,
        throttle: makeThrottle(options.throttling === "documented" ? 1 : (options.throttling ?? 1), now),
        readToken: tokenReader(context, resources),
        tokensValidFromMs: () => tokensValidFromMs,
        control: controlApi({
          query,
          mutators: mutate,
          faults,
          stats,
          app,
          tenant: () => simulated,
          invalidateTokens,
          setConsent,
        }),
      }),
    );
  } catch (error) {
    await stopAll(servers);
    certificate.discard();
    throw error;
  }
  writeState(options.stateDir, {
    anchor: anchorMs,
    ports: { graph: servers.graph.port, authority: servers.authority.port, content: servers.content.port },
  });

  return {
    graphUrl: origin("graph"),
    authorityUrl: origin("authority"),
    contentHost: new URL(origin("content")).host,
    caFile: certificate.caFile,
    tenant: simulated,
    stats: stats.read,
    resetStats: stats.reset,
    setFaults: faults.set,
    app,
    providerApp,
    invalidateTokens,
    setConsent,
    query,
    mutate,
    data: tenant,
    now,
    advance: (ms) => {
      ahead += ms;
    },
    stop: async () => {
      await stopAll(servers);
      certificate.discard();
    },
  };
}

/** A port that was asked for must be free; one that is only remembered may have been taken meanwhile. */
async function listenAt(
  certificate: Certificate,
  wanted: number | undefined,
  remembered: number | undefined,
  handle: Parameters<typeof listen>[2],
): Promise<TlsServer> {
  if (wanted) return listen(certificate, wanted, handle);
  if (remembered) {
    try {
      return await listen(certificate, remembered, handle);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error;
    }
  }
  return listen(certificate, 0, handle);
}

const stopAll = async (servers: Readonly<Record<string, TlsServer>>): Promise<void> => {
  await Promise.all(Object.values(servers).map((server) => server.stop()));
};

function describe(tenantId: string, otherTenantId: string, app: App, providerApp: App): SimulatedTenant {
  const [current, expired] = app.secrets;
  return {
    tenantId,
    domain: defaultDomain,
    clientId: app.clientId,
    clientSecret: current?.value ?? "",
    expiredSecret: expired?.value ?? "",
    secretId: current?.id ?? "",
    providerClientId: providerApp.clientId,
    providerClientSecret: providerApp.secrets[0]?.value ?? "",
    otherTenantId,
  };
}
