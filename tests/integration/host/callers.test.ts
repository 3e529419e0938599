import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startTestHost, temporaryFolder, type TestHost } from "../../support/host.ts";

let host: TestHost;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;

beforeAll(async () => {
  folder = await temporaryFolder();
  const publicUrl = "https://backup.example/base";
  host = await startTestHost("conformance", { entry: "app.cjs", stateDirectory: folder.path, publicUrl });
});

afterAll(async () => {
  await host.stop();
  await folder.remove();
});

const port = () => new URL(host.url).port;
const durable = "/runtime/webhooks/durabletask";

/** Calls as a browser that was led here by some name: `fetch` would not let a test choose these headers. */
async function call(method: string, path: string, headers: Record<string, string>) {
  const sent = request({ host: "127.0.0.1", port: port(), method, path, headers }).end();
  const [response] = (await once(sent, "response")) as [IncomingMessage];
  return { status: response.statusCode, body: await text(response) };
}

/** Sends the bytes as they are, and gives the first line and the body of what comes back. */
async function callRaw(head: string): Promise<{ status: string; body: string }> {
  const socket = connect(Number(port()), "127.0.0.1");
  socket.write(`${head}\r\nConnection: close\r\n\r\n`);
  const [top = "", body = ""] = (await text(socket)).split("\r\n\r\n");
  return { status: top.split("\r\n", 1)[0] ?? "", body };
}

test.each(["localhost", "LOCALHOST", "127.0.0.1", "[::1]"])(
  "a caller that says %s is served, with any port or none",
  async (name) => {
    for (const given of [name, `${name}:${port()}`, `${name}:4280`]) {
      expect((await call("GET", "/api/echo/x", { host: given })).status).toBe(200);
      expect((await call("GET", `${durable}/instances`, { host: given })).status).toBe(200);
    }
  },
);

test.each([
  "evil.example",
  "evil.example:7071",
  "localhost.evil.example",
  "127.0.0.1.evil.example",
  "0.0.0.0",
  "192.168.0.7",
])("a page that makes its own name point here is refused: %s", async (name) => {
  for (const path of ["/api/echo/x", `${durable}/instances`, "/admin/functions/tick", "/nothing"]) {
    const { status, body } = await call("POST", path, { host: name });
    expect(status).toBe(403);
    expect(body).toContain(`does not answer to the name "${name.split(":")[0]}"`);
  }
});

test("the name of the public address reaches the app, but not what manages the host", async () => {
  expect((await call("GET", "/api/echo/x", { host: "backup.example" })).status).toBe(200);
  for (const path of [`${durable}/instances`, "/RUNTIME/webhooks/durabletask/instances", "/admin/functions/tick"]) {
    const { status, body } = await call("GET", path, { host: "backup.example" });
    expect([status, body]).toEqual([403, expect.stringContaining("from this machine")]);
  }
});

test.each([
  "",
  "a b",
  "evil@localhost",
  "localhost/x",
  "localhost:port",
  "localhost:70000",
  "a,b",
  "[::1",
  "?",
  "256.256.256.256",
])("an odd Host header is a bad request: %j", async (name) => {
  const { status, body } = await callRaw(`GET /api/echo/x HTTP/1.1\r\nHost: ${name}`);
  expect(status).toBe("HTTP/1.1 400 Bad Request");
  expect(body).toContain("Host header");
});

test("two Host headers, or none, are a bad request", async () => {
  expect((await callRaw("GET /api/echo/x HTTP/1.1\r\nHost: localhost\r\nHost: evil.example")).status).toContain(
    " 400 ",
  );
  expect((await callRaw("GET /api/echo/x HTTP/1.1")).status).toContain(" 400 ");
  expect((await callRaw("GET /api/echo/x HTTP/1.0")).status).toContain(" 400 ");
});

test.each([
  { origin: "https://evil.example" },
  { origin: "http://localhost:1" },
  { origin: "null" },
  { "sec-fetch-site": "cross-site" },
  { "sec-fetch-site": "same-site" },
])("another site cannot manage orchestrations by way of a browser: %j", async (headers) => {
  await host.durable.start("forever", "guarded");
  for (const action of ["terminate", "suspend"]) {
    const { status, body } = await call("POST", `${durable}/instances/guarded/${action}`, headers);
    expect([status, body]).toEqual([403, expect.stringContaining("another site")]);
  }
  expect((await call("POST", `${durable}/orchestrators/hello`, headers)).status).toBe(403);
  expect((await call("DELETE", `${durable}/instances/guarded`, headers)).status).toBe(403);
  expect((await call("POST", "/admin/functions/tick", headers)).status).toBe(403);
  expect(["Pending", "Running"]).toContain((await host.durable.status("guarded")).runtimeStatus);
  expect((await call("GET", "/api/echo/x", headers)).status).toBe(200);
});

test("a page of this host, and somebody at the address bar, can look at orchestrations", async () => {
  const own = `localhost:${port()}`;
  for (const headers of [
    { origin: `http://${own}`, host: own },
    { "sec-fetch-site": "same-origin" },
    { "sec-fetch-site": "none" },
  ])
    expect((await call("GET", `${durable}/instances`, headers)).status).toBe(200);
});
