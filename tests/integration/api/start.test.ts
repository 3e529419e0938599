import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { spawnHost } from "../../../local/host/spawn-host.ts";
import { temporaryFolder } from "../../support/host.ts";
import { settings } from "../../support/settings.ts";

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(() => folder.remove());

const start = (env: Record<string, string>) =>
  spawnHost({
    appFolder: fileURLToPath(new URL("../../..", import.meta.url)),
    entry: "functions/index.ts",
    stateDirectory: folder.path,
    env: { PATH: process.env["PATH"], ...env },
    onLine: () => undefined,
  });

test("an app with wrong settings does not start, and names every one of them without its value", async () => {
  const wrong = settings({ AUTH_JWKS_URL: "", SECRETS_KEY: "hunter2", DOWNLOAD_WINDOW_DAYS: "91" });
  const refused = await start(wrong).then(
    () => "started",
    (error: Error) => error.message,
  );
  for (const name of ["AUTH_JWKS_URL is missing", "SECRETS_KEY", "DOWNLOAD_WINDOW_DAYS"])
    expect(refused).toContain(name);
  expect(refused).not.toContain("hunter2");
});
