/** The accounts that a backup is for. */
export interface BackupAccounts {
  /** Ids of all accounts to be backed up: ACTIVE, or LEFT while ACTIVE and still answered for by Graph. */
  active(organizationId: string): AsyncGenerator<string>;
  /** Graph's id of an account while it may be backed up: as above, in an organization whose feature is on and whose tenant is
   * connected. Undefined otherwise. */
  graphId(organizationId: string, accountId: string): Promise<string | undefined>;
  /** Whether each id is an account of the organization; answers those that are not. */
  unknown(organizationId: string, accountIds: readonly string[]): Promise<string[]>;
}
