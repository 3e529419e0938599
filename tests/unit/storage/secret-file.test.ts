import { mkdir, readFile, readdir, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createSeal } from "../../../shared/platform/seal.ts";
import { Secret } from "../../../shared/platform/secret.ts";
import { secretFile } from "../../../shared/storage/secret-file.ts";
import { temporaryFolder } from "../../support/host.ts";

const seal = createSeal(new Uint8Array(32).fill(1));
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let path: string;
beforeEach(async () => {
  folder = await temporaryFolder();
  path = join(folder.path, "deep", "secrets.json");
});
afterEach(() => folder.remove());

test("what was put is there for the next process, and gone after a delete", async () => {
  const store = secretFile(path, seal);
  expect(await store.get("a")).toBeUndefined();
  await store.put("a", new Secret("hunter2 ✓"));
  expect((await secretFile(path, seal).get("a"))?.reveal()).toBe("hunter2 ✓");
  await store.delete("a");
  await store.delete("a");
  expect(await store.get("a")).toBeUndefined();
});

test("the file shows no secret, is for its owner alone, and lies alone", async () => {
  await secretFile(path, seal).put("a", new Secret("hunter2"));
  expect(await readFile(path, "utf8")).not.toContain("hunter2");
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect(await readdir(join(folder.path, "deep"))).toEqual(["secrets.json"]);
});

test("fifty at the same time are all kept", async () => {
  const store = secretFile(path, seal);
  const names = Array.from({ length: 50 }, (_, i) => `name-${i}`);
  await Promise.all(names.map((name) => store.put(name, new Secret(name))));
  for (const name of names) expect((await store.get(name))?.reveal()).toBe(name);
});

test("another key, or a secret under another name, does not open", async () => {
  await secretFile(path, seal).put("a", new Secret("hunter2"));
  await expect(secretFile(path, createSeal(new Uint8Array(32))).get("a")).rejects.toMatchObject({
    code: "seal.broken",
  });
  const content = JSON.parse(await readFile(path, "utf8")) as Record<string, string>;
  await writeFile(path, JSON.stringify({ b: content["a"] }));
  await expect(secretFile(path, seal).get("b")).rejects.toMatchObject({ code: "seal.broken" });
});

test("a file that cannot be read is not taken for an empty one, and is not overwritten", async () => {
  await mkdir(join(folder.path, "deep"));
  await writeFile(path, "{ torn");
  const store = secretFile(path, seal);
  await expect(store.put("a", new Secret("x"))).rejects.toMatchObject({ code: "secrets.unavailable" });
  expect(await readFile(path, "utf8")).toBe("{ torn");
});
