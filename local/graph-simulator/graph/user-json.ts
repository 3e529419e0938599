import type { Person } from "../tenant/people.ts";
import { badRequest } from "./graph-error.ts";

const teamsPlan = "57ff2da0-773e-42df-b2af-ffb7a2317929";
const sku = "06ebc4ee-1bb5-47dd-8120-11324bc54e06";

/** Every property of a user that this directory has. */
export function userJson(person: Person, live: boolean, deletedMs?: number): Record<string, unknown> {
  const { account } = person;
  const guest = account?.userType === "Guest";
  const address = person.userPrincipalName;
  const [givenName = null, ...family] = (person.displayName ?? "").split(" ");
  return {
    businessPhones: [],
    displayName: person.displayName,
    givenName,
    jobTitle: account?.jobTitle ?? null,
    mail: guest
      ? address.slice(0, address.indexOf("#")).replace(/_([^_]*)$/, "@$1")
      : account?.licensed
        ? address
        : null,
    mobilePhone: null,
    officeLocation: null,
    preferredLanguage: person.language,
    surname: family.join(" ") || null,
    userPrincipalName: address,
    id: person.id,
    accountEnabled: (account?.enabled ?? false) && live,
    userType: account?.userType ?? "Member",
    assignedLicenses: account?.licensed ? [{ disabledPlans: [], skuId: sku }] : [],
    assignedPlans: account?.licensed
      ? [
          {
            assignedDateTime: "2024-01-01T00:00:00Z",
            capabilityStatus: "Enabled",
            service: "TeamspaceAPI",
            servicePlanId: teamsPlan,
          },
        ]
      : [],
    createdDateTime: "2021-04-01T08:00:00Z",
    deletedDateTime: deletedMs === undefined ? null : `${new Date(deletedMs).toISOString().slice(0, 19)}Z`,
    department: null,
    companyName: null,
    externalUserState: guest ? "Accepted" : null,
    proxyAddresses: account?.licensed ? [`SMTP:${address}`] : [],
    onPremisesSyncEnabled: null,
    usageLocation: "DE",
  };
}

/** What `/users` returns where `$select` is absent: no accountEnabled, userType or licences. */
const defaults = [
  "businessPhones",
  "displayName",
  "givenName",
  "jobTitle",
  "mail",
  "mobilePhone",
  "officeLocation",
  "preferredLanguage",
  "surname",
  "userPrincipalName",
  "id",
];

/** Applies `$select`; an unknown property is refused as Graph refuses it. */
export function selected(
  all: Record<string, unknown>,
  select: string | undefined,
  type = "microsoft.graph.user",
): Record<string, unknown> {
  const names =
    select === undefined
      ? type === "microsoft.graph.user"
        ? defaults
        : Object.keys(all)
      : select.split(",").map((s) => s.trim());
  const unknown = names.find((name) => !(name in all));
  if (unknown !== undefined)
    throw badRequest(
      `Parsing OData Select and Expand failed: Could not find a property named '${unknown}' on type '${type}'.`,
      "BadRequest",
    );
  return Object.fromEntries(names.map((name) => [name, all[name]]));
}
