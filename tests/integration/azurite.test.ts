import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { QueueServiceClient } from "@azure/storage-queue";
import { expect, test } from "vitest";
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
