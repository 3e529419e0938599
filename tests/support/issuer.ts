import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { SignJWT, exportJWK, generateKeyPair } from "jose";

/** Claims to set; undefined leaves one out. */
export type Claims = Readonly<Record<string, string | number | undefined>>;

/** A token issuer with its keys on a loopback port. */
export interface Issuer {
  /** With `{tenantid}`, as `AUTH_ISSUER` may hold it. */
  readonly issuer: string;
  readonly audience: string;
  readonly jwksUrl: string;
  /** A token that is good for an hour unless the claims say otherwise. */
  token(claims?: Claims): Promise<string>;
  /** The same, signed with a key that is not published. */
  forged(claims?: Claims): Promise<string>;
  stop(): Promise<void>;
}

export const TENANT = "11111111-1111-4111-8111-111111111111";
export const PERSON = "22222222-2222-4222-8222-222222222222";

export async function startIssuer(): Promise<Issuer> {
  const audience = "api://teams-chat-vault";
  const [good, foreign] = await Promise.all([generateKeyPair("RS256"), generateKeyPair("RS256")]);
  const jwk = { ...(await exportJWK(good.publicKey)), kid: "test", use: "sig", alg: "RS256" };
  const server = createServer((_request, response) => {
    response.setHeader("content-type", "application/json").end(JSON.stringify({ keys: [jwk] }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const sign = (key: typeof good.privateKey, claims: Claims) => {
    const tid = typeof claims["tid"] === "string" ? claims["tid"] : TENANT;
    const now = Math.floor(Date.now() / 1_000);
    const all = {
      iss: `${origin}/${tid}/v2.0`,
      aud: audience,
      tid,
      oid: PERSON,
      name: "Test Person",
      exp: now + 3_600,
    };
    return new SignJWT({ ...all, ...claims }).setProtectedHeader({ alg: "RS256", kid: "test" }).sign(key);
  };
  return {
    issuer: `${origin}/{tenantid}/v2.0`,
    audience,
    jwksUrl: `${origin}/keys`,
    token: (claims = {}) => sign(good.privateKey, claims),
    forged: (claims = {}) => sign(foreign.privateKey, claims),
    stop: () => new Promise((resolve) => server.close(() => resolve()).closeAllConnections()),
  };
}
