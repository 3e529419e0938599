import { createPrivateKey, createPublicKey, generateKeyPair, type KeyObject } from "node:crypto";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { calculateJwkThumbprint, exportJWK, type JWK } from "jose";
import { keptFile } from "../kept-file.ts";

export interface SigningKey {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  readonly kid: string;
  readonly jwks: { readonly keys: readonly JWK[] };
}

/** The key that signs tokens. Kept in `stateDir`, so that tokens that a client caches outlive a restart as they do in Entra. */
export async function signingKeyIn(stateDir: string | undefined): Promise<SigningKey> {
  const file = stateDir && join(stateDir, "token-signing.key");
  let privateKey: KeyObject;
  if (file && existsSync(file)) privateKey = keptFile(file, createPrivateKey);
  else {
    ({ privateKey } = await promisify(generateKeyPair)("rsa", { modulusLength: 2048 }));
    if (file) writeFileSync(file, privateKey.export({ type: "pkcs8", format: "pem" }), { mode: 0o600 });
  }
  const publicKey = createPublicKey(privateKey);
  const jwk = await exportJWK(publicKey);
  const kid = await calculateJwkThumbprint(jwk);
  return {
    privateKey,
    publicKey,
    kid,
    jwks: { keys: [{ ...jwk, kid, use: "sig", alg: "RS256", x5t: kid.slice(0, 27) }] },
  };
}
