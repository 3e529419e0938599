import type { SimulatorOptions } from "../../local/graph-simulator/options.ts";
import { type Simulator, startSimulator } from "../../local/graph-simulator/simulator.ts";
import { trustSimulator } from "./trust-simulator.ts";

/** A small tenant that still has every kind of content. */
export const smallSizes = { accounts: 12, messages: 1_500, chats: 16, months: 6 } as const;

/** A fixed end of history, so that a test sees the same tenant on every day. */
export const anchor = Date.parse("2026-03-01T12:00:00Z");

/** Starts a simulator in this process and trusts its certificate. Stop it in `afterAll`. */
export async function startTrusted(options: SimulatorOptions = {}): Promise<Simulator> {
  const simulator = await startSimulator({
    anchor,
    throttling: "off",
    ...options,
    sizes: { ...smallSizes, ...options.sizes },
  });
  trustSimulator(simulator.caFile);
  return simulator;
}

export interface TokenAnswer {
  readonly status: number;
  readonly body: { access_token?: string; error?: string; error_codes?: number[]; error_description?: string };
}

/** Asks the token endpoint in plain HTTP; fields override the right ones. */
export async function requestToken(
  simulator: Simulator,
  fields: Record<string, string | undefined> = {},
  tenant = simulator.tenant.tenantId,
): Promise<TokenAnswer> {
  const form = {
    grant_type: "client_credentials",
    client_id: simulator.tenant.clientId,
    client_secret: simulator.tenant.clientSecret,
    scope: `${simulator.graphUrl}/.default`,
    ...fields,
  };
  const given = Object.entries<string | undefined>(form).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  const response = await fetch(`${simulator.authorityUrl}/${tenant}/oauth2/v2.0/token`, {
    method: "POST",
    body: new URLSearchParams(given),
  });
  return { status: response.status, body: (await response.json()) as TokenAnswer["body"] };
}

/** A client that does nothing but put a token on requests. */
export async function rawGraph(
  simulator: Simulator,
): Promise<(path: string, headers?: Record<string, string>, init?: RequestInit) => Promise<Response>> {
  const { body } = await requestToken(simulator);
  return (path, headers = {}, init = {}) =>
    fetch(path.startsWith("https://") ? path : `${simulator.graphUrl}${path}`, {
      redirect: "manual",
      ...init,
      headers: { Authorization: `Bearer ${body.access_token}`, ...headers },
    });
}

export interface Page<T> {
  readonly value: T[];
  readonly "@odata.nextLink"?: string;
  readonly "@odata.count"?: number;
}

/** Follows nextLinks to the end and gives every page. */
export async function allPages<T>(
  get: Awaited<ReturnType<typeof rawGraph>>,
  path: string,
  headers: Record<string, string> = {},
): Promise<Page<T>[]> {
  const pages: Page<T>[] = [];
  for (let next: string | undefined = path; next !== undefined; ) {
    const response = await get(next, headers);
    if (response.status !== 200) throw new Error(`${response.status} ${await response.text()}`);
    const page = (await response.json()) as Page<T>;
    pages.push(page);
    next = page["@odata.nextLink"];
  }
  return pages;
}
