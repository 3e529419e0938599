import { randomUUID } from "node:crypto";
import { jwtVerify, SignJWT } from "jose";
import type { App } from "./apps.ts";
import type { SigningKey } from "./signing-key.ts";

export interface TokenContext {
  readonly key: SigningKey;
  readonly tenantId: string;
  readonly lifetimeS: number;
  readonly now: () => number;
}

/** What Graph reads from a token. */
export interface AppToken {
  readonly appId: string;
  readonly tenantId: string;
  readonly roles: readonly string[];
  readonly issuedAtMs: number;
}

/**
 * An app-only access token as Entra makes it for Graph (a v1 token: `appid`, `sts.windows.net`). Where nothing was
 * granted the token is issued all the same, without `roles`.
 */
export async function issueToken(context: TokenContext, app: App, audience: string): Promise<string> {
  const seconds = Math.floor(context.now() / 1000);
  const claims = {
    appid: app.clientId,
    appidacr: "1",
    idtyp: "app",
    idp: `https://sts.windows.net/${context.tenantId}/`,
    oid: app.objectId,
    tid: context.tenantId,
    uti: randomUUID(),
    ver: "1.0",
    ...(app.roles.length > 0 ? { roles: app.roles } : {}),
    // Milliseconds, because "issued before" is decided within a second in tests.
    xms_iat_ms: context.now(),
  };
  return new SignJWT(claims)
    .setProtectedHeader({ typ: "JWT", alg: "RS256", kid: context.key.kid })
    .setIssuer(`https://sts.windows.net/${context.tenantId}/`)
    .setAudience(audience)
    .setSubject(app.objectId)
    .setIssuedAt(seconds)
    .setNotBefore(seconds - 300)
    .setExpirationTime(seconds + context.lifetimeS)
    .sign(context.key.privateKey);
}

/** A cache in front of the signature check: clients send the same token with every request. */
export function tokenReader(
  context: TokenContext,
  audiences: () => readonly string[],
): (token: string) => Promise<AppToken> {
  const known = new Map<string, { token: AppToken; expiresMs: number }>();
  return async (text) => {
    const hit = known.get(text);
    if (hit !== undefined && hit.expiresMs > context.now()) return hit.token;
    const { payload } = await jwtVerify(text, context.key.publicKey, {
      algorithms: ["RS256"],
      audience: [...audiences()],
      issuer: `https://sts.windows.net/${context.tenantId}/`,
      currentDate: new Date(context.now()),
    });
    const token: AppToken = {
      appId: String(payload["appid"]),
      tenantId: String(payload["tid"]),
      roles: Array.isArray(payload["roles"]) ? (payload["roles"] as string[]) : [],
      issuedAtMs: Number(payload["xms_iat_ms"]),
    };
    if (known.size > 1_000) known.clear();
    known.set(text, { token, expiresMs: (payload.exp ?? 0) * 1000 });
    return token;
  };
}
