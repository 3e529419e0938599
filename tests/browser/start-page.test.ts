import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type LocalMode, startLocalMode } from "../../local/local-mode.ts";
import { temporaryFolder } from "../support/host.ts";
import { openPage, takeScreenshot } from "../support/chromium.ts";

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let local: LocalMode;

beforeAll(async () => {
  folder = await temporaryFolder();
  const stateDirectory = join(folder.path, "state");
  local = await startLocalMode({ stateDirectory, port: 0, simulator: "off", environment: process.env, say: () => {} });
});

afterAll(async () => {
  await local.stop();
  await folder.remove();
});

test("the address of the local mode shows what runs there and where to go on", async () => {
  const { title, text, links } = await openPage(`${local.url}/`, folder.path);
  expect(title).toBe("teams-chat-vault");
  expect(text).toContain("The API is running on this machine");
  expect(links).toEqual(expect.arrayContaining(["/api/health", "/api/openapi.json", "/local/token?role=operator"]));
  for (const link of links) expect([link, (await fetch(`${local.url}${link}`)).status]).toEqual([link, 200]);
});

test("the page is drawn", async () => {
  const page = await readFile(await takeScreenshot(`${local.url}/`, folder.path, "page"));
  const blank = await readFile(await takeScreenshot("about:blank", folder.path, "blank"));
  // A PNG names its size from byte 16 on. Letters take more bytes than an empty page of the same size.
  expect([page.readUInt32BE(16), page.readUInt32BE(20)]).toEqual([1280, 800]);
  expect(page.length).toBeGreaterThan(blank.length * 2);
});
