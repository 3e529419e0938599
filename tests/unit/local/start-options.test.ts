import { resolve } from "node:path";
import { expect, test } from "vitest";
import { localSettings } from "../../../local/local-settings.ts";
import { startOptions } from "../../../local/start-options.ts";
import { loadConfig } from "../../../shared/platform/config.ts";

test("npm start needs nothing, and takes blanks for nothing", () => {
  const usual = { port: 7_071, stateDirectory: resolve(".local"), simulator: {} };
  expect(startOptions({})).toEqual(usual);
  expect(startOptions({ PORT: "", LOCAL_STATE_DIR: " ", LOCAL_GRAPH: "" })).toEqual(usual);
  expect(startOptions({ PORT: "0", LOCAL_STATE_DIR: "/a", LOCAL_GRAPH: "off" })).toEqual({
    port: 0,
    stateDirectory: "/a",
    simulator: "off",
  });
});

test.each(["-1", "70710", "99999999999", "7071a", "0x1f", "1e3", "70.71"])("PORT=%s is refused", (PORT) => {
  expect(() => startOptions({ PORT })).toThrow(/^Settings to mend:\n {2}PORT must be a number from 0 to 65535/);
});

test.each(["maybe", "OFF", "false", "0"])("LOCAL_GRAPH=%s is refused, and never taken for on", (LOCAL_GRAPH) => {
  expect(() => startOptions({ LOCAL_GRAPH })).toThrow("  LOCAL_GRAPH must be one of on, off");
});

test("a blank setting is filled in like one that is not given", () => {
  const parts = { stateDirectory: "/a", url: "http://localhost:1", connectionString: "c", secretsKey: "k" };
  const filled = localSettings(parts, { AUTH_AUDIENCE: " ", DATA_STORAGE: "", PORTAL_URL: "http://localhost:2" });
  expect(filled).toMatchObject({
    AUTH_AUDIENCE: "teams-chat-vault-local",
    DATA_STORAGE: "c",
    PORTAL_URL: "http://localhost:2",
  });
});

test("storage that is given by its addresses is not given once more", () => {
  const secretsKey = Buffer.alloc(32).toString("base64");
  const connectionString = "UseDevelopmentStorage=true";
  const parts = { stateDirectory: "/a", url: "http://localhost:1", connectionString, secretsKey };
  const byAddress = {
    DATA_STORAGE__blobServiceUri: "https://a.blob.core.windows.net",
    DATA_STORAGE__tableServiceUri: "https://a.table.core.windows.net",
  };
  const filled = localSettings(parts, byAddress);
  expect(filled).toMatchObject({ ...byAddress, AzureWebJobsStorage: connectionString });
  expect(filled).not.toHaveProperty("DATA_STORAGE");
  expect(loadConfig(filled).storage.data).toMatchObject({
    kind: "identity",
  });
  expect(localSettings(parts, { AzureWebJobsStorage__accountName: "a" })).not.toHaveProperty("AzureWebJobsStorage");
});
