import { z } from "zod";

/** INACTIVE: known, not backed up. ACTIVE: backed up. PAUSED: active, but held up for now. LEFT: no longer in the tenant; its data
 * stays. */
export const accountStatus = z.enum(["INACTIVE", "ACTIVE", "PAUSED", "LEFT"]);
export type AccountStatus = z.infer<typeof accountStatus>;

/** A Microsoft 365 user of the organization's tenant. */
export interface Account {
  /** `hashId("account", organizationId, graphId)`. */
  readonly accountId: string;
  readonly graphId: string;
  readonly displayName: string;
  readonly userPrincipalName: string;
  readonly status: AccountStatus;
  /** While LEFT: what it was before, and is again when it comes back. */
  readonly formerStatus?: Exclude<AccountStatus, "LEFT">;
  /** While LEFT: until when Graph may still answer for the user; absent when it does no longer. */
  readonly readableUntil?: number;
  /** Nothing of the account is removed while it is held. */
  readonly legalHold: boolean;
  /** `Member`, `Guest` or empty. */
  readonly userType: string;
  readonly addedAt: number;
  /** When it last became ACTIVE. */
  readonly activatedAt?: number;
}

/** An account with the version that a change must name. */
export interface StoredAccount extends Account {
  readonly version: string;
}

/** Changes of accounts: one with a version replaces that version, one without is new. */
export type AccountWrite = Account & { readonly version?: string };
