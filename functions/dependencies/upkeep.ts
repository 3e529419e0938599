import type { OrganizationStore, PartnerStore } from "../../shared/organizations/stores.ts";
import { leftoverBlobs } from "../../shared/storage/leftover-blobs.ts";
import type { archiveDependencies } from "./backup.ts";
import type { Base } from "./base.ts";

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
  organizationIds: () => allOrganizations(partners, organizations),
  hasRetention: async (organizationId: string) => {
    const found = await organizations.find(organizationId);
    return found !== undefined && found.value.retentionDays !== null;
  },
  ...{ now, log },
});

const PAGE = 100;

async function* allOrganizations(partners: PartnerStore, organizations: OrganizationStore): AsyncGenerator<string> {
  const ofPartner = (partnerId: string) =>
    pages(
      (after) => organizations.pageOfPartner(partnerId, PAGE, after),
      (organizationId) => organizationId,
    );
  const all = pages(
    (after) => partners.page(PAGE, after),
    ({ partnerId }) => partnerId,
  );
  for await (const { partnerId } of all) yield* ofPartner(partnerId);
}

async function* pages<T>(read: (after?: string) => Promise<T[]>, idOf: (item: T) => string): AsyncGenerator<T> {
  for (let page = await read(); ; ) {
    yield* page;
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE) return;
    page = await read(idOf(last));
  }
}
