/** One user of a tenant's directory. */
export interface DirectoryUser {
  /** Entra's object id. */
  readonly graphId: string;
  /** Empty when the directory gives none. */
  readonly displayName: string;
  readonly userPrincipalName: string;
  readonly mail?: string;
  /** False for blocked users, shared mailboxes and rooms. */
  readonly enabled: boolean;
  /** `Member`, `Guest`, or empty when the directory gives none. */
  readonly userType: string;
  /** Holds at least one licence of whatever kind. */
  readonly licensed: boolean;
  /** Soft-deleted: the directory forgets the user 30 days after the deletion. */
  readonly deleted: boolean;
  /** When it was deleted, where the directory says so. */
  readonly deletedAt?: number;
}

/** Reads a tenant's directory.
 * Users come page by page in the directory's own order, soft-deleted ones last; one may come twice while the directory changes; where the tenant does not let
 * the app read those, they are left out. Nothing is filtered: guests and leavers are somebody's history.
 * Errors: `credentials.*` (not connected, refused), `graph.forbidden` (User.Read.All is missing), `graph.throttled` (with
 * notBefore), `graph.unavailable` (a retry may help). */
export interface UserSource {
  users(organizationId: string): AsyncGenerator<DirectoryUser>;
}
