import { AppError } from "../platform/errors.ts";
import { newId } from "../platform/new-id.ts";
import type { Instant } from "../platform/time.ts";
import { mayEnable } from "./feature-rules.ts";
import type { Organization, Partner, Plan, Versioned } from "./organization.contract.ts";
import { type Setup, planSetup } from "./plan-setup.ts";
import type { OrganizationStore, PartnerStore } from "./stores.ts";

export interface OrganizationsDeps {
  readonly partners: PartnerStore;
  readonly organizations: OrganizationStore;
  readonly progress: (organizationId: string) => Promise<Progress>;
  /** Sees to it that the daily run is thought of at that hour; done before the schedule is written. */
  readonly scheduled: (organizationId: string, schedule: Organization["schedule"]) => Promise<void>;
  /** When the daily run comes next; an instant that has passed: its turn waits. */
  readonly nextBackup: (organization: Organization) => Promise<Instant>;
  readonly now: () => Instant;
}

/** What other features know: whether the tenant's app is saved, how many accounts are active, whether Graph wants payment, and what
 * the last run leaves to be mended. */
export interface Progress {
  readonly connected: boolean;
  readonly activeAccounts: number;
  readonly unpaid: boolean;
  readonly concern?: Concern;
}

interface Concern {
  readonly code: string;
  /** Nothing was backed up; otherwise something was. */
  readonly failed: boolean;
}

/** An organization with how far its set-up is, and whether its feature works (its partner's switch counts too). */
export interface OrganizationView {
  readonly organization: Organization;
  readonly version: string;
  readonly setup: Setup;
  readonly works: boolean;
  /** Graph wants payment: backups wait. */
  readonly unpaid: boolean;
  readonly concern?: Concern;
  /** Absent while nothing would be backed up. */
  readonly nextBackupAt?: Instant;
}

/** What an administrator may change; `undefined` leaves as it is. */
export type OrganizationChange = Partial<
  Pick<Organization, "name" | "plan" | "schedule" | "preview" | "retentionDays" | "autoActivate">
>;

export async function createOrganization(
  deps: OrganizationsDeps,
  partnerId: string,
  given: { readonly name: string; readonly plan: Plan },
): Promise<OrganizationView> {
  const createdAt = deps.now();
  const organizationId = newId(createdAt);
  /** Spread over the night, so that not all tenants begin at once. */
  const schedule = { hour: createdAt % 6, timeZone: "UTC" };
  await deps.scheduled(organizationId, schedule);
  await deps.organizations.insert({
    ...given,
    organizationId,
    partnerId,
    privateChat: false,
    schedule,
    preview: false,
    retentionDays: null,
    autoActivate: { mode: "off" },
    createdAt,
  });
  return getOrganization(deps, organizationId);
}

/** Throws `organization.not_found`. */
export async function getOrganization(deps: OrganizationsDeps, organizationId: string): Promise<OrganizationView> {
  return view(deps, await find(deps, organizationId));
}

/** A change of plan to Backup stops backups and keeps the data, as switching the feature off does. */
export async function changeOrganization(
  deps: OrganizationsDeps,
  organizationId: string,
  change: OrganizationChange,
  expect: (version: string) => void,
): Promise<OrganizationView> {
  return replace(deps, await find(deps, organizationId), change, expect);
}

/** Throws `feature.partner_disabled` or `plan.archiver_required` while it may not be switched on; off always works. */
export async function setOrganizationFeature(
  deps: OrganizationsDeps,
  organizationId: string,
  enabled: boolean,
  expect: (version: string) => void,
): Promise<OrganizationView> {
  const found = await find(deps, organizationId);
  if (enabled) {
    const partner = await partnerOf(deps, found.value);
    mayEnable({ partnerEnabled: partner?.privateChat === true, plan: found.value.plan });
  }
  return replace(deps, found, { privateChat: enabled }, expect);
}

async function replace(
  deps: OrganizationsDeps,
  { value, version }: Versioned<Organization>,
  change: Partial<Organization>,
  expect: (version: string) => void,
): Promise<OrganizationView> {
  expect(version);
  const changed = { ...value, ...change };
  await deps.scheduled(value.organizationId, changed.schedule);
  return view(deps, { value: changed, version: await deps.organizations.replace(changed, version) });
}

async function find({ organizations }: OrganizationsDeps, organizationId: string): Promise<Versioned<Organization>> {
  const found = await organizations.find(organizationId);
  if (found) return found;
  throw new AppError("not_found", "organization.not_found", "There is no such organization", {
    context: { organizationId },
  });
}

async function partnerOf({ partners }: OrganizationsDeps, { partnerId }: Organization): Promise<Partner | undefined> {
  return (await partners.find(partnerId))?.value;
}

async function view(deps: OrganizationsDeps, { value, version }: Versioned<Organization>): Promise<OrganizationView> {
  const [partner, progress] = await Promise.all([partnerOf(deps, value), deps.progress(value.organizationId)]);
  const partnerEnabled = partner?.privateChat === true;
  const facts = {
    partnerEnabled,
    plan: value.plan,
    enabled: value.privateChat,
    consented: value.consentedAt !== undefined,
  };
  const works = partnerEnabled && value.plan === "Archiver" && value.privateChat;
  const { connected, activeAccounts, ...now } = progress;
  const setup = planSetup({ ...facts, connected, activeAccounts });
  const runs = works && setup.state === "ready" && !progress.unpaid;
  const next = runs ? { nextBackupAt: await deps.nextBackup(value) } : {};
  return { organization: value, version, setup, works, ...now, ...next };
}
