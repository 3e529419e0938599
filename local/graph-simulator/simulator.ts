import { certificateIn } from "./certificate.ts";
import { contentServer } from "./content/content-server.ts";
import { controlApi } from "./control/control-api.ts";
import { tenantQuery } from "./control/tenant-query.ts";
import { type App, makeApp } from "./entra/apps.ts";
import { entraServer } from "./entra/entra-server.ts";
import { type Session, session } from "./entra/session.ts";
import { signingKeyIn } from "./entra/signing-key.ts";
import { type TokenContext, tokenReader } from "./entra/tokens.ts";
import { makeFaults } from "./faults.ts";
import { graphServer } from "./graph/graph-server.ts";
import { skipTokens } from "./graph/skip-token.ts";
import { listenAt, type TlsServer } from "./http/tls-server.ts";
import { demoSizes, type SimulatorOptions } from "./options.ts";
import { describeTenant } from "./simulated-tenant.ts";
import type { Simulator } from "./simulator-api.ts";
import { readState, writeState } from "./state.ts";
import { makeStats } from "./stats.ts";
import { type Change, journal } from "./tenant/journal.ts";
import { mutators } from "./tenant/mutators.ts";
import { makeTenant, type Tenant } from "./tenant/tenant.ts";
import { makeThrottle, type Throttle } from "./throttle.ts";

export type { Simulator } from "./simulator-api.ts";

const hour = 3_600_000;
const minute = 60_000;
const domain = "fabrikam.example";

interface Origins {
  graph?: TlsServer;
  authority?: TlsServer;
  content?: TlsServer;
}

/** Everything between the options and the sockets: the tenant, its apps, and what all three servers share. */
interface World {
  readonly options: SimulatorOptions;
  readonly seed: string;
  readonly now: () => number;
  readonly advance: (ms: number) => void;
  readonly tenant: Tenant;
  readonly app: App;
  readonly providerApp: App;
  readonly faults: ReturnType<typeof makeFaults>;
  readonly stats: ReturnType<typeof makeStats>;
  readonly session: Session;
  readonly throttle: Throttle;
  readonly tokens: TokenContext;
  readonly origin: (name: keyof Origins) => string;
  readonly keep: (change: Change) => void;
}

/** Starts Entra, Graph and the content host on the loopback address. Rejects with EADDRINUSE when a port is taken. */
export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const state = readState(options.stateDir);
  const certificate = await certificateIn(options.stateDir);
  const servers: Origins = {};
  const { world, anchor } = await makeWorld(
    options,
    state.anchor,
    (name) => servers[name]?.origin ?? "https://localhost",
  );
  const start = (name: keyof Origins, handle: Parameters<typeof listenAt>[2]): Promise<TlsServer> =>
    listenAt(certificate, { wanted: options.ports?.[name], remembered: state.ports?.[name] }, handle);
  try {
    servers.authority = await start("authority", authorityHandler(world));
    servers.content = await start("content", contentServer(contentDeps(world)));
    servers.graph = await start("graph", graphHandler(world));
  } catch (error) {
    await stopAll(servers);
    certificate.discard();
    throw error;
  }
  const { graph, authority, content } = servers;
  writeState(options.stateDir, {
    anchor,
    ports: { graph: graph.port, authority: authority.port, content: content.port },
  });
  return {
    graphUrl: graph.origin,
    authorityUrl: authority.origin,
    contentHost: new URL(content.origin).host,
    caFile: certificate.caFile,
    ...controls(world),
    stop: async () => {
      await stopAll(servers);
      certificate.discard();
    },
  };
}

