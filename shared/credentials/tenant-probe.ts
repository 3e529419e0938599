import type { Instant } from "../platform/time.ts";
import type { TenantConnection } from "./tenant-connection.ts";

/** Looks at a tenant with a connection that is not stored yet. */
export interface TenantProbe {
  open(connection: TenantConnection): ProbeSession;
}

/** One look; every call asks the tenant again, save the token, which is asked for once. All errors are AppErrors. */
export interface ProbeSession {
  /** False when Entra knows no such tenant. Throws `credentials.unavailable`. */
  tenantExists(): Promise<boolean>;
  /** The application permissions that the issued token holds. Throws the `credentials.*` of Entra's refusal (the AADSTS code in
   * `context.aadsts`, 0 when unknown), `credentials.unreadable`, `credentials.federated_not_configured`, `credentials.unavailable`. */
  roles(): Promise<readonly string[]>;
  /** When the client secret ends, if the app may read its own registration. Never throws. */
  secretExpiry(): Promise<Instant | undefined>;
  /** Graph's ids of some users, those first that most likely have chats. Throws `graph.*`. */
  someUsers(): Promise<readonly string[]>;
  /** Makes one small export call for a user. Throws as MessageSource does. */
  exportOnce(userGraphId: string): Promise<void>;
}
