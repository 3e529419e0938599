import { decodeJwt, decodeProtectedHeader, jwtVerify } from "jose";
import { type App, certificateFor } from "./apps.ts";
import { EntraError } from "./entra-error.ts";
import { issueToken, type TokenContext } from "./tokens.ts";

export interface TokenEndpoint {
  readonly context: TokenContext;
  readonly domain: string;
  /** Tenants that exist and in which our apps are not installed. */
  readonly otherTenants: readonly string[];
  readonly apps: () => readonly App[];
  /** Hosts for which tokens are given: the simulator's Graph, and Graph's own name. */
  readonly resources: () => readonly string[];
  readonly authorityUrl: () => string;
}

const guid = /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/i;
/** How far the clocks of caller and Entra may differ, in seconds. */
const skewS = 300;
const assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/** Answers `POST /{tenant}/oauth2/v2.0/token`. Throws EntraError for every documented refusal. */
export async function token(endpoint: TokenEndpoint, tenant: string, form: URLSearchParams): Promise<object> {
  requireTenant(endpoint, tenant, form.get("client_id") ?? "");
  const grant = required(form, "grant_type");
  if (grant !== "client_credentials")
    throw new EntraError(70003, `The app requested an unsupported grant type '${grant}'.`);
  const app = requireApp(endpoint, required(form, "client_id"), tenant);
  const resource = requireResource(endpoint, required(form, "scope"));
  await authenticate(endpoint, app, tenant, form);
  const { lifetimeS } = endpoint.context;
  return {
    token_type: "Bearer",
    expires_in: lifetimeS,
    ext_expires_in: lifetimeS,
    access_token: await issueToken(endpoint.context, app, resource),
  };
}

function required(form: URLSearchParams, name: string): string {
  const value = form.get(name);
  if (value) return value;
  throw new EntraError(900144, `The request body must contain the following parameter: '${name}'.`);
}

/** Throws where a tenant in an address is a placeholder, malformed or unknown. */
export function requireTenant(endpoint: TokenEndpoint, tenant: string, clientId: string): void {
  const name = tenant.toLowerCase();
  if (["common", "organizations", "consumers"].includes(name)) {
    throw new EntraError(
      9001023,
      `The grant type is not supported over the /common or /consumers endpoints. Please use the /organizations or tenant-specific endpoint.`,
    );
  }
  if (!guid.test(name) && !name.includes(".")) {
    throw new EntraError(
      900023,
      `Specified tenant identifier '${tenant}' is neither a valid DNS name, nor a valid external domain.`,
    );
  }
  if (name === endpoint.context.tenantId || name === endpoint.domain.toLowerCase()) return;
  if (endpoint.otherTenants.includes(name)) throw notInstalled(clientId, tenant);
  throw new EntraError(
    90002,
    `Tenant '${tenant}' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud. Check with your subscription administrator, this may happen if there are no active subscriptions for the tenant.`,
  );
}

const notInstalled = (clientId: string, tenant: string): EntraError =>
  new EntraError(
    700016,
    `Application with identifier '${clientId}' was not found in the directory '${tenant}'. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You may have sent your authentication request to the wrong tenant.`,
  );

function requireApp(endpoint: TokenEndpoint, clientId: string, tenant: string): App {
  const app = endpoint.apps().find((a) => a.clientId === clientId.toLowerCase());
  if (app === undefined || !app.consented) throw notInstalled(clientId, tenant);
  if (!app.enabled) throw new EntraError(7000112, `Application '${clientId}' is disabled.`);
  return app;
}

function requireResource(endpoint: TokenEndpoint, scope: string): string {
  if (scope.includes(" "))
    throw new EntraError(
      70011,
      `The provided request must include a 'scope' input parameter. The scope ${scope} is not valid.`,
    );
  if (!scope.endsWith("/.default")) {
    throw new EntraError(
      1002012,
      `The provided value for scope ${scope} is not valid. Client credential flows must have a scope value with /.default suffixed to the resource identifier (application ID URI).`,
    );
  }
  const resource = scope.slice(0, -"/.default".length);
  const found = endpoint.resources().find((r) => r === resource || `${r}/` === resource);
  if (found === undefined) {
    throw new EntraError(
      500011,
      `The resource principal named ${resource} was not found in the tenant named ${endpoint.domain}.`,
    );
  }
  return found;
}

async function authenticate(endpoint: TokenEndpoint, app: App, tenant: string, form: URLSearchParams): Promise<void> {
  const secret = form.get("client_secret");
  const assertion = form.get("client_assertion");
  if (secret) requireSecret(app, secret, endpoint.context.now());
  else if (assertion) await requireAssertion(endpoint, app, tenant, assertion, form.get("client_assertion_type"));
  else
    throw new EntraError(
      7000216,
      "'client_assertion', 'client_secret' or 'request' is required for the 'client_credentials' grant type.",
    );
}

function requireSecret(app: App, value: string, nowMs: number): void {
  const secret = app.secrets.find((s) => s.value === value);
  if (secret === undefined) {
    throw new EntraError(
      7000215,
      `Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '${app.clientId}'.`,
    );
  }
  if (secret.expiresMs <= nowMs) {
    throw new EntraError(
      7000222,
      `The provided client secret keys for app '${app.clientId}' are expired. Visit the Azure portal to create new keys for your app.`,
    );
  }
}

async function requireAssertion(
  endpoint: TokenEndpoint,
  app: App,
  tenant: string,
  assertion: string,
  type: string | null,
): Promise<void> {
  const bad = (reason: string): EntraError =>
    new EntraError(
      700027,
      `The certificate with identifier used to sign the client assertion is not registered on application. [Reason - ${reason}]`,
    );
  if (type !== assertionType)
    throw new EntraError(900144, "The request body must contain the following parameter: 'client_assertion_type'.");
  let header: ReturnType<typeof decodeProtectedHeader>;
  try {
    header = decodeProtectedHeader(assertion);
    if (((decodeJwt(assertion).exp ?? 0) + skewS) * 1000 <= endpoint.context.now()) {
      throw new EntraError(700024, "Client assertion is not within its valid time range.");
    }
  } catch (error) {
    throw error instanceof EntraError ? error : bad("The assertion is not a JWT.");
  }
  const certificate = certificateFor(app, { x5t: header.x5t, x5tS256: header["x5t#S256"] });
  if (certificate === undefined) throw bad("The key was not found.");
  const base = `${endpoint.authorityUrl()}/${tenant}`;
  try {
    await jwtVerify(assertion, certificate.publicKey, {
      algorithms: ["PS256", "RS256"],
      audience: [`${base}/oauth2/v2.0/token`, `${base}/v2.0`],
      issuer: app.clientId,
      subject: app.clientId,
      currentDate: new Date(endpoint.context.now()),
      clockTolerance: skewS,
    });
  } catch (error) {
    throw bad(error instanceof Error ? error.message : "The signature is invalid.");
  }
}
