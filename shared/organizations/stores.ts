import type { Organization, Partner, Versioned } from "./organization.contract.ts";

/** `replace` throws `storage.changed` when somebody wrote since the version was read. */
export interface PartnerStore {
  find(partnerId: string): Promise<Versioned<Partner> | undefined>;
  insert(partner: Partner): Promise<void>;
  replace(partner: Partner, version: string): Promise<string>;
  /** At most `limit` partners after that one, by id: the oldest first. */
  page(limit: number, after?: string): Promise<Partner[]>;
}

export interface OrganizationStore {
  find(organizationId: string): Promise<Versioned<Organization> | undefined>;
  insert(organization: Organization): Promise<void>;
  replace(organization: Organization, version: string): Promise<string>;
  /** Ids of a partner's organizations after that one, the oldest first. */
  pageOfPartner(partnerId: string, limit: number, after?: string): Promise<string[]>;
}
