import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import type { ReadableStream } from "node:stream/web";
import { startAzurite } from "../local/azurite.ts";
import type { ContentRecord } from "../local/graph-simulator/control/contents.ts";
import { spawnSimulator } from "../local/spawn-simulator.ts";
import { shareToken } from "../shared/graph/share-token.ts";
import { simulatedSources } from "../tests/integration/graph/simulated-sources.ts";
import { contentWorld, fileReference } from "../tests/support/content-world.ts";
import { clientsOf } from "../tests/support/storage.ts";
import { trustSimulator } from "../tests/support/trust-simulator.ts";
import { tokenOf } from "./support/bare-loop.ts";

/* One shared file of 1 GB over TLS into storage, in activities of five seconds each so that it is taken up again and again: memory of
 * this process from beginning to end, and the speed beside a bare loop that downloads and puts the same file in one go without a
 * hash. Simulator and Azurite are processes of their own. Fails above 300 MB, below half the speed, and on other bytes. */

const BYTES = Number(process.argv[2] ?? 1_000_000_000);
const MOST_MEMORY = 300_000_000;
const FLOOR = 0.5;
const ACTIVITY_MS = 5_000;
const BLOCK_BYTES = 8 * 1024 * 1024;

const [simulator, azurite] = await Promise.all([
  spawnSimulator({ throttling: "off", sizes: { accounts: 12, messages: 400, chats: 8 } }),
  startAzurite(),
]);
try {
  trustSimulator(simulator.caFile);
  const clients = clientsOf(azurite);
  const file = await someFile();
  await control("PUT", "files/bytes", { contentUrl: file, bytes: BYTES });

  const source = simulatedSources(simulator).contents;
  const world = contentWorld(clients, source, { maxBytes: BYTES, deadline: () => Date.now() + ACTIVITY_MS });
  await world.add("chat", "1", fileReference(file));
  const before = process.memoryUsage.rss();
  let peak = before;
  const watch = setInterval(() => (peak = Math.max(peak, process.memoryUsage.rss())), 20);
  const ours = await measured("backup", async () => console.log(`${await world.run()} rounds of activities`));
  clearInterval(watch);
  const record = await world.record("chat", "1");
  const bare = await measured("bare loop", bareLoop);
  const ratio = bare / ours;
  const isSame = record?.state === "stored" && record.sha256 === (await bareSha256());
  console.log(
    `memory ${Math.round(before / 1e6)} MB before, ${Math.round(peak / 1e6)} MB at most; ${Math.round(100 * ratio)} % of the bare loop's speed`,
  );
  if (!isSame) console.log(`The bytes differ: ${record?.state} ${record?.reason ?? ""}`);
  if (peak > MOST_MEMORY || ratio < FLOOR || !isSame) process.exitCode = 1;

  async function bareLoop(): Promise<void> {
    const content = `${simulator.graphUrl}/v1.0/shares/${shareToken(file)}/driveItem/content`;
    const headers = { authorization: `Bearer ${await tokenOf(simulator)}`, "user-agent": "ISV|Bench|Bench/1.0" };
    const answer = await fetch(content, { headers, redirect: "manual" });
    const { body } = await fetch(answer.headers.get("location") ?? "", {
      headers: { "user-agent": headers["user-agent"] },
    });
    await bareBlob().uploadStream(Readable.fromWeb(body as ReadableStream), BLOCK_BYTES, 1);
  }
  function bareBlob() {
    return clients.blobs.getContainerClient(`org-${world.organizationId}`).getBlockBlobClient("bare");
  }
  async function bareSha256(): Promise<string> {
    const hash = createHash("sha256");
    const { readableStreamBody } = await bareBlob().download();
    for await (const chunk of readableStreamBody ?? []) hash.update(chunk as Buffer);
    return hash.digest("hex");
  }
} finally {
  await Promise.all([simulator.stop(), azurite.stop()]);
}

async function measured(what: string, work: () => Promise<void>): Promise<number> {
  const start = performance.now();
  await work();
  const seconds = (performance.now() - start) / 1_000;
  console.log(`${what}: ${seconds.toFixed(1)} s, ${Math.round(BYTES / 1e6 / seconds)} MB a second`);
  return seconds;
}

async function control(method: string, path: string, body?: object): Promise<string> {
  const init = body === undefined ? { method } : { method, body: JSON.stringify(body) };
  return (await fetch(`${simulator.graphUrl}/_simulator/${path}`, init)).text();
}

async function someFile(): Promise<string> {
  const accounts = JSON.parse(await control("GET", "accounts")) as readonly { readonly id: string }[];
  for (const { id } of accounts) {
    const lines = (await control("GET", `accounts/${id}/contents`)).split("\n").filter((line) => line !== "");
    const contents = lines.map((line) => JSON.parse(line) as ContentRecord);
    const found = contents.find(({ kind, available }) => kind === "file" && available);
    if (found) return found.reference;
  }
  throw new Error("The tenant has no file");
}
