/** What a tenant's directory says of one user now. */
export interface UserStanding {
  /** `deleted`: in the directory's bin, for about 30 days. `gone`: the directory knows no such user. */
  readonly state: "present" | "deleted" | "gone";
  readonly guest: boolean;
  /** False for blocked users, shared mailboxes and rooms. */
  readonly enabled: boolean;
  /** Holds at least one licence of whatever kind; unknown of the deleted. */
  readonly licensed: boolean;
}

export interface UserStandings {
  /** Undefined for an account that is unknown here. Errors as of MessageSource. */
  of(organizationId: string, accountId: string): Promise<UserStanding | undefined>;
  /** Notes that the tenant has the user no longer; the account turns LEFT. Graph may answer for the deleted for another while. */
  left(organizationId: string, accountId: string, state: "deleted" | "gone"): Promise<void>;
}
