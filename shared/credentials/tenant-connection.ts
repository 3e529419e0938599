import type { Secret } from "../platform/secret.ts";

/** How the app proves who it is. `pem`: certificate and private key, PEM, in one text. `federated`: by the provider's own
 * identity, nothing is stored. */
export type TenantCredential =
  | { readonly kind: "secret"; readonly clientSecret: Secret }
  | { readonly kind: "certificate"; readonly pem: Secret }
  | { readonly kind: "federated" };

/** What it takes to speak to one organization's tenant. */
export interface TenantConnection {
  readonly organizationId: string;
  /** Entra's GUID of the tenant. */
  readonly tenantId: string;
  /** The app registration's client id, a GUID. */
  readonly clientId: string;
  readonly credential: TenantCredential;
  /** Billing model sent with export calls; absent: none is sent, as Graph wants it today. */
  readonly model?: "A" | "B";
  /** As the administrator chose it. A deployment serves one cloud: its settings decide the addresses. */
  readonly cloud?: string;
}

/** Finds connections by organization. Reads are not cached by callers for longer than a run: a new secret counts at once.
 * Rejects with `storage.unavailable` when a retry may help. */
export interface ConnectionStore {
  /** Nothing when the organization is not connected. */
  find(organizationId: string): Promise<TenantConnection | undefined>;
}
