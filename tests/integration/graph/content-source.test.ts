import { randomBytes } from "node:crypto";
import { buffer } from "node:stream/consumers";
import { setTimeout as delay } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Content } from "../../../shared/backup/content-source.ts";
import { shareToken } from "../../../shared/graph/share-token.ts";
import {
  type Answer,
  breakOff,
  hangUp,
  json,
  raw,
  type ScriptedTenant,
  startScriptedTenant,
} from "../../support/scripted-tenant.ts";
import { type Scripted, scriptedSources } from "./scripted-sources.ts";

const url = "https://contoso-my.sharepoint.com/personal/anna/Documents/Bericht über uns.docx";
const bytes = randomBytes(200_000);
const item = { name: "renamed.docx", size: 200_000, cTag: "c1", eTag: "e1", file: { mimeType: "application/Docx" } };

let tenant: ScriptedTenant;
let sources: Scripted;
beforeEach(async () => {
  tenant = await startScriptedTenant();
  sources = scriptedSources(tenant);
  tenant.on("/driveItem", json(item));
  redirectTo(`${tenant.origin}/download?tempauth=x`);
});
afterEach(() => tenant.stop());

const redirectTo = (location: string, status = 302) => tenant.on("/content", raw("", status, { location }));
const file = () => sources.contents.file("o1", { url });
const read = async (content: Promise<Content>) => buffer((await content).body);
const refused = (code: string) => expect.objectContaining({ code });
const tagged = { etag: '"b1"' };
/** Serves the bytes from the range that is asked for. */
const ranged: Answer = ({ headers }, response) => {
  const from = Number(/bytes=(\d+)-/.exec(headers["range"] ?? "")?.[1] ?? 0);
  const range = `bytes ${from}-${bytes.length - 1}/${bytes.length}`;
  if (from >= bytes.length) response.writeHead(416, { "content-range": `bytes */${bytes.length}` }).end();
  else response.writeHead(206, { ...tagged, "content-range": range }).end(bytes.subarray(from));
};
/** Sends a little, again and again, until nobody listens. */
const trickling: Answer = (_, response) => {
  response.writeHead(200, { "content-type": "application/json" });
  const timer = setInterval(() => response.write(" "), 20);
  response.once("close", () => clearInterval(timer));
};
/** A file of other bytes than the usual ones, as its metadata says. */
const sized = (text: string) => tenant.on("/driveItem", json({ ...item, size: text.length }));
const downloads = () => tenant.asked.filter(({ url: asked }) => asked.includes("/download"));

