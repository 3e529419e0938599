import { expect, onTestFinished, test } from "vitest";
import type { DownloadResource } from "../../../shared/downloads/download.contract.ts";
import { startBlobGate } from "../../support/blob-gate.ts";
import { call, digests, ended, startWorld } from "../../support/download-host.ts";
import { file, noise } from "../../support/download-world.ts";
import { clientsOf } from "../../support/storage.ts";

/** Two blocks and a rest go up for a zip with two of these. */
const FILE_BYTES = 5_500_000;
const PART_BYTES = "12000000";

/** Two file sets: one of two zips with two files each, one of a single zip. */
async function startGated() {
  const world = await startWorld();
  const gate = await startBlobGate(world.azurite);
  onTestFinished(() => gate.stop());
  const of = { organizationId: world.organizationId, accountId: world.accounts[0] ?? "" };
  for (const n of [1, 2, 3, 4]) {
    const at = `2026-01-0${n}T13:00:00Z`;
    const raw = {
      ...{
        chatId: "19:a@thread.v2",
        id: `${Date.parse(at)}`,
        etag: "1",
        createdDateTime: at,
        lastModifiedDateTime: at,
      },
      ...{ body: { contentType: "text", content: "see" }, attachments: [file(`${n}.bin`)] },
    };
    await world.archive.addMessages(of, [raw]);
    await world.archive.addContents(world.organizationId, raw, [{ bytes: noise(`${n}`, FILE_BYTES) }]);
  }
  return { ...world, gate, start: () => world.start({ PART_BYTES, DATA_STORAGE: gate.connectionString }) };
}

const isZip = (write: string) => write.includes(".zip");

test("a host killed while a zip of mails goes up shows nothing of it, goes on there, and the bytes are the same", async () => {
  const { organizationId, accounts, azurite, gate, start, downloads } = await startGated();
  const list = `organizations/${organizationId}/downloads`;
  const range = { from: "2026-01-01", to: "2026-01-20" };
  const ask = { accountIds: accounts.slice(0, 1), format: "eml", attachments: true, ...range };
  let host = await start();
  const held = gate.hold(/\/0-2-[^/]*\.zip$/, 3);
  const { body: asked } = await call<DownloadResource>(host, "POST", list, ask);
  const path = `${list}/${asked.id}`;
  const half = (await held).split("/").slice(3).join("/");
  const written = () => Array.fromAsync(downloads.zips(organizationId, asked.id));
  await expect.poll(async () => (await written()).length, { interval: 20, timeout: 30_000 }).toBe(2);
  await host.kill();

  const container = clientsOf(azurite).blobs.getContainerClient(`org-${organizationId}`);
  const staged = await container.getBlockBlobClient(half).getBlockList("uncommitted");
  expect(staged.uncommittedBlocks?.length).toBeGreaterThan(0);
  const blobs = (await Array.fromAsync(container.listBlobsFlat())).map(({ name }) => name);
  const before = await written();
  expect(before.map(({ set, number }) => [set, number])).toEqual([
    [0, 1],
    [1, 1],
  ]);
  expect(blobs.filter(isZip).sort()).toEqual(before.map(({ blob }) => blob).sort());

  gate.release();
  gate.writes.length = 0;
  host = await start();
  const done = await ended(host, path);
  expect(done).toMatchObject({ status: "Ready", missing: [], attachmentCount: 4 });
  expect(done.parts.map(({ from, number, of }) => [from.slice(0, 10), number, of])).toEqual([
    ["2026-01-01", 1, 2],
    ["2026-01-01", 2, 2],
    ["2026-01-11", 1, 1],
  ]);
  // What was rendered and written before was not written again.
  expect(gate.writes.filter((write) => !/\/0-2-[^/]*\.zip\?/.test(write))).toEqual([]);
  expect(await written()).toEqual(expect.arrayContaining(before));

  const bytes = await digests(host, path);
  expect(bytes).toEqual(done.parts.map(({ sha256 }) => sha256));
  const { body: again } = await call<DownloadResource>(host, "POST", list, ask);
  await ended(host, `${list}/${again.id}`);
  expect(await digests(host, `${list}/${again.id}`)).toEqual(bytes);
  await host.stop();
}, 180_000);
