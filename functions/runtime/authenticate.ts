import { type JWTPayload, createRemoteJWKSet, errors, jwtVerify } from "jose";
import { z } from "zod";
import type { Principal } from "../../shared/access/access.contract.ts";
import type { Config } from "../../shared/platform/config.ts";
import { AppError } from "../../shared/platform/errors.ts";
import { hashId } from "../../shared/platform/new-id.ts";

/** Clocks of the issuer and of this machine may differ by this much. */
const CLOCK_TOLERANCE_SECONDS = 5;
const ISSUER_TENANT = "{tenantid}";

const claims = z.object({
  iss: z.string(),
  tid: z.guid().toLowerCase(),
  oid: z.guid().toLowerCase(),
  name: z.string().optional(),
  preferred_username: z.string().optional(),
});

/** Turns an `Authorization` header into the person it proves. Throws `access.unauthenticated` for a missing or bad token and
 * `access.keys_unavailable` when the issuer's keys cannot be read. */
export type Authenticate = (authorization: string | null) => Promise<Principal>;

/** Accepts bearer tokens of the configured issuer and audience, signed with RS256 by a key of the JWKS address, with `exp`.
 * `{tenantid}` in the issuer stands for the token's own `tid`. */
export function createAuthenticate({ issuer, audience, jwksUrl }: Config["auth"]): Authenticate {
  const keys = createRemoteJWKSet(new URL(jwksUrl), { timeoutDuration: 5_000 });
  const rules = {
    algorithms: ["RS256"],
    audience,
    requiredClaims: ["exp", "iss", "tid", "oid"],
    clockTolerance: CLOCK_TOLERANCE_SECONDS,
  };
  return async (authorization) => {
    const token = /^Bearer +([\w-]+\.[\w-]+\.[\w-]+)$/i.exec(authorization?.trim() ?? "")?.[1];
    if (token === undefined) throw unauthenticated("A bearer token is required");
    const { payload } = await jwtVerify(token, keys, rules).catch(refuse);
    return principal(payload, issuer);
  };
}

function principal(payload: JWTPayload, issuer: string): Principal {
  const read = claims.safeParse(payload);
  if (!read.success) throw unauthenticated("The token does not name a person of a tenant");
  const { iss, tid, oid, name, preferred_username } = read.data;
  if (iss.toLowerCase() !== issuer.replaceAll(ISSUER_TENANT, tid).toLowerCase()) {
    throw unauthenticated("The token is from another issuer");
  }
  return {
    id: hashId("principal", tid, oid),
    tenantId: tid,
    objectId: oid,
    name: (name ?? preferred_username ?? "").slice(0, 256),
  };
}

function refuse(error: unknown): never {
  if (error instanceof errors.JWTExpired) throw unauthenticated("The token has expired");
  if (error instanceof errors.JWTClaimValidationFailed)
    throw unauthenticated(`The token's ${error.claim} does not fit`);
  if (
    !(error instanceof errors.JOSEError) ||
    error instanceof errors.JWKSTimeout ||
    error.code === "ERR_JOSE_GENERIC"
  ) {
    throw new AppError("unavailable", "access.keys_unavailable", "The issuer's keys cannot be read", { cause: error });
  }
  throw unauthenticated("The token is not valid");
}

const unauthenticated = (message: string) => new AppError("unauthenticated", "access.unauthenticated", message);
