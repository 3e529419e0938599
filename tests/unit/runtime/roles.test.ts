import { expect, test } from "vitest";
import { appTable } from "../../support/routes.ts";

const routes = appTable().routes.flatMap(({ name, method, path, who }) =>
  who.kind === "holder" && who.of === "organization" ? [{ name, method, path, roles: who.roles }] : [],
);
/** What lets somebody read messages. */
const OF_MESSAGES = /\/(downloads|chats|messages)\b/;

test("downloads are the organization's own: its auditors see which there are, and a partner's admin nothing", () => {
  const found = routes.filter(({ path }) => path.includes("/downloads"));
  expect(found.length).toBeGreaterThan(4);
  for (const { name, method, roles } of found) {
    expect([name, roles]).toEqual([
      name,
      method === "GET" ? ["organization-admin", "auditor"] : ["organization-admin"],
    ]);
  }
});

test("a partner's admin may in their organizations what an organization's admin may, but nothing with messages", () => {
  const own = routes.filter(({ roles }) => roles.includes("organization-admin"));
  expect(own.length).toBeGreaterThan(15);
  const without = own.filter(({ roles }) => !roles.includes("partner-admin"));
  expect(without.map(({ name }) => name)).toEqual(
    own.filter(({ path }) => OF_MESSAGES.test(path)).map(({ name }) => name),
  );
});

test("an auditor may read all that is no message, no credential and no approval", () => {
  const closed = routes.filter(({ method, roles }) => method === "GET" && !roles.includes("auditor"));
  for (const { path } of closed) expect(path).toMatch(/\/(chats|messages|credentials|approvals)\b/);
});
