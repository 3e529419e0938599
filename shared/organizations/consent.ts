import { z } from "zod";
import { AppError, isAppError } from "../platform/errors.ts";
import { newId } from "../platform/new-id.ts";
import type { Seal } from "../platform/seal.ts";
import type { Instant } from "../platform/time.ts";
import type { OrganizationStore } from "./stores.ts";

export const CONSENT_MS = 15 * 60_000;
const CONTEXT = "consent";

const state = z.object({
  organizationId: z.string(),
  principalId: z.string(),
  nonce: z.string(),
  expiresAt: z.number(),
});
export type ConsentState = z.infer<typeof state>;

export interface ConsentDeps {
  readonly organizations: OrganizationStore;
  readonly seal: Seal;
  /** True for the first who asks with this nonce. */
  readonly useOnce: (state: ConsentState) => Promise<boolean>;
  /** The app that consent is asked for, and the tenant where it is known. */
  readonly appFor: (
    organizationId: string,
  ) => Promise<{ readonly clientId: string; readonly tenantId?: string } | undefined>;
  readonly authorityHost: string;
  readonly graphBaseUrl: string;
  readonly redirectUri: string;
  readonly now: () => Instant;
}

/** The address at which an administrator of the tenant gives consent. Good for 15 minutes and one return. */
export async function beginConsent(deps: ConsentDeps, organizationId: string, principalId: string): Promise<string> {
  const asked = await deps.appFor(organizationId);
  if (!asked) {
    throw new AppError(
      "conflict",
      "consent.no_app",
      "No app to consent to: connect the tenant's app under Credentials",
    );
  }
  const now = deps.now();
  const pending: ConsentState = { organizationId, principalId, nonce: newId(now), expiresAt: now + CONSENT_MS };
  const url = new URL(`${deps.authorityHost}/${asked.tenantId ?? "organizations"}/v2.0/adminconsent`);
  url.searchParams.set("client_id", asked.clientId);
  url.searchParams.set("scope", `${deps.graphBaseUrl}/.default`);
  url.searchParams.set("redirect_uri", deps.redirectUri);
  url.searchParams.set("state", deps.seal.seal(JSON.stringify(pending), CONTEXT));
  return url.href;
}

/** What came back from the authority: an open address, so none of it is believed without the state. */
export interface ConsentReturn {
  readonly state?: string | undefined;
  readonly error?: string | undefined;
  readonly admin_consent?: string | undefined;
}

export type ConsentResult =
  | { readonly result: "granted"; readonly organizationId: string; readonly principalId: string }
  | { readonly result: "denied" | "expired" | "invalid"; readonly organizationId?: string };

/** Records consent. The tenant that the return names is not looked at: whoever holds the link can write any there. */
export async function finishConsent(deps: ConsentDeps, given: ConsentReturn): Promise<ConsentResult> {
  const pending = open(deps, given.state);
  if (given.error !== undefined)
    return { result: "denied", ...(pending ? { organizationId: pending.organizationId } : {}) };
  if (!pending) return { result: "invalid" };
  const { organizationId, principalId } = pending;
  if (deps.now() >= pending.expiresAt) return { result: "expired", organizationId };
  if (!(await deps.useOnce(pending))) return { result: "expired", organizationId };
  if (given.admin_consent?.toLowerCase() !== "true") return { result: "denied", organizationId };
  await record(deps, organizationId);
  return { result: "granted", organizationId, principalId };
}

function open({ seal }: ConsentDeps, sealed = ""): ConsentState | undefined {
  try {
    return state.parse(JSON.parse(seal.open(sealed, CONTEXT)));
  } catch (error) {
    if (isAppError(error, "seal.broken")) return undefined;
    throw error;
  }
}

async function record({ organizations, now }: ConsentDeps, organizationId: string): Promise<void> {
  const found = await organizations.find(organizationId);
  if (found) await organizations.replace({ ...found.value, consentedAt: now() }, found.version);
}