async function makeWorld(
  options: SimulatorOptions,
  rememberedAnchor: number | undefined,
  origin: World["origin"],
): Promise<{ world: World; anchor: number }> {
  const seed = options.seed ?? "teams-chat-vault";
  let ahead = 0;
  const now = (): number => (options.now ?? Date.now)() + ahead;
  const advance = (ms: number): void => {
    ahead += ms;
  };
  const anchor = options.anchor ?? rememberedAnchor ?? Math.floor((now() - hour) / minute) * minute;
  const tenant = makeTenant({
    seed,
    sizes: { ...demoSizes, ...options.sizes },
    domain,
    anchorMs: anchor,
    lagMs: options.lagMs ?? 0,
    graphUrl: () => origin("graph"),
  });
  const key = await signingKeyIn(options.stateDir);
  const { tenantId } = tenant.directory;
  const world: World = {
    options,
    seed,
    now,
    advance,
    tenant,
    app: makeApp(seed, "customer", now(), true),
    providerApp: makeApp(seed, "provider", now(), false),
    faults: makeFaults(seed, options.faults ?? []),
    stats: makeStats(),
    session: session(now, advance),
    throttle: makeThrottle(scaleOf(options.throttling), now),
    tokens: { key, tenantId, lifetimeS: options.tokenLifetimeS ?? 3_599, now },
    origin,
    keep: journal(tenant, options.stateDir),
  };
  return { world, anchor };
}

const scaleOf = (throttling: SimulatorOptions["throttling"]): number | "off" =>
  throttling === undefined || throttling === "documented" ? 1 : throttling;

/** Graph's own name is a resource too: code that asks for it gets a token that this Graph takes. */
const resources = (world: World) => (): string[] => [world.origin("graph"), "https://graph.microsoft.com"];

const authorityHandler = (world: World): ReturnType<typeof entraServer> => {
  const { tenantId, foreignTenantId } = world.tenant.directory;
  const apps = [world.app, world.providerApp];
  return entraServer({
    endpoint: {
      context: world.tokens,
      domain,
      otherTenants: [foreignTenantId],
      apps: () => apps,
      resources: resources(world),
      authorityUrl: () => world.origin("authority"),
    },
    graphHost: () => new URL(world.origin("graph")).host,
    consent: () => ({ tenantId, apps, redirectUris: world.options.redirectUris, decision: world.session.consent() }),
    faults: world.faults,
    stats: world.stats,
  });
};

const contentDeps = ({ tenant, now, faults, stats, seed, origin }: World) => ({
  tenant,
  now,
  faults,
  stats,
  downloadKey: `${seed}|download`,
  contentUrl: () => origin("content"),
});

const graphHandler = (world: World): ReturnType<typeof graphServer> => {
  const { options, seed } = world;
  const { app, setConsent, setThrottling, invalidateTokens, tenant, query, mutate } = controls(world);
  return graphServer({
    ...contentDeps(world),
    graphUrl: () => world.origin("graph"),
    skip: skipTokens(`${seed}|skip`),
    emptyPageShare: options.emptyPageShare ?? 0.25,
    exportPageSize: options.exportPageSize ?? 250,
    throttle: world.throttle,
    readToken: tokenReader(world.tokens, resources(world)),
    tokensValidFromMs: world.session.tokensValidFromMs,
    control: controlApi({
      query,
      mutate,
      faults: world.faults,
      stats: world.stats,
      app,
      tenant,
      invalidateTokens,
      setConsent,
      setThrottling,
      advance: world.advance,
    }),
  });
};

/** The part of the answer that is about the tenant and not about addresses. */
const controls = (world: World): Omit<Simulator, "graphUrl" | "authorityUrl" | "contentHost" | "caFile" | "stop"> => {
  const { tenant, app, providerApp, stats, session: s } = world;
  const { tenantId, foreignTenantId } = tenant.directory;
  return {
    tenant: describeTenant(tenantId, foreignTenantId, domain, app, providerApp),
    stats: stats.read,
    resetStats: stats.reset,
    setFaults: world.faults.set,
    app,
    providerApp,
    invalidateTokens: s.invalidateTokens,
    setConsent: s.setConsent,
    setThrottling: (throttling) => world.throttle.setScale(scaleOf(throttling)),
    query: tenantQuery(tenant, world.now),
    mutate: mutators(tenant, world.now, world.keep),
    data: tenant,
    now: world.now,
    advance: world.advance,
  };
};

const stopAll = async (servers: Origins): Promise<void> => {
  await Promise.all(Object.values(servers as Record<string, TlsServer>).map((server) => server.stop()));
};
