import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { QueueServiceClient } from "@azure/storage-queue";
import { expect, test } from "vitest";
import type { Azurite } from "../../local/azurite.ts";
import { clientsOf } from "../support/storage.ts";
import { startAzurite } from "../../local/azurite.ts";

test("an Azurite with a folder keeps its queues over a restart", async () => {
  const location = await mkdtemp(join(tmpdir(), "azurite-"));
  try {
    const first = await startAzurite({ location });
    await QueueServiceClient.fromConnectionString(first.connectionString).createQueue("kept");
    await first.stop();

    const second = await startAzurite({ location });
    const queues = await Array.fromAsync(QueueServiceClient.fromConnectionString(second.connectionString).listQueues());
    expect(queues.map((queue) => queue.name)).toEqual(["kept"]);
    await second.stop();
  } finally {
    await rm(location, { recursive: true });
  }
});

test("after a kill it has no row whose blob it lost, and no transaction by half", async () => {
  const location = await mkdtemp(join(tmpdir(), "azurite-"));
  try {
    let count = 0;
    for (const aliveMs of [1_400, 2_300]) {
      const azurite = await startAzurite({ location });
      const writing = writePairs(azurite, count);
      await setTimeout(aliveMs);
      const stopped = azurite.kill();
      count = await writing;
      await stopped;
    }
    const azurite = await startAzurite({ location });
    const { table, blobs } = clientsOf(azurite);
    const rows = (await Array.fromAsync(table("pairs").listEntities())).map(({ rowKey }) => rowKey ?? "");
    const named = await Array.fromAsync(blobs.getContainerClient("pairs").listBlobsFlat());
    const names = new Set(named.map(({ name }) => name));
    expect(rows.filter((row) => row.endsWith("a")).length).toBeGreaterThan(10);
    expect(rows.filter((row) => row.endsWith("a") && !rows.includes(row.replace("a", "b")))).toEqual([]);
    expect(rows.filter((row) => !names.has(row.slice(0, -1)))).toEqual([]);
    await azurite.stop();
  } finally {
    await rm(location, { recursive: true });
  }
});

/** A blob, then a transaction of two rows that name it, over and over until storage is gone. */
async function writePairs(azurite: Azurite, from: number): Promise<number> {
  const { table, blobs } = clientsOf(azurite);
  const rows = table("pairs");
  await rows.createTable();
  await blobs.getContainerClient("pairs").createIfNotExists();
  for (let at = from; ; at++) {
    try {
      const abortSignal = AbortSignal.timeout(1_000);
      const body = `${at}`;
      await blobs.getContainerClient("pairs").getBlockBlobClient(body).upload(body, body.length, { abortSignal });
      const row = (end: string) => ["create", { partitionKey: "p", rowKey: `${at}${end}` }] as ["create", never];
      await rows.submitTransaction([row("a"), row("b")], { abortSignal });
    } catch {
      return at + 1;
    }
  }
}
