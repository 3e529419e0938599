import type { OrganizationStore, PartnerStore } from "../../shared/organizations/stores.ts";
import { leftoverBlobs } from "../../shared/storage/leftover-blobs.ts";
import type { archiveDependencies } from "./backup.ts";
import type { Base } from "./base.ts";
import { allOrganizations } from "./organizations.ts";

interface Needs {
  readonly stored: Pick<ReturnType<typeof archiveDependencies>, "archive" | "contents" | "uploads">;
  readonly organizations: OrganizationStore;
  readonly partners: PartnerStore;
}

/** What the nightly upkeep of every organization needs. */
export const upkeepDependencies = ({ data, now, log }: Base, { stored, organizations, partners }: Needs) => ({
  archive: stored.archive,
  contents: stored.contents,
  uploads: stored.uploads,
  leftovers: leftoverBlobs(data.blobs),
  organizationIds: () => allOrganizations({ partners, organizations }),
  hasRetention: async (organizationId: string) => {
    const found = await organizations.find(organizationId);
    return found !== undefined && found.value.retentionDays !== null;
  },
  ...{ now, log },
});
