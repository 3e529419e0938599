import type { App } from "./entra/apps.ts";

export interface SimulatedTenant {
  readonly tenantId: string;
  readonly domain: string;
  /** The customer's own app, consented, with every role. */
  readonly clientId: string;
  readonly clientSecret: string;
  /** Known to Entra and expired: AADSTS7000222. */
  readonly expiredSecret: string;
  /** The id of the secret, which people paste instead of its value: AADSTS7000215. */
  readonly secretId: string;
  /** A multi-tenant app that is not in the tenant (AADSTS700016) until an admin consents. */
  readonly providerClientId: string;
  readonly providerClientSecret: string;
  /** A tenant that exists and in which neither app is installed. */
  readonly otherTenantId: string;
}

/** What a client needs to know to use the tenant, and what it needs to provoke each refusal of a secret. */
export function describeTenant(
  tenantId: string,
  otherTenantId: string,
  domain: string,
  app: App,
  providerApp: App,
): SimulatedTenant {
  const [current, expired] = app.secrets;
  return {
    tenantId,
    domain,
    clientId: app.clientId,
    clientSecret: current?.value ?? "",
    expiredSecret: expired?.value ?? "",
    secretId: current?.id ?? "",
    providerClientId: providerApp.clientId,
    providerClientSecret: providerApp.secrets[0]?.value ?? "",
    otherTenantId,
  };
}