describe("files", () => {
  it("come through the share's metadata and a redirect that gets no token", async () => {
    tenant.on("/download", raw(bytes, 200, { "content-length": "200000", "content-type": "application/octet-stream" }));
    const content = await file();
    expect(content).toMatchObject({
      bytes: 200_000,
      name: "renamed.docx",
      type: "application/docx",
      sourceVersion: "c1",
    });
    expect((await buffer(content.body)).equals(bytes)).toBe(true);
    const [metadata, redirect, download] = tenant.asked;
    expect(metadata?.url).toBe(`/v1.0/shares/${shareToken(url)}/driveItem`);
    expect(redirect?.headers["authorization"]).toBeDefined();
    expect(download?.headers["authorization"]).toBeUndefined();
  });

  it.each([301, 303, 307, 308])("follow a relative redirect under %i", async (status) => {
    sized("abc");
    redirectTo(`${tenant.origin}/first`);
    tenant.on("/first", raw("", status, { location: "/download" }));
    tenant.on("/download", raw("abc"));
    expect((await read(file())).toString()).toBe("abc");
  });

  it("are continued where they broke off", async () => {
    tenant.on("/download", breakOff(bytes.subarray(0, 70_000), 200_000, tagged), ranged);
    expect((await read(file())).equals(bytes)).toBe(true);
    const resumed = tenant.asked.find(({ url: asked, headers }) => asked.includes("/download") && headers["range"]);
    expect(resumed?.headers).toMatchObject({ range: "bytes=70000-", "if-range": '"b1"' });
  });

  it("fail rather than mix two versions", async () => {
    const begun = breakOff(bytes.subarray(0, 70_000), 200_000, tagged);
    tenant.on("/download", begun, raw(bytes, 200, { etag: '"b2"' }));
    await expect(read(file())).rejects.toThrow(refused("content.changed"));

    tenant.on("/driveItem", json(item), json({ ...item, cTag: "c2" }));
    redirectTo(`${tenant.origin}/download`);
    tenant.on("/download", begun, ranged);
    await expect(read(file())).rejects.toThrow(refused("content.changed"));
  });

  it.each([[{}], [{ etag: 'W/"b1"' }]])("are not continued without a strong tag (%j)", async (headers) => {
    tenant.on("/download", breakOff(bytes.subarray(0, 70_000), 200_000, headers));
    await expect(read(file())).rejects.toThrow(refused("content.interrupted"));
    expect(downloads()).toHaveLength(1);
  });

  it("are read on from any offset, and from there alone", async () => {
    tenant.on("/download", ranged);
    const from = { offset: 150_000, etag: '"b1"', bytes: 200_000, sourceVersion: "c1" };
    const content = await sources.contents.file("o1", { url, from });
    expect(content).toMatchObject({ bytes: 200_000, etag: '"b1"', sourceVersion: "c1" });
    expect((await buffer(content.body)).equals(bytes.subarray(150_000))).toBe(true);
    expect(downloads()[0]?.headers).toMatchObject({ range: "bytes=150000-", "if-range": '"b1"' });
  });

  it.each([
    ["its version", { sourceVersion: "c0" }],
    ["the tag of its bytes", { etag: '"b0"' }],
    ["its length", { bytes: 200_001 }],
  ])("are not read on when %s changed", async (_, other) => {
    tenant.on("/download", ranged);
    const from = { offset: 150_000, etag: '"b1"', bytes: 200_000, sourceVersion: "c1", ...other };
    await expect(sources.contents.file("o1", { url, from })).rejects.toThrow(refused("content.changed"));
  });

  it("are read again up to the offset from a host that ignores ranges and still has the same bytes", async () => {
    tenant.on("/download", breakOff(bytes.subarray(0, 70_000), 200_000, tagged), raw(bytes, 200, tagged));
    expect((await read(file())).equals(bytes)).toBe(true);
    expect(downloads()).toHaveLength(2);
  });

  it("are continued as often as it takes while they come", async () => {
    const large = randomBytes(12_000_000);
    tenant.on("/driveItem", json({ ...item, size: large.length }));
    redirectTo(`${tenant.origin}/download`);
    tenant.on("/download", ({ headers }, response) => {
      const from = Number(/bytes=(\d+)-/.exec(headers["range"] ?? "")?.[1] ?? 0);
      const range = { "content-range": `bytes ${from}-${large.length - 1}/${large.length}` };
      const length = { "content-length": String(large.length - from) };
      response.writeHead(from === 0 ? 200 : 206, { ...tagged, ...length, ...(from === 0 ? {} : range) });
      if (from + 1_300_000 >= large.length) response.end(large.subarray(from));
      else response.write(large.subarray(from, from + 1_300_000), () => setTimeout(() => response.destroy(), 20));
    });
    expect((await read(file())).equals(large)).toBe(true);
    expect(downloads().length).toBeGreaterThan(6);
  });

  it("end where the metadata says, or where the host says that nothing follows", async () => {
    const short = bytes.subarray(0, 150_000);
    tenant.on("/download", raw(short, 200, { "content-length": "150000" }), raw("", 416));
    expect((await read(file())).equals(short)).toBe(true);
    expect(downloads()[1]?.headers).toMatchObject({ range: "bytes=150000-" });
  });

  it.each([
    ["too small a length", { "content-length": "70000" }],
    ["no length", { "transfer-encoding": "chunked" }],
    ["no length, by closing", { connection: "close" }],
  ])("are whole although their host tells %s", async (_, headers: Record<string, string>) => {
    const part: Answer = (_asked, response) => {
      response.useChunkedEncodingByDefault = "transfer-encoding" in headers;
      response.writeHead(200, { ...tagged, ...headers });
      response.end(bytes.subarray(0, 70_000));
    };
    tenant.on("/download", part, ranged);
    expect((await read(file())).equals(bytes)).toBe(true);
  });

  it("are whole although their host tells too great a length", async () => {
    tenant.on("/download", breakOff(bytes, 300_000, tagged), ranged);
    expect((await read(file())).equals(bytes)).toBe(true);
  });

  it("are not taken for whole when nobody knows their end", async () => {
    tenant.on("/download", raw(bytes.subarray(0, 70_000), 200, tagged));
    await expect(read(file())).rejects.toThrow(refused("content.size_mismatch"));
  });

  it("give up on a host that always breaks off", async () => {
    const nothing: Answer = ({ headers }, response) => {
      const from = /\d+/.exec(headers["range"] ?? "")?.[0];
      response.writeHead(206, { ...tagged, "content-range": `bytes ${from}-199999/200000` });
      response.write("x", () => setTimeout(() => response.destroy(), 20));
    };
    tenant.on("/download", breakOff(bytes.subarray(0, 10), 200_000, tagged), nothing);
    await expect(read(file())).rejects.toThrow(refused("content.interrupted"));
    expect(downloads()).toHaveLength(6);
  });

  it.each([
    "https://evil.test/x",
    "http://localhost/x",
    "https://localhost/x",
    "https://user@localhost:1/x",
    "file:///etc/passwd",
    "https://169.254.169.254/latest/meta-data",
  ])("are not read from %s", async (location) => {
    redirectTo(location);
    await expect(file()).rejects.toThrow(refused("content.host_refused"));
    expect(tenant.asked).toHaveLength(2);
  });

  it("are not read from a host that an allowed one leads to", async () => {
    tenant.on("/download", raw("", 302, { location: "https://evil.test/" }));
    await expect(file()).rejects.toThrow(refused("content.host_refused"));
  });

  /** Each leads to this very server, or would: what is refused is the address. `PORT` is the allowed one. */
  const strangers = [
    "http://localhost:PORT/download",
    "https://127.0.0.1:PORT/download",
    "https://[::1]:PORT/download",
    "https://2130706433:PORT/download",
    "https://user@localhost:PORT/download",
    "https://user:pw@localhost:PORT/download",
    "https://localhost:1/download",
    "https://evil-localhost:PORT/download",
    "https://localhost.evil.test:PORT/download",
    "https://localhost:PORT@evil.test/download",
    "https://localhost.:PORT/download",
    "//127.0.0.1:PORT/download",
    "/\\127.0.0.1:PORT/download",
  ];
  it.each(strangers)("are not asked for at %s, by Graph's redirect or a later one", async (stranger) => {
    const location = stranger.replace("PORT", String(tenant.port));
    tenant.on("/download", raw(bytes, 200, tagged));
    redirectTo(location);
    await expect(file()).rejects.toThrow(refused("content.host_refused"));
    redirectTo(`${tenant.origin}/first`);
    tenant.on("/first", raw("", 302, { location: "/second" }));
    tenant.on("/second", raw("", 307, { location }));
    await expect(file()).rejects.toThrow(refused("content.host_refused"));
    expect(downloads()).toEqual([]);
    expect(tenant.asked.filter(({ url: asked }) => asked === "/second")).toHaveLength(1);
  });

  it("send nothing of the app to any host but Graph's, whatever leads there and however often", async () => {
    redirectTo(`${tenant.origin}/first`);
    tenant.on("/first", raw("", 302, { location: "/second", "set-cookie": "a=1" }));
    tenant.on("/second", raw("", 307, { location: "/download" }));
    tenant.on(
      "/download",
      raw("", 401, { "www-authenticate": "Bearer" }),
      raw("", 503, { "retry-after": "1" }),
      breakOff(bytes.subarray(0, 70_000), 200_000, tagged),
      ranged,
    );
    expect((await read(file())).equals(bytes)).toBe(true);
    const isGraph = ({ url: asked }: { readonly url: string }) => asked.startsWith("/v1.0/");
    const away = tenant.asked.filter((asked) => !isGraph(asked));
    expect(away.map(({ url: asked }) => asked).filter((asked) => asked === "/download")).toHaveLength(4);
    for (const { headers } of away) {
      expect(headers["authorization"]).toBeUndefined();
      expect(headers["cookie"]).toBeUndefined();
      expect(JSON.stringify(headers)).not.toMatch(/bearer|e30\./i);
    }
    expect(tenant.asked.filter(isGraph).every(({ headers }) => headers["authorization"]?.startsWith("Bearer "))).toBe(
      true,
    );
  });

  it("end when redirects do not", async () => {
    tenant.on("/download", raw("", 302, { location: "/download" }));
    await expect(file()).rejects.toThrow(refused("content.redirect_loop"));
    redirectTo("https://");
    await expect(file()).rejects.toThrow(refused("content.redirect_loop"));
  });

  it.each([
    "https://login.microsoftonline.com/common/oauth2/authorize",
    "https://contoso.sharepoint.com/_layouts/15/Authenticate.aspx?Source=x",
  ])("are not a sign-in page: %s", async (location) => {
    redirectTo(location);
    await expect(file()).rejects.toThrow(refused("content.sign_in_page"));
  });

  it("are not a web page, unless they are one", async () => {
    const page = raw("<html>Sign in</html>", 200, { "content-type": "text/html; charset=utf-8" });
    tenant.on("/download", page);
    await expect(file()).rejects.toThrow(refused("content.sign_in_page"));
    tenant.on("/driveItem", json({ ...item, size: 20, name: "page.html", file: { mimeType: "text/html" } }));
    redirectTo(`${tenant.origin}/download`);
    expect((await read(file())).toString()).toBe("<html>Sign in</html>");
  });

  it.each([
    [{ ...item, file: undefined, folder: { childCount: 1 } }, "content.not_a_file"],
    [{ ...item, malware: { description: "x" } }, "content.malware"],
  ])("have to be files, and harmless", async (metadata, code) => {
    tenant.on("/driveItem", json(metadata));
    await expect(file()).rejects.toThrow(refused(code));
  });

  it.each([
    [404, { error: { code: "itemNotFound" } }, "content.gone"],
    [410, { error: { code: "gone" } }, "content.gone"],
    [400, { error: { code: "invalidRequest" } }, "content.unsupported_link"],
    [403, { error: { code: "accessDenied" } }, "content.no_access"],
    [403, { error: { code: "malwareDetected" } }, "content.malware"],
    [423, { error: { code: "resourceLocked" } }, "content.locked"],
    [401, { error: { code: "unauthenticated" } }, "content.unauthorized"],
    [418, { error: { code: "teapot" } }, "graph.refused"],
    [403, { error: { code: "Authorization_RequestDenied" } }, "content.no_access"],
    [403, { error: { code: "x", message: "Missing role permissions on the request." } }, "content.unauthorized"],
    [429, {}, "graph.throttled"],
    [500, {}, "graph.unavailable"],
  ])("that answer %i %j are %s", async (status, body, code) => {
    tenant.on("/driveItem", json(body, status));
    await expect(file()).rejects.toThrow(refused(code));
  });

  it.each([
    { code: "accessDenied" },
    { code: "Authorization_RequestDenied" },
    { code: "Forbidden", message: "Missing role permissions on the request." },
  ])(
    "are what the app may not read at all where its token lacks the permission, whatever Graph says (%j)",
    async (error) => {
      tenant.roles = ["Chat.Read.All"];
      tenant.on("/driveItem", json({ error }, 403));
      await expect(file()).rejects.toThrow(refused("graph.forbidden"));
    },
  );

  it("are nothing that anybody consented to where its token has no permission", async () => {
    tenant.roles = [];
    tenant.on("/driveItem", json({ error: { code: "accessDenied" } }, 403));
    await expect(file()).rejects.toThrow(refused("graph.consent_missing"));
  });

  it.each([
    [404, "content.gone"],
    [403, "content.no_access"],
    [401, "content.link_expired"],
    [418, "content.host_unavailable"],
    [500, "content.host_unavailable"],
  ])("whose host answers %i are %s", async (status, code) => {
    tenant.on("/download", raw("", status));
    await expect(file()).rejects.toThrow(refused(code));
  });

  it.each([401, 403])(
    "are asked for once more by a new address after %i, which may be of an old one",
    async (status) => {
      tenant.on("/content", raw("", 302, { location: "/download?old" }), raw("", 302, { location: "/download?new" }));
      tenant.on("/download", raw(bytes));
      tenant.on("/download?old", raw("", status));
      expect((await read(file())).equals(bytes)).toBe(true);
    },
  );

  it("are out of reach while their host hangs up", async () => {
    tenant.on("/download", hangUp);
    await expect(file()).rejects.toThrow(refused("content.host_unavailable"));
  });

  it("may be empty", async () => {
    sized("");
    redirectTo(`${tenant.origin}/download`);
    tenant.on("/download", raw("", 200, { "content-length": "0" }));
    const content = await file();
    expect(content.bytes).toBe(0);
    expect(await buffer(content.body)).toHaveLength(0);
    expect(downloads()).toHaveLength(1);
  });

  it("wait for a host that asks for a pause", async () => {
    sized("abc");
    redirectTo(`${tenant.origin}/download`);
    tenant.on("/download", raw("", 503, { "retry-after": "5" }), raw("abc"));
    expect((await read(file())).toString()).toBe("abc");
    expect(sources.waits).toEqual([5_000]);
    tenant.on("/download", raw("", 429, { "retry-after": "500" }));
    await expect(file()).rejects.toMatchObject({ code: "graph.throttled", options: { notBefore: expect.any(Number) } });
  });

  it.each([
    [429, { "retry-after": "30" }, 30_000],
    [503, { "retry-after": "5" }, 5_000],
    [429, {}, 1_000],
  ])("whose host answers %i %j keep back all others of the tenant for as long", async (status, headers, inMs) => {
    sized("abc");
    redirectTo(`${tenant.origin}/download`);
    tenant.on("/download", raw("", status, headers), raw("abc"));
    expect((await read(file())).toString()).toBe("abc");
    expect(sources.fences).toEqual([{ bucket: "files", inMs }]);
  });

  it("whose host is out of order keep nobody back", async () => {
    sized("abc");
    redirectTo(`${tenant.origin}/download`);
    tenant.on("/download", raw("", 503), hangUp, raw("abc"));
    expect((await read(file())).toString()).toBe("abc");
    expect(sources.fences).toEqual([]);
  });

  it.each(["http://contoso.sharepoint.com/a", "javascript:1", "no address"])("are not asked for by %j", async (odd) => {
    await expect(sources.contents.file("o1", { url: odd })).rejects.toThrow(refused("content.unsupported_link"));
    expect(tenant.asked).toHaveLength(0);
  });

  it.each(["/download", "hostedContents"])("close the connection when nobody begins to read (%s)", async (part) => {
    let closed = false;
    tenant.on(part, (_, response) => {
      response.on("close", () => (closed = true));
      response.writeHead(200, { "content-length": "200000000" });
      response.write(bytes);
    });
    const reference = { chatId: "c", messageId: "m", hostedId: "h" };
    const { body } = await (part === "/download" ? file() : sources.contents.hosted("o1", reference));
    body.destroy();
    await expect.poll(() => closed).toBe(true);
  });

  it("are not asked for again by a reader that stops", async () => {
    tenant.on("/download", raw(bytes, 200, tagged));
    const { body } = await file();
    for await (const _ of body) break;
    await expect.poll(() => body.closed).toBe(true);
    expect(downloads()).toHaveLength(1);
    expect(sources.waits).toEqual([]);
  });

  it.each(["/driveItem", "/download"])("are not waited for longer than their time where %s trickles", async (part) => {
    tenant.on(part, trickling);
    const trickle = sources.contents.file("o1", { url }, { leftMs: 300 });
    await expect(read(trickle)).rejects.toThrow(refused("content.timeout"));
  });

  it("have an end to go on from, too", async () => {
    tenant.on("/download", ranged);
    const from = { offset: bytes.length, etag: '"b1"', sourceVersion: "c1" };
    expect(await read(sources.contents.file("o1", { url, from }))).toHaveLength(0);
  });

  it("close the connection when nobody reads on", async () => {
    let closed = false;
    tenant.on("/download", (_, response) => {
      response.on("close", () => (closed = true));
      response.writeHead(200, { "content-length": "200000" });
      response.write(bytes.subarray(0, 1_000));
    });
    const { body } = await file();
    await new Promise((resolve) => body.once("readable", resolve));
    body.destroy();
    await expect.poll(() => closed).toBe(true);
  });
});

