import { mkdir, open, stat, statfs, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { watchDiskRoom } from "../../../local/disk-room.ts";
import { lockFolder } from "../../../local/lock-folder.ts";
import { makeFolder } from "../../../local/state-folder.ts";
import { temporaryFolder } from "../../support/host.ts";

test("a state folder that cannot be is refused with its name, the reason and the setting", async () => {
  const { path, remove } = await temporaryFolder();
  await makeFolder(join(path, "a", "b", "c"));
  expect((await stat(join(path, "a", "b", "c"))).isDirectory()).toBe(true);
  await makeFolder(join(path, "a"));
  await writeFile(join(path, "file"), "");
  await expect(makeFolder(join(path, "file"))).rejects.toThrow(
    `The folder ${join(path, "file")} is no folder; or give LOCAL_STATE_DIR another folder.`,
  );
  await expect(makeFolder(join(path, "file", "below"))).rejects.toThrow("no folder");
  await expect(makeFolder("/proc/nope/state")).rejects.toThrow(/\/proc\/nope\/state (cannot be made|may not be)/);
  await remove();
});

test("a folder in use, a damaged lock and another failure are told apart", async () => {
  const { path, remove } = await temporaryFolder();
  const lock = lockFolder(path);
  expect(() => lockFolder(path)).toThrow("is in use by another process");
  lock.release();
  lockFolder(path).release();
  await writeFile(join(path, "damaged.sqlite"), "no database ".repeat(100));
  expect(() => lockFolder(path, "damaged.sqlite")).toThrow("damaged.sqlite is damaged");
  await mkdir(join(path, "folder.sqlite"));
  expect(() => lockFolder(path, "folder.sqlite")).toThrow("folder.sqlite cannot be locked");
  await remove();
});

test("a disk without room is told before anything is written", async () => {
  const { path, remove } = await temporaryFolder();
  await expect(watchDiskRoom([path], Number.MAX_SAFE_INTEGER)).rejects.toThrow(
    `The disk of ${path} is full (less than`,
  );
  await remove();
});

test("a disk that fills up is told while it does", async () => {
  const { path, remove } = await temporaryFolder();
  const { bavail, bsize } = await statfs(path);
  const room = await watchDiskRoom([path], bavail * bsize - 128_000_000);
  const file = await open(join(path, "large"), "w");
  for (let written = 0; written < 512; written++) await file.write(Buffer.alloc(1_000_000, 1));
  expect(await room.gone).toContain(`The disk of ${path} is full`);
  room.stop();
  await file.close();
  await remove();
});
