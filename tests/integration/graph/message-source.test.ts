import { inspect } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  breakOff,
  hangUp,
  json,
  raw,
  type ScriptedTenant,
  startScriptedTenant,
} from "../../support/scripted-tenant.ts";
import { all, type Scripted, scriptedSources } from "./scripted-sources.ts";

const window = { from: Date.UTC(2026, 0, 1), to: Date.UTC(2026, 1, 1) };
const message = (id: string) => ({
  id,
  etag: id,
  chatId: "19:c@thread.v2",
  oddKey: { "a.b": null },
  body: { content: "ü 🙂" },
});

let tenant: ScriptedTenant;
let sources: Scripted;
beforeEach(async () => {
  tenant = await startScriptedTenant();
  sources = scriptedSources(tenant);
});
afterEach(() => tenant.stop());

const link = (n: number) =>
  `${tenant.origin}/v1.0/users('u1')/chats/getallMessages?$skiptoken=a%2Bb=${n}&b=2&$top=250&A=1`;
const run = (options = {}) => all(sources.messages.pages("o1", "u1", window, options));
const failure = (promise: Promise<unknown>) =>
  promise.then(
    () => Promise.reject(new Error("It passed")),
    (error: unknown) => error,
  );

describe("MessageSource", () => {
  it("follows links to the letter, with its headers on every page, and hands messages over untouched", async () => {
    tenant.on("getAllMessages", json({ value: [message("1")], "@odata.nextLink": link(1) }));
    tenant.on("a%2Bb=1", json({ value: [], "@odata.nextLink": link(2) }));
    tenant.on("a%2Bb=2", json({ value: [message("2")] }));
    const pages = await run();
    expect(pages.map(({ messages }) => messages)).toEqual([[message("1")], [], [message("2")]]);
    expect(pages.map(({ nextLink }) => nextLink)).toEqual([link(1), link(2), undefined]);
    expect(tenant.asked.slice(1).map(({ url }) => tenant.origin + url)).toEqual([link(1), link(2)]);
    for (const { headers } of tenant.asked) {
      expect(headers["prefer"]).toBe("include-unknown-enum-members");
      expect(headers["user-agent"]).toMatch(/^ISV\|/);
      expect(headers["authorization"]).toMatch(/^Bearer e30\./);
    }
    expect(tenant.tokens).toBe(1);
  });

  it("begins at a stored link, and refuses one of another host before anything is sent", async () => {
    tenant.on("a%2Bb=2", json({ value: [message("2")] }));
    expect((await run({ nextLink: link(2) })).map(({ messages }) => messages)).toEqual([[message("2")]]);
    const foreign = run({ nextLink: "https://evil.test/v1.0/users/u1" });
    expect(await failure(foreign)).toMatchObject({ code: "graph.next_link_refused" });
    expect(tenant.asked).toHaveLength(1);
  });

  it.each([400, 410])("says so when a stored link is answered with %i", async (status) => {
    tenant.on("a%2Bb=2", json({ error: { code: "BadRequest" } }, status));
    expect(await failure(run({ nextLink: link(2) }))).toMatchObject({ code: "graph.next_link_refused" });
  });

  it("obeys Retry-After, tells the gate, and asks again", async () => {
    const busy = { error: { code: "TooManyRequests" } };
    tenant.on("getAllMessages", json(busy, 429, { "retry-after": "2.128" }), json({ value: [message("1")] }));
    expect(await run()).toHaveLength(1);
    expect(sources.waits).toEqual([2_128]);
    expect(sources.fences).toEqual([{ bucket: "export", inMs: 2_128 }]);
  });

  it("leaves with notBefore when the pause is long", async () => {
    tenant.on("getAllMessages", json({}, 429, { "retry-after": "900" }));
    const error = await failure(run());
    expect(error).toMatchObject({ code: "graph.throttled", options: { notBefore: expect.any(Number) } });
    expect(sources.waits).toEqual([]);
  });

  it.each([
    ["half a document under 200", raw('{"value":[{"id":"1"', 200, { "content-type": "application/json" })],
    ["a connection that breaks in the body", breakOff('{"value":[', 500, { "content-type": "application/json" })],
    ["a connection that breaks before the headers", hangUp],
    ["a 404 without a word", raw("", 404)],
    ["a 400 invalidRequest", json({ error: { code: "invalidRequest" } }, 400)],
    ["a 502 as HTML", raw("<html>", 502)],
  ])("survives %s", async (_, answer) => {
    tenant.on("getAllMessages", answer, json({ value: [message("1")] }));
    expect(await run()).toEqual([{ messages: [message("1")] }]);
  });

  it("gives up on documents that always break off", async () => {
    tenant.on("getAllMessages", raw('{"value":[', 200, { "content-type": "application/json" }));
    expect(await failure(run())).toMatchObject({ code: "graph.unavailable" });
    expect(tenant.asked).toHaveLength(5);
  });

  it("takes a new token after a 401, and another when that one is refused as well", async () => {
    tenant.on("getAllMessages", json({}, 401), json({}, 401), json({ value: [] }));
    expect(await run()).toEqual([{ messages: [] }]);
    expect(tenant.tokens).toBe(3);
    tenant.on("getAllMessages", json({}, 401));
    expect(await failure(run())).toMatchObject({ code: "graph.unauthorized" });
    expect(tenant.tokens).toBe(5);
  });

  it("takes one new token for many requests that meet a 401 together", async () => {
    const stale = /\.1$/;
    tenant.on("getAllMessages", (asked, response) =>
      json({ value: [] }, stale.test(asked.headers["authorization"] ?? "") ? 401 : 200)(asked, response),
    );
    await Promise.all([run(), run(), run(), run()]);
    expect(tenant.tokens).toBe(2);
  });

  it("looks for a consent given meanwhile when a token without the role is refused", async () => {
    tenant.roles = [];
    tenant.on(
      "getAllMessages",
      (asked, response) => {
        tenant.roles = ["Chat.Read.All"];
        json({ error: { code: "Forbidden" } }, 403)(asked, response);
      },
      json({ value: [message("1")] }),
    );
    expect(await run()).toHaveLength(1);
    expect(tenant.tokens).toBe(2);
  });

  it.each([
    [402, { error: { code: "PaymentRequired" } }, "billing.payment_required"],
    [403, { error: { code: "Forbidden", message: "Missing role permissions on the request." } }, "graph.forbidden"],
    [403, { error: { code: "Forbidden" } }, "graph.access_denied"],
    [404, { error: { code: "NotFound" } }, "graph.user_not_found"],
    [400, { error: { code: "BadRequest" } }, "graph.refused"],
  ])("answers %i at once", async (status, body, code) => {
    tenant.on("getAllMessages", json(body, status));
    expect(await failure(run())).toMatchObject({ code });
    expect(tenant.asked).toHaveLength(1);
  });

  it("sends the organization's model, and reads the connection again after half a minute", async () => {
    tenant.on("getAllMessages", json({}, 429, { "retry-after": "31" }), json({ value: [] }));
    if (sources.connection) sources.connection = { ...sources.connection, model: "A" };
    await run();
    if (sources.connection) sources.connection = { ...sources.connection, model: "B" };
    await run();
    expect(tenant.asked.map(({ url }) => /model=(.)/.exec(url)?.[1])).toEqual(["A", "A", "B"]);
  });

  it("says that an organization is not connected", async () => {
    sources.connection = undefined;
    expect(await failure(run())).toMatchObject({ code: "credentials.not_connected" });
  });

  it("stops for an aborted signal and keeps its reason", async () => {
    const reason = new Error("stop");
    tenant.on("getAllMessages", json({ value: [] }));
    expect(await failure(run({ signal: AbortSignal.abort(reason) }))).toBe(reason);
  });

  it("shows neither secrets nor links in errors and logs", async () => {
    tenant.on("getAllMessages", json({ value: [message("1")], "@odata.nextLink": link(1) }));
    tenant.on("a%2Bb=1", json({ error: { code: "BadRequest", message: `bad ${link(1)} marker-text` } }, 400));
    const shown = inspect([await failure(run()), sources.lines], { depth: 9 });
    expect(shown).not.toMatch(/marker-|skiptoken|Bearer|users\//);
  });
});
