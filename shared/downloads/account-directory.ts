/** Whose archive an account is, as far as a download says it. */
export interface DownloadAccount {
  readonly graphId: string;
  readonly displayName: string;
  readonly userPrincipalName: string;
}

export interface AccountDirectory {
  /** By our ids; nothing for an account of another organization, or none. */
  find(organizationId: string, accountId: string): Promise<DownloadAccount | undefined>;
}
