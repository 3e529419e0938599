import { AppError } from "../platform/errors.ts";
import { newId } from "../platform/new-id.ts";
import type { Instant } from "../platform/time.ts";
import type { Partner, Versioned } from "./organization.contract.ts";
import type { PartnerStore } from "./stores.ts";

export interface PartnersDeps {
  readonly partners: PartnerStore;
  readonly now: () => Instant;
}

/** Partners begin with the feature off. */
export async function createPartner({ partners, now }: PartnersDeps, name: string): Promise<Versioned<Partner>> {
  const createdAt = now();
  const partner = { partnerId: newId(createdAt), name, privateChat: false, createdAt };
  await partners.insert(partner);
  return getPartner({ partners, now }, partner.partnerId);
}

/** Throws `partner.not_found`. */
export async function getPartner({ partners }: PartnersDeps, partnerId: string): Promise<Versioned<Partner>> {
  const found = await partners.find(partnerId);
  if (!found)
    throw new AppError("not_found", "partner.not_found", "There is no such partner", { context: { partnerId } });
  return found;
}

/** `expect` sees the version that is about to be replaced and may throw. */
export async function setPartnerFeature(
  deps: PartnersDeps,
  partnerId: string,
  privateChat: boolean,
  expect: (version: string) => void,
): Promise<Versioned<Partner>> {
  const { value, version } = await getPartner(deps, partnerId);
  expect(version);
  if (value.privateChat === privateChat) return { value, version };
  const changed = { ...value, privateChat };
  return { value: changed, version: await deps.partners.replace(changed, version) };
}
