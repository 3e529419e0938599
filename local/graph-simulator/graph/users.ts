import { type Call, header } from "../http/call.ts";
import type { Person } from "../tenant/people.ts";
import { badRequest, userNotFound } from "./graph-error.ts";
import { type GraphCall, type GraphDeps, sendJson } from "./graph-call.ts";
import { onlyOptions, topOf } from "./query-options.ts";
import { userFilter } from "./user-filter.ts";
import { selected, userJson } from "./user-json.ts";

const defaultPage = 100;
const largestPage = 999;

const isAdvanced = (call: Call): boolean =>
  call.query.get("$count") === "true" && header(call, "consistencylevel")?.toLowerCase() === "eventual";

/** `GET /users`: pages by skip token, never by `$skip`. */
export function listUsers(deps: GraphDeps, call: GraphCall): void {
  if (call.query.has("$skip")) throw badRequest("'$skip' is not supported by the service.", "Request_BadRequest");
  onlyOptions(call, ["$select", "$top", "$filter", "$count", "$orderby", "$skiptoken"]);
  const people = deps.tenant.directory.accounts.filter((p) => deps.tenant.stateOf(p) === "live");
  sendPage(deps, call, people, "users", "users");
}

/** `GET /directory/deletedItems/microsoft.graph.user`: deleted less than 30 days ago. */
export function listDeletedUsers(deps: GraphDeps, call: GraphCall): void {
  const people = deps.tenant.directory.accounts.filter((p) => deps.tenant.stateOf(p) === "left");
  sendPage(deps, call, people, "directory/deletedItems/microsoft.graph.user", "directoryObjects/microsoft.graph.user");
}

/** `GET /groups/{id}/members`, transitive or not: every group of the demo tenant holds every second member. */
export function listGroupMembers(deps: GraphDeps, call: GraphCall): void {
  const people = deps.tenant.directory.accounts.filter((p, n) => n % 2 === 0 && deps.tenant.stateOf(p) === "live");
  sendPage(deps, call, people, `groups/${call.params["group"]}/${call.segments[2]}`, "directoryObjects");
}

function sendPage(deps: GraphDeps, call: GraphCall, people: readonly Person[], path: string, context: string): void {
  const top = topOf(call) ?? defaultPage;
  if (top > largestPage)
    throw badRequest(
      `Invalid page size specified: '${top}'. Must be between 1 and 999 inclusive.`,
      "Request_BadRequest",
    );
  const advanced = isAdvanced(call);
  const passes = userFilter(call.query.get("$filter"), advanced);
  const users = people.map((p) => userJson(p, true, deps.tenant.deletedMs(p))).filter(passes);
  const scope = `${path}|${call.query.get("$filter") ?? ""}`;
  const token = call.query.get("$skiptoken");
  const offset = token === undefined ? 0 : (deps.skip.read(scope, token) as { offset: number }).offset;
  const end = offset + top;
  const options = ["$select", "$top", "$filter", "$count"].flatMap((name) => {
    const value = call.query.get(name);
    return value === undefined ? [] : [`${name}=${encodeURIComponent(value)}`];
  });
  const next = [...options, `$skiptoken=${encodeURIComponent(deps.skip.write(scope, { offset: end }))}`].join("&");
  sendJson(call, 200, {
    "@odata.context": `${deps.graphUrl()}/v1.0/$metadata#${context}`,
    ...(advanced && offset === 0 ? { "@odata.count": users.length } : {}),
    ...(end < users.length ? { "@odata.nextLink": `${deps.graphUrl()}/${call.version}/${path}?${next}` } : {}),
    value: users.slice(offset, end).map((user) => selected(user, call.query.get("$select"))),
  });
}

/** `GET /users/{id}`. */
export function getUser(deps: GraphDeps, call: GraphCall): void {
  onlyOptions(call, ["$select"]);
  const id = call.params["user"] as string;
  const person = deps.tenant.accountOf(id);
  if (person === undefined || deps.tenant.stateOf(person) !== "live") throw userNotFound(id);
  const user = selected(userJson(person, true), call.query.get("$select"));
  sendJson(call, 200, { "@odata.context": `${deps.graphUrl()}/v1.0/$metadata#users/$entity`, ...user });
}

/** `GET /directory/deletedItems/{id}`. */
export function getDeletedUser(deps: GraphDeps, call: GraphCall): void {
  const id = call.params["user"] as string;
  const person = deps.tenant.accountOf(id);
  if (person === undefined || deps.tenant.stateOf(person) !== "left") throw userNotFound(id);
  sendJson(call, 200, {
    "@odata.context": `${deps.graphUrl()}/v1.0/$metadata#directoryObjects/$entity`,
    "@odata.type": "#microsoft.graph.user",
    ...selected(userJson(person, false), undefined),
  });
}

/** `GET /organization`: one item, the tenant. */
export function getOrganization(deps: GraphDeps, call: GraphCall): void {
  onlyOptions(call, ["$select"]);
  const { tenantId, domain } = deps.tenant.directory;
  const organization = {
    id: tenantId,
    displayName: "Fabrikam GmbH & Co. KG",
    countryLetterCode: "DE",
    createdDateTime: "2019-05-01T00:00:00Z",
    tenantType: "AAD",
    verifiedDomains: [
      {
        capabilities: "Email, OfficeCommunicationsOnline",
        isDefault: true,
        isInitial: true,
        name: domain,
        type: "Managed",
      },
    ],
  };
  const value = [selected(organization, call.query.get("$select"), "microsoft.graph.organization")];
  sendJson(call, 200, { "@odata.context": `${deps.graphUrl()}/v1.0/$metadata#organization`, value });
}

/** `GET /groups`: two groups, for activation by group. */
export function listGroups(deps: GraphDeps, call: GraphCall): void {
  onlyOptions(call, ["$select", "$top", "$filter"]);
  const value = ["sales", "archive-pilot"].map((name) => ({
    id: groupId(deps, name),
    displayName: name,
    mailEnabled: false,
    securityEnabled: true,
  }));
  sendJson(call, 200, { "@odata.context": `${deps.graphUrl()}/v1.0/$metadata#groups`, value });
}

const groupId = (deps: GraphDeps, name: string): string => {
  const tenant = deps.tenant.directory.tenantId;
  return `${tenant.slice(0, 24)}${Buffer.from(name.padEnd(6)).toString("hex").slice(0, 12)}`;
};
