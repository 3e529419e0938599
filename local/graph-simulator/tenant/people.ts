import { guidFrom } from "./random.ts";
import type { Language } from "./texts/languages.ts";
import { names } from "./texts/names.ts";

/** How a participant signs in: the documented userIdentityType values, and the kinds of application. */
export type IdentityType =
  | "aadUser"
  | "onPremiseAadUser"
  | "anonymousGuest"
  | "federatedUser"
  | "personalMicrosoftAccountUser"
  | "skypeUser"
  | "phoneUser"
  | "emailUser"
  | "azureCommunicationServicesUser";

/** Someone who takes part in chats. Accounts are those that `/users` lists or once listed. */
export interface Person {
  readonly id: string;
  readonly displayName: string | null;
  readonly userPrincipalName: string;
  readonly tenantId: string | null;
  readonly identityType: IdentityType;
  readonly language: Language;
  readonly account: Account | null;
}

export interface Account {
  readonly userType: "Member" | "Guest";
  readonly enabled: boolean;
  readonly licensed: boolean;
  /** "live" is listed; "left" was deleted less than 30 days ago: in deletedItems, and export still answers. */
  readonly state: "live" | "left";
  readonly jobTitle: string;
}

export interface Directory {
  readonly tenantId: string;
  readonly foreignTenantId: string;
  readonly domain: string;
  /** In the order in which `/users` lists them; those who left come last. */
  readonly accounts: readonly Person[];
  readonly outsiders: readonly Person[];
}

const jobTitles = ["Account Manager", "Engineer", "Designer", "Controller", "Office Manager", "Product Owner"];

/** The role of the n-th account, so that even a small tenant has a guest, a disabled user and a mailbox without a licence. */
function accountAt(n: number): Account {
  const jobTitle = jobTitles[n % jobTitles.length] as string;
  const member = { userType: "Member", enabled: true, licensed: true, state: "live", jobTitle } as const;
  if (n % 12 === 7) return { ...member, userType: "Guest", licensed: false };
  if (n % 25 === 9) return { ...member, enabled: false };
  if (n % 25 === 14) return { ...member, enabled: false, licensed: false, jobTitle: "Shared mailbox" };
  if (n % 25 === 19) return { ...member, licensed: false };
  return member;
}

function accountPerson(seed: string, n: number, tenantId: string, domain: string, account: Account): Person {
  const name = names[n % names.length] as (typeof names)[number];
  const series = Math.floor(n / names.length);
  const suffix = series === 0 ? "" : String(series + 1);
  const address = `${name.address}${suffix}`;
  const guest = account.userType === "Guest";
  return {
    id: guidFrom(seed, "user", n),
    displayName: `${name.displayName}${suffix && ` ${suffix}`}`,
    userPrincipalName: guest ? `${address}_partner.example#EXT#@${domain}` : `${address}@${domain}`,
    tenantId,
    identityType: n % 25 === 17 ? "onPremiseAadUser" : "aadUser",
    language: name.language,
    account,
  };
}

/** Participants without an account here: one for each documented kind of sender. Their ids are not always GUIDs. */
function outsidersOf(seed: string, foreignTenantId: string): Person[] {
  const person = (
    id: string,
    displayName: string | null,
    identityType: IdentityType,
    language: Language = "en",
  ): Person => {
    const userPrincipalName = `${identityType.toLowerCase()}@partner.example`;
    const tenantId = identityType === "federatedUser" || identityType === "aadUser" ? foreignTenantId : null;
    return { id, displayName, userPrincipalName, tenantId, identityType, language, account: null };
  };
  return [
    person(guidFrom(seed, "federated", 1), "Bruno Partner", "federatedUser"),
    person(guidFrom(seed, "federated", 2), null, "federatedUser", "el"),
    person(guidFrom(seed, "foreign", 1), "Dana Foreign", "aadUser", "he"),
    person(guidFrom(seed, "anonymous", 1), "Visitor (Guest)", "anonymousGuest"),
    person("live:.cid.4f1b2c3d5e6f7a8b", "skype.friend", "skypeUser", "ru"),
    person("8:orgid:00037ffe-809a-3e71-0000-000000000000", "Home Account", "personalMicrosoftAccountUser", "ja"),
    person("4:+4930123456", "+49 30 123456", "phoneUser", "de"),
    person("someone@mail.example", "someone@mail.example", "emailUser"),
    person("8:acs:2f0a1b2c-3d4e-5f60-7182-93a4b5c6d7e8_0000000e-1111-2222", "Kiosk", "azureCommunicationServicesUser"),
  ];
}

/** About one in twelve has left: deleted days ago, still named in chats. */
export function makeDirectory(seed: string, accounts: number, domain: string, bigAccount: boolean): Directory {
  const tenantId = guidFrom(seed, "tenant");
  const foreignTenantId = guidFrom(seed, "foreign tenant");
  const listed = Array.from({ length: accounts }, (_, n) => accountPerson(seed, n, tenantId, domain, accountAt(n)));
  const leavers = Array.from({ length: Math.floor(accounts / 12) }, (_, k) =>
    accountPerson(seed, accounts + k, tenantId, domain, { ...accountAt(0), enabled: false, state: "left" }),
  );
  const archive: Person = {
    ...accountPerson(seed, 1_000_003, tenantId, domain, accountAt(0)),
    displayName: "Archive Heavy",
    userPrincipalName: `archive@${domain}`,
  };
  return {
    tenantId,
    foreignTenantId,
    domain,
    accounts: [...listed, ...(bigAccount ? [archive] : []), ...leavers],
    outsiders: outsidersOf(seed, foreignTenantId),
  };
}
