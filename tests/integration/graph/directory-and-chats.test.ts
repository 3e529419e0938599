import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { json, type ScriptedTenant, startScriptedTenant } from "../../support/scripted-tenant.ts";
import { all, type Scripted, scriptedSources } from "./scripted-sources.ts";

let tenant: ScriptedTenant;
let sources: Scripted;
beforeEach(async () => {
  tenant = await startScriptedTenant();
  sources = scriptedSources(tenant);
});
afterEach(() => tenant.stop());

const forbidden = { error: { code: "Authorization_RequestDenied" } };
const missing = { error: { code: "Forbidden", message: "Missing role permissions on the request." } };

describe("UserSource", () => {
  const anna = {
    id: "a",
    displayName: "Anna",
    userPrincipalName: "anna@x",
    mail: "a@x",
    accountEnabled: true,
    userType: "Member",
    assignedLicenses: [{}],
  };
  const deleted = "/directory/deletedItems/microsoft.graph.user";

  it("reads all pages, then the deleted users", async () => {
    const next = `${tenant.origin}/v1.0/users?$skiptoken=2`;
    tenant.on("/v1.0/users", json({ value: [anna], "@odata.nextLink": next }));
    tenant.on(
      "skiptoken=2",
      json({ value: [{ id: "b", displayName: null, accountEnabled: false, assignedLicenses: [] }] }),
    );
    tenant.on(deleted, json({ value: [{ id: "c", userType: "Guest" }] }));
    expect(await all(sources.users.users("o1"))).toEqual([
      {
        ...{ graphId: "a", displayName: "Anna", userPrincipalName: "anna@x", mail: "a@x" },
        ...{ enabled: true, userType: "Member", licensed: true, deleted: false },
      },
      {
        ...{ graphId: "b", displayName: "", userPrincipalName: "" },
        ...{ enabled: false, userType: "", licensed: false, deleted: false },
      },
      {
        ...{ graphId: "c", displayName: "", userPrincipalName: "" },
        ...{ enabled: true, userType: "Guest", licensed: false, deleted: true },
      },
    ]);
  });

  it("leaves deleted users out where they may not be read, and a user without an id with a warning", async () => {
    tenant.on("/v1.0/users", json({ value: [anna, { displayName: "marker" }] }));
    tenant.on(deleted, json(forbidden, 403));
    expect(await all(sources.users.users("o1"))).toHaveLength(1);
    expect(sources.lines.join()).toMatch(/user_without_id.*deleted_users_unreadable/s);
    expect(sources.lines.join()).not.toContain("marker");
  });

  it("fails when the users themselves may not be read, or the deleted ones do not answer", async () => {
    tenant.on("/v1.0/users", json(forbidden, 403));
    await expect(all(sources.users.users("o1"))).rejects.toMatchObject({ code: "graph.forbidden" });
    tenant.on("/v1.0/users", json({ value: [anna] }));
    tenant.on(deleted, json({}, 503));
    await expect(all(sources.users.users("o1"))).rejects.toMatchObject({ code: "graph.unavailable" });
  });
});

describe("ChatSource", () => {
  it("asks for the chats of one user once a second, page by page, and for another user's meanwhile", async () => {
    tenant.on("/v1.0/users/u1/chats?", json({ value: [{ id: "1" }], "@odata.nextLink": `${tenant.origin}/v1.0/next` }));
    tenant.on("/v1.0/users/u2/chats?", json({ value: [{ id: "2" }] }));
    tenant.on("/v1.0/next", json({ value: [{ id: "3" }] }));
    const chats = sources.chats.chats("o1", "u1");
    await chats.next();
    await all(sources.chats.chats("o1", "u2"));
    expect(sources.waits).toEqual([]);
    await chats.next();
    expect(sources.waits).toEqual([expect.toSatisfy((ms: number) => ms > 1_000)]);
  });

  it("reads chats and members page by page, untouched", async () => {
    const chat = { id: "19:x@thread.v2", topic: null, odd: { key: [1] } };
    tenant.on("/v1.0/users/u1/chats?", json({ value: [chat], "@odata.nextLink": `${tenant.origin}/v1.0/next?c=1` }));
    tenant.on("/v1.0/next", json({ value: [{ id: "19:y" }] }));
    expect(await all(sources.chats.chats("o1", "u1"))).toEqual([chat, { id: "19:y" }]);
    tenant.on("/v1.0/chats/19%3Ax%40thread.v2/members", json({ value: [{ id: "m", userId: null }] }));
    expect(await all(sources.chats.members("o1", "19:x@thread.v2"))).toEqual([{ id: "m", userId: null }]);
  });

  it.each([
    [404, { error: { code: "NotFound" } }, "graph.user_not_found", "graph.chat_not_found"],
    [403, { error: { message: "AclCheckFailed" } }, "graph.access_denied", "graph.access_denied"],
    [403, forbidden, "graph.access_denied", "graph.access_denied"],
    [403, missing, "graph.access_denied", "graph.access_denied"],
  ])("tells what %i %j means", async (status, body, ofChats, ofMembers) => {
    tenant.on("/v1.0/", json(body, status));
    await expect(all(sources.chats.chats("o1", "u1"))).rejects.toMatchObject({ code: ofChats });
    await expect(all(sources.chats.members("o1", "c"))).rejects.toMatchObject({ code: ofMembers });
  });

  it.each([
    [["User.Read.All"], "graph.forbidden"],
    [[], "graph.consent_missing"],
  ])(
    "blames the organization where its token has no more than the roles %j, whatever Graph says",
    async (roles, code) => {
      tenant.roles = roles;
      for (const body of [{ error: { code: "x" } }, forbidden, missing]) {
        tenant.on("/v1.0/", json(body, 403));
        await expect(all(sources.chats.chats("o1", "u1"))).rejects.toMatchObject({ code });
        await expect(all(sources.chats.members("o1", "c"))).rejects.toMatchObject({ code });
      }
    },
  );
});
