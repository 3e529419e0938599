import { mkdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { startLocalMode } from "../../../local/local-mode.ts";
import { temporaryFolder } from "../../support/host.ts";
import { smallSizes } from "../../support/simulator.ts";

const start = (stateDirectory: string) =>
  startLocalMode({
    stateDirectory,
    port: 0,
    simulator: { sizes: smallSizes },
    environment: { PATH: process.env["PATH"] },
    say: () => undefined,
  });

test.each([
  ["host/durable.sqlite", "host"],
  ["simulator/simulator.json", "simulator"],
  ["simulator/changes.ndjson", "simulator"],
  ["simulator/token-signing.key", "simulator"],
  ["simulator/server.pem", "simulator"],
  ["storage/__azurite_db_table__.json", ""],
])(
  "damage of %s is told with its remedy, and that works",
  async (name, remedy) => {
    const folder = await temporaryFolder();
    await (await start(folder.path)).stop();
    const file = join(folder.path, name);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, "{ no such thing ".repeat(100));
    const told = await start(folder.path).then(
      () => "started",
      (error: Error) => error.message,
    );
    const removed = remedy === "" ? folder.path : join(folder.path, remedy);
    expect(told).toContain(`${file} is damaged: remove the folder ${removed} and start again.`);
    expect(told).not.toContain("\n");
    await rm(removed, { recursive: true });
    await (await start(folder.path)).stop();
    await folder.remove();
  },
  180_000,
);
