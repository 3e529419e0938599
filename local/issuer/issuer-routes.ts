import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { importJWK, type JWK, SignJWT } from "jose";
import { z } from "zod";
import { check } from "../../functions/runtime/read-request.ts";
import {
  organizationScope,
  partnerScope,
  role,
  type Grant,
  type Principal,
} from "../../shared/access/access.contract.ts";
import { toGrant } from "../../shared/access/grants.ts";
import { id } from "../../shared/platform/ids.ts";
import { loadConfig } from "../../shared/platform/config.ts";
import { type AppError, isAppError } from "../../shared/platform/errors.ts";
import { hashId } from "../../shared/platform/new-id.ts";
import { storageClients } from "../../shared/storage/clients.ts";
import { grantTable } from "../../shared/storage/grant-table.ts";
import type { ExtraRoute } from "../host/http/listener.ts";
import { keysFile } from "../local-keys.ts";
import { startPage } from "./start-page.ts";

/* Loaded into the host's process by the local mode alone; the deployed app has none of this. */

const LIFETIME_SECONDS = 12 * 3_600;
const TENANT = "00000000-0000-4000-8000-00000000c0de";
const KEY_ID = "local";

const asked = z.strictObject({ role, partner: id.optional(), organization: id.optional() });

// The app's own settings, read as the app reads them: this is loaded first, and names all that are wrong.
const { auth, storage } = loadConfig(process.env);
const { LOCAL_STATE_DIR: stateDirectory } = z.object({ LOCAL_STATE_DIR: z.string() }).parse(process.env);

const grants = grantTable(storageClients(storage.data).table("grants"));
const privateJwk = (JSON.parse(await readFile(keysFile(stateDirectory), "utf8")) as { signing: JWK }).signing;

export const routes: readonly ExtraRoute[] = [
  {
    path: "/",
    handle: local(
      (request) =>
        new Response(startPage(new URL(request.url).searchParams.get("consent")), {
          headers: { "content-type": "text/html; charset=utf-8" },
        }),
    ),
  },
  { path: "/local/jwks", handle: local(() => Response.json({ keys: [publicJwk(privateJwk)] })) },
  { path: "/local/token", handle: local(token) },
];

/** A page elsewhere that makes its own name point here must not get a token. */
function local(handle: (request: Request) => Response | Promise<Response>): ExtraRoute["handle"] {
  return (request) => {
    const name = new URL(`http://${request.headers.get("host") ?? ""}`).hostname;
    if (!["localhost", "127.0.0.1", "[::1]"].includes(name)) return bad("Only localhost is served");
    return handle(request);
  };
}

async function token(request: Request): Promise<Response> {
  const parsed = parse(Object.fromEntries(new URL(request.url).searchParams));
  if (isAppError(parsed)) return bad(parsed.message);
  const scope = scopeOf(parsed);
  if (scope === undefined)
    return bad("partner-admin needs partner=, organization-admin needs organization=, auditor one of both");
  const grant: Grant = { role: parsed.role, scope };
  const principal = person(grant);
  await grants.add(toGrant(principal, grant, Date.now()));
  const key = await importJWK(privateJwk, "RS256");
  const signed = await new SignJWT({ tid: principal.tenantId, oid: principal.objectId, name: principal.name })
    .setProtectedHeader({ alg: "RS256", kid: KEY_ID })
    .setIssuer(auth.issuer)
    .setAudience(auth.audience)
    .setIssuedAt()
    .setExpirationTime(`${LIFETIME_SECONDS}s`)
    .sign(key);
  return Response.json({ token: signed });
}

function parse(query: Readonly<Record<string, string>>): z.output<typeof asked> | AppError {
  try {
    return check(asked, query, "query");
  } catch (error) {
    if (isAppError(error)) return error;
    throw error;
  }
}

function scopeOf({ role: wanted, partner, organization }: z.output<typeof asked>): Grant["scope"] | undefined {
  if (wanted === "operator") return (partner ?? organization) ? undefined : "platform";
  if (wanted === "partner-admin") return partner && !organization ? partnerScope(partner) : undefined;
  if (wanted === "organization-admin") return organization ? organizationScope(organization) : undefined;
  if (organization) return organizationScope(organization);
  return partner ? partnerScope(partner) : undefined;
}

/** The same role at the same scope is always the same person. */
function person({ role: held, scope }: Grant): Principal {
  const hex = createHash("sha256").update(`${held} ${scope}`).digest("hex");
  const objectId = `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
  return { id: hashId("principal", TENANT, objectId), tenantId: TENANT, objectId, name: `Local ${held}` };
}

function publicJwk({ kty, n, e }: JWK): object {
  return { kty, n, e, kid: KEY_ID, use: "sig", alg: "RS256" };
}

function bad(detail: string): Response {
  const problem = { type: "about:blank", title: "Bad Request", status: 400, detail, code: "local.token" };
  return Response.json(problem, { status: 400, headers: { "content-type": "application/problem+json" } });
}