describe("hosted contents", () => {
  const reference = { chatId: "19:a/b@thread.v2", messageId: "1700000000000", hostedId: "aWQ9eA/+==" };
  const hosted = () => sources.contents.hosted("o1", reference);

  it("come with their type, asked for by one encoded segment per id", async () => {
    tenant.on("hostedContents", raw(bytes, 200, { "content-type": "image/png; x=1", "content-length": "200000" }));
    const content = await hosted();
    expect(content).toMatchObject({ bytes: 200_000, type: "image/png" });
    expect((await buffer(content.body)).equals(bytes)).toBe(true);
    expect(tenant.asked[0]?.url).toBe(
      "/v1.0/chats/19%3Aa%2Fb%40thread.v2/messages/1700000000000/hostedContents/aWQ9eA%2F%2B%3D%3D/$value",
    );
  });

  it("are asked for once a second and chat", async () => {
    tenant.on("hostedContents", raw("x"));
    for (let i = 0; i < 3; i++) await read(hosted());
    expect(sources.waits).toEqual([1_250, 1_250]);
  });

  it("may wait in line longer than their bytes may take", async () => {
    tenant.on("/hostedContents", raw(bytes, 200, { "content-length": "200000" }));
    sources.line = () => delay(1_200);
    const time = { leftMs: 1_000 };
    const { body } = await sources.contents.hosted("o1", reference, time);
    await delay(1_200);
    expect((await buffer(body)).equals(bytes)).toBe(true);
    expect(time.leftMs).toBeGreaterThan(0);
  });

  it("are not waited for longer than that, though bytes come and come", async () => {
    tenant.on("/hostedContents", trickling);
    await expect(read(sources.contents.hosted("o1", reference, { leftMs: 300 }))).rejects.toThrow(
      refused("content.timeout"),
    );
  });

  it("are not taken from a redirect", async () => {
    tenant.on("hostedContents", raw("", 302, { location: "https://evil.test/" }));
    await expect(hosted()).rejects.toThrow(refused("content.interrupted"));
  });

  it("fail when they break off", async () => {
    tenant.on("hostedContents", breakOff("abc", 10));
    await expect(read(hosted())).rejects.toThrow(refused("content.interrupted"));
  });

  it("fail when nothing tells where they end", async () => {
    tenant.on("hostedContents", (_, response) => {
      response.useChunkedEncodingByDefault = false;
      response.writeHead(200, { connection: "close" });
      response.end("abc");
    });
    await expect(read(hosted())).rejects.toThrow(refused("content.interrupted"));
  });

  it.each([
    [404, "", "NotFound", "content.gone"],
    [403, "", "Forbidden", "content.no_access"],
    [403, "Insufficient privileges", "Authorization_RequestDenied", "content.no_access"],
    [403, "Missing role permissions on the request.", "Forbidden", "content.unauthorized"],
    [403, "AclCheckFailed-… tenant id mismatch", "Forbidden", "content.other_tenant"],
  ])("that answer %i %s are an outcome of their own", async (status, message, code, expected) => {
    tenant.on("hostedContents", json({ error: { code, message } }, status));
    await expect(hosted()).rejects.toThrow(refused(expected));
  });
});
