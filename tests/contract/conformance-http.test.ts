import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { leftOut } from "../support/conformance-left-out.ts";
import { type Exchange, readRecording, send } from "../support/conformance.ts";
import { normalReply } from "../support/conformance-normal.ts";
import { fixturePath, startTestHost, temporaryFolder, type TestHost } from "../support/host.ts";

/** Every exchange that was recorded of the real host, sent to this one. */
function compareAll(exchanges: readonly Exchange[], start: (stateDirectory: string) => Promise<TestHost>): void {
  let host: TestHost;
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  beforeAll(async () => {
    folder = await temporaryFolder();
    host = await start(folder.path);
  });
  afterAll(async () => {
    await host.stop();
    await folder.remove();
  });
  for (const exchange of exchanges.filter(({ name }) => leftOut(name) === undefined))
    test(`${exchange.name} ${exchange.note ?? ""}`, async () => {
      const reply = await send(host.url, { ...exchange.request, body: wholeBody(exchange) });
      expect(normalReply(reply, exchange.response)).toEqual(normalReply(exchange.response, exchange.response));
    });
}

/** Long and multi-line bodies were not recorded whole. */
function wholeBody({ name, request }: Exchange): string | Buffer {
  const bytes = /stream-post$/.test(name) ? 300_000 : sizes[name];
  if (bytes !== undefined) return Buffer.alloc(bytes, "x");
  if (name !== "086-form-multi") return request.body;
  const file = 'Content-Disposition: form-data; name="f"; filename="x.txt"\r\nContent-Type: text/plain\r\n\r\nhello';
  return `--B\r\n${file}\r\n--B\r\nContent-Disposition: form-data; name="k"\r\n\r\nv\r\n--B--\r\n`;
}

const mebibyte = 1024 * 1024;
const sizes: Readonly<Record<string, number>> = {
  "081-size-1m": mebibyte,
  "082-size-30m": 30 * mebibyte,
  "083-size-99m": 99 * mebibyte,
  "084-size-101m": 101 * mebibyte,
};

describe("the app of most recordings", () => {
  compareAll(readRecording<Exchange>("http.jsonl"), (stateDirectory) =>
    startTestHost("conformance", { entry: "app.cjs", stateDirectory }),
  );
});

describe("the app without a route prefix", () => {
  const all = readRecording<Exchange>("http-options.jsonl");
  const options = { entry: "app-options.cjs", hostJson: fixturePath("conformance/host-options.json") };

  describe("as it is", () => {
    const exchanges = all.filter(({ name }) => name.startsWith("http2-nostream/"));
    compareAll(exchanges, (stateDirectory) => startTestHost("conformance", { ...options, stateDirectory }));
  });

  describe("with a catch-all that comes early by its name", () => {
    const exchanges = all.filter(({ name }) => name.startsWith("http2-rootcatch/"));
    const env = { ...process.env, ROOT_NAME: "root" };
    compareAll(exchanges, (stateDirectory) => startTestHost("conformance", { ...options, env, stateDirectory }));
  });
});
