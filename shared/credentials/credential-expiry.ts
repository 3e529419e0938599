import { X509Certificate } from "node:crypto";
import type { Instant } from "../platform/time.ts";
import type { ProbeSession } from "./tenant-probe.ts";
import type { TenantCredential } from "./tenant-connection.ts";

/** Until when a credential is valid, where that can be known: a certificate says it, a secret only through the app's own registration. */
export async function credentialExpiry(
  credential: TenantCredential,
  session: ProbeSession,
): Promise<Instant | undefined> {
  switch (credential.kind) {
    case "certificate":
      return certificateExpiry(credential.pem.reveal());
    case "secret":
      return session.secretExpiry();
    case "federated":
      return undefined;
  }
}

/** The end of the first certificate in a PEM text; nothing when there is none. */
export function certificateExpiry(pem: string): Instant | undefined {
  const block = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/.exec(pem)?.[0];
  if (block === undefined) return undefined;
  try {
    return new X509Certificate(block).validToDate.getTime();
  } catch {
    return undefined;
  }
}
