import { isAppError } from "../platform/errors.ts";
import { type Instant, iso } from "../platform/time.ts";
import { type Check, failed, ok, skipped, warning } from "./check.ts";
import { credentialExpiry } from "./credential-expiry.ts";
import { entraRefusal, type SignInCheck } from "./entra-refusals.ts";
import { graphRefusal } from "./graph-refusals.ts";
import type { TenantConnection } from "./tenant-connection.ts";
import type { ProbeSession } from "./tenant-probe.ts";

const NAMES: readonly SignInCheck[] = ["tenant", "application", "credential", "token"];
const PASSED: Readonly<Record<SignInCheck, string>> = {
  tenant: "The tenant exists.",
  application: "The app is present in the tenant.",
  credential: "Entra accepts the credential.",
  token: "A token was issued.",
};
/** Time enough for somebody to make a new secret. */
const SOON_MS = 30 * 86_400_000;

/** Entra answers one token request; its code tells which of the four checks failed. */
export async function signInChecks(
  session: ProbeSession,
  { credential }: TenantConnection,
  { now }: { readonly now: () => Instant },
): Promise<readonly Check[]> {
  const failure = await firstFailure(session);
  if (failure) return upTo(failure);
  const expiry = await credentialExpiry(credential, session);
  return NAMES.map((name) => (name === "credential" ? credentialCheck(expiry, now()) : ok(name, PASSED[name])));
}

async function firstFailure(session: ProbeSession): Promise<Check | undefined> {
  try {
    if (!(await session.tenantExists())) return failed("tenant", entraRefusal(90002));
  } catch (error) {
    return failed("tenant", graphRefusal(error));
  }
  try {
    await session.roles();
    return undefined;
  } catch (error) {
    const aadsts = isAppError(error) && error.kind === "forbidden" ? error.options.context?.["aadsts"] : undefined;
    if (typeof aadsts === "number") {
      const refusal = entraRefusal(aadsts);
      return failed(refusal.check, refusal);
    }
    const own = isAppError(error) && error.kind === "invalid";
    return failed(own ? "credential" : "token", graphRefusal(error));
  }
}

/** What comes before the failed check has passed: Entra looks at the tenant, the app and the credential in this order. A token
 * that was not even refused proves nothing about the app and the credential, and a credential that cannot be read was not shown to Entra. */
function upTo(failure: Check): Check[] {
  const at = NAMES.findIndex((name) => name === failure.name);
  return NAMES.map((name, index) => {
    if (index === at) return failure;
    if (index > at) return skipped(name);
    const proven = name === "tenant" || / \(AADSTS\d+\)/.test(failure.detail);
    return proven ? ok(name, PASSED[name]) : { ...skipped(name), detail: "Could not be told." };
  });
}

function credentialCheck(expiry: Instant | undefined, now: Instant): Check {
  if (expiry === undefined) return ok("credential", `${PASSED.credential} Until when it is valid cannot be read.`);
  const detail = `${PASSED.credential} Valid until ${iso(expiry).slice(0, 10)}.`;
  if (expiry - now > SOON_MS) return ok("credential", detail);
  return warning("credential", detail, "It ends soon: make a new one and enter it here before that day.");
}
