import { expect, test } from "vitest";
import type { Route } from "../../../functions/runtime/route.ts";
import { appTable } from "../../support/routes.ts";

const table = appTable();
const names = Object.values(table).flatMap((functions) => functions.map(({ name }: { name: string }) => name));

/** Two paths overlap when every segment is the same text, or a parameter on one side. */
function overlap(a: Route, b: Route): boolean {
  const [left, right] = [a.path.toLowerCase().split("/"), b.path.toLowerCase().split("/")];
  const fits = (one = "", other = "") => one === other || one.startsWith("{") || other.startsWith("{");
  return a.method === b.method && left.length === right.length && left.every((segment, i) => fits(segment, right[i]));
}

test("no two routes of one method overlap: the host would take whichever name sorts first", () => {
  const pairs = table.routes.flatMap((a, i) => table.routes.slice(i + 1).map((b) => [a, b] as const));
  expect(pairs.filter(([a, b]) => overlap(a, b)).map(([a, b]) => `${a.name} ${b.name}`)).toEqual([]);
});

test("every route says who may call it, and those for holders of a scope have its id in their path", () => {
  for (const { name, who, path } of table.routes) {
    expect(["anyone", "optional", "signedIn", "holder"], name).toContain(who.kind);
    if (who.kind !== "holder") continue;
    expect(who.roles.length, name).toBeGreaterThan(0);
    if (who.of !== "platform") expect(path, name).toContain(`{${who.of}Id}`);
  }
});

test("only these routes are open", () => {
  const open = table.routes.filter(({ who }) => who.kind === "anyone" || who.kind === "optional");
  expect(open.map(({ name }) => name).sort()).toEqual(["consentCallback", "describeApi", "getHealth"]);
});

test("a path's parameters and its schema name the same things", () => {
  for (const { name, path, params } of table.routes) {
    const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, parameter]) => parameter);
    const shape = params && "shape" in params ? Object.keys(params.shape as object) : [];
    expect(shape.sort(), name).toEqual(inPath.sort());
  }
});

test("names are unique and camelCase", () => {
  expect(new Set(names.map((name) => name.toLowerCase())).size).toBe(names.length);
  for (const name of names) expect(name).toMatch(/^[a-z][A-Za-z]+$/);
});

/** Instances and callers may hold these: names are added to the list, never changed or taken from it. */
const PUBLISHED = [
  "acceptInvitation",
  "activateAccounts",
  "changeAccount",
  "changeOrganization",
  "consentCallback",
  "createOrganization",
  "createPartner",
  "deactivateAccounts",
  "describeApi",
  "estimateBilling",
  "estimateUsage",
  "finishOperation",
  "getAccount",
  "getBilling",
  "getCredentials",
  "getHealth",
  "getMe",
  "getOperation",
  "getOrganization",
  "getPartner",
  "getPartnerUsage",
  "inviteOrganization",
  "invitePartner",
  "invitePlatform",
  "listAccounts",
  "listOrganizationGrants",
  "listOrganizations",
  "listPartnerGrants",
  "listPartners",
  "listPlatformGrants",
  "probePayment",
  "probePayments",
  "reauthenticate",
  "refreshAccounts",
  "refreshAccountsNow",
  "refreshDirectory",
  "revokeOrganizationGrant",
  "revokePartnerGrant",
  "retryBilling",
  "retryPayment",
  "revokePlatformGrant",
  "sampleExport",
  "saveCredentials",
  "setOrganizationPrivateChat",
  "setPartnerPrivateChat",
  "startBackups",
  "testCredentials",
];

test("no published name of a function disappears", () => {
  expect(PUBLISHED.filter((name) => !names.includes(name))).toEqual([]);
});
