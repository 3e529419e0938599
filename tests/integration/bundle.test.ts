import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { cp, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { build } from "esbuild";
import type * as HarfBuzz from "harfbuzzjs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createDependencies } from "../../functions/dependencies.ts";
import { functionsTable } from "../../functions/register.ts";
import { startAzurite } from "../../local/azurite.ts";
import type { DownloadResource } from "../../shared/downloads/download.contract.ts";
import { fontFiles } from "../../shared/downloads/render/pdf/type/font-files.ts";
import { loadConfig } from "../../shared/platform/config.ts";
import { createLogger } from "../../shared/platform/logger.ts";
import { accountTable } from "../../shared/storage/account-table.ts";
import { someAccount } from "../support/accounts.ts";
import { type Person, startApi, tenantSetUp, type TestApi } from "../support/api.ts";
import { temporaryFolder } from "../support/host.ts";
import { readPdf } from "../support/pdf-text.ts";
import { seededArchive } from "../support/seeded-archive.ts";
import { settings } from "../support/settings.ts";
import { readZip } from "../support/zip-files.ts";

/* What is deployed: host.json, package.json, one file and what lies beside it, in a folder with no packages to lean on. */

const root = fileURLToPath(new URL("../..", import.meta.url));
const { version, main } = createRequire(import.meta.url)("../../package.json") as { version: string; main: string };
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let app: string;
let api: TestApi;

beforeAll(async () => {
  folder = await temporaryFolder();
  app = join(folder.path, "app");
  await mkdir(app);
  await promisify(execFile)(process.execPath, [join(root, "esbuild.config.ts"), join(app, main)]);
  await cp(join(root, "host.json"), join(app, "host.json"));
  await writeFile(join(app, "package.json"), JSON.stringify({ name: "app", main }));
  api = await startApi({}, startAzurite(), { appFolder: app });
});

afterAll(async () => {
  await api.stop();
  await folder.remove();
});

interface Operation {
  readonly operationId: string;
}
const get = (path: string) => fetch(`${api.url}/api/${path}`);

test("the bundle alone serves the app, and knows its release", async () => {
  const health = await get("health");
  expect([health.status, await health.json()]).toEqual([200, { status: "ok", version }]);
  expect((await get("me")).status).toBe(401);
});

test("the bundle has every route that the sources describe", async () => {
  const document = (await (await get("openapi.json")).json()) as { paths: Record<string, Record<string, Operation>> };
  const operations = Object.values(document.paths).flatMap((methods) => Object.values(methods));
  const log = createLogger(() => undefined);
  const { routes } = functionsTable(createDependencies(loadConfig(settings()), log));
  const names = routes.map(({ name }) => name);
  expect(operations.map(({ operationId }) => operationId).sort()).toEqual(names.sort());
});

test("one copy of each Functions library is in it, nothing of the tools around the app, and the worker's part is left out", async () => {
  const meta = JSON.parse(await readFile(join(app, `${main}.meta.json`), "utf8")) as { inputs: Record<string, object> };
  const inputs = Object.keys(meta.inputs);
  const copies = (name: string) => new Set(inputs.flatMap((file) => file.match(`^.*node_modules/${name}/`) ?? [])).size;
  expect([copies("@azure/functions"), copies("durable-functions")]).toEqual([1, 1]);
  expect(inputs.filter((file) => /^(local|tests|bench)\/|@azure\/functions-core/.test(file))).toEqual([]);
});

test("the hash whose state can be saved works from a bundle, without a file beside it", async () => {
  const contents = `import { createSHA256 } from "hash-wasm";
    createSHA256().then((hash) => console.log(hash.init().update("abc").digest()))`;
  const outfile = join(folder.path, "hash.cjs");
  await build({ stdin: { contents, resolveDir: root }, outfile, bundle: true, platform: "node", format: "cjs" });
  const { stdout } = await promisify(execFile)(process.execPath, [outfile], { cwd: folder.path });
  expect(stdout.trim()).toBe(createHash("sha256").update("abc").digest("hex"));
});

test("what PDFs need lies beside the bundle: every font, and HarfBuzz with its WebAssembly", async () => {
  const beside = dirname(join(app, main));
  const fonts = await readdir(join(beside, "fonts"));
  expect(fonts.sort()).toEqual(
    fontFiles()
      .map((file) => basename(file))
      .sort(),
  );
  const { versionString } = (await import(join(beside, "harfbuzz.mjs"))) as typeof HarfBuzz;
  expect(versionString()).toMatch(/^\d+\.\d+/);
  expect(await readFile(join(app, main), "utf8")).toContain('import("./harfbuzz.mjs")');
});

test("the bundle makes a PDF with its own fonts and its own HarfBuzz", async () => {
  const { organizationId, admin } = await tenantSetUp(api);
  const account = someAccount(organizationId, 1, { status: "ACTIVE" });
  await accountTable(api.data.table("accounts"), Date.now).write(organizationId, [account]);
  const at = "2026-01-02T09:00:00.000Z";
  const message = { chatId: "19:a@thread.v2", etag: "1", createdDateTime: at, lastModifiedDateTime: at };
  const said = ["Grüße", "สวัสดี", "नमस्ते", "東京", "שלום"];
  await seededArchive(api.data).addMessages(
    { organizationId, accountId: account.accountId },
    said.map((content, id) => ({ ...message, id: `${id}`, body: { contentType: "text", content } })),
  );
  const list = `organizations/${organizationId}/downloads`;
  const range = { from: "2026-01-01", to: "2026-01-31", attachments: false };
  const body = { accountIds: [account.accountId], format: "pdf", ...range };
  const path = `${list}/${(await api.ask(admin, "POST", list, { body })).body.id}`;
  const { status, messages } = await ended(admin, path);
  expect([status, messages]).toEqual(["Ready", said.length]);
  const { links } = (await api.ask(admin, "POST", `${path}/links`, { body: {} })).body as { links: { url: string }[] };
  const zip = await readZip(Buffer.from(await (await fetch(links[0]?.url ?? "")).arrayBuffer()));
  const [pdf = Buffer.alloc(0)] = [...zip].filter(([name]) => name.endsWith(".pdf")).map(([, bytes]) => bytes);
  const text = (await readPdf(pdf)).pages.join("\n");
  for (const one of said) expect(text).toContain(one);
});

async function ended(person: Person, path: string): Promise<DownloadResource> {
  for (;;) {
    const { body } = (await api.ask(person, "GET", path)) as { body: DownloadResource };
    if (!["Queued", "Planning", "Generating"].includes(body.status)) return body;
    await delay(100);
  }
}

test("what is published is the bundle and the two files that the host reads", async () => {
  const ignored = (await readFile(join(root, ".funcignore"), "utf8")).split("\n");
  const published = (await readdir(root)).filter((name) => !ignored.includes(name) && name !== "dist");
  expect(published.sort()).toEqual(["host.json", "package.json"]);
});
