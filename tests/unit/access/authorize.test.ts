import { expect, test } from "vitest";
import type { Grant, Principal, Role } from "../../../shared/access/access.contract.ts";
import { type Target, authorize } from "../../../shared/access/authorize.ts";

const principal: Principal = { id: "p", tenantId: "t", objectId: "o", name: "" };
const partners = new Set(["p1", "p2"]);
const organizations = new Map([
  ["o1", "p1"],
  ["o2", "p2"],
]);
const attempt = async (grants: readonly Grant[], target: Target, roles: readonly Role[]) => {
  const deps = {
    grantsOf: async () => grants,
    partnerExists: async (id: string) => partners.has(id),
    partnerOf: async (id: string) => organizations.get(id),
  };
  return authorize(deps, principal, target, roles).then(
    () => "passes",
    (error: { code: string }) => error.code,
  );
};

const operator: Grant = { role: "operator", scope: "platform" };
const partnerAdmin: Grant = { role: "partner-admin", scope: "partner:p1" };
const admin: Grant = { role: "organization-admin", scope: "organization:o1" };
const auditor: Grant = { role: "auditor", scope: "organization:o1" };
const platform: Target = { kind: "platform" };
const partner = (partnerId: string): Target => ({ kind: "partner", partnerId });
const organization = (organizationId: string): Target => ({ kind: "organization", organizationId });

test.each([
  ["a grant at the scope", [admin], organization("o1"), ["organization-admin"], "passes"],
  ["a grant at the scope above", [partnerAdmin], organization("o1"), ["organization-admin", "partner-admin"], "passes"],
  ["another role at the scope", [auditor], organization("o1"), ["organization-admin"], "access.forbidden"],
  ["another role above", [partnerAdmin], organization("o1"), ["organization-admin"], "access.forbidden"],
  [
    "the operator, whose role does not count there",
    [operator],
    organization("o1"),
    ["organization-admin"],
    "access.forbidden",
  ],
  ["the operator and an unknown organization", [operator], organization("o9"), ["operator"], "access.not_found"],
  ["the operator and an unknown partner", [operator], partner("p9"), ["operator"], "access.not_found"],
  ["another organization", [admin], organization("o2"), ["organization-admin"], "access.not_found"],
  ["another partner's organization", [partnerAdmin], organization("o2"), ["partner-admin"], "access.not_found"],
  [
    "the partner, for an organization's admin",
    [admin],
    partner("p1"),
    ["partner-admin", "auditor"],
    "access.not_found",
  ],
  [
    "the role at a foreign scope beside another role here",
    [auditor, { role: "organization-admin", scope: "organization:o2" }],
    organization("o1"),
    ["organization-admin"],
    "access.forbidden",
  ],
  ["no grants", [], organization("o1"), ["auditor"], "access.not_found"],
  ["the platform without a grant there", [partnerAdmin], platform, ["operator"], "access.forbidden"],
  [
    "a scope that looks alike",
    [{ role: "partner-admin", scope: "partner:o1" }],
    organization("o1"),
    ["partner-admin"],
    "access.not_found",
  ],
] as const)("%s", async (_, grants, target, roles, outcome) => {
  expect(await attempt(grants as readonly Grant[], target, roles)).toBe(outcome);
});
