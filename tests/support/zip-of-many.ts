import { parentPort } from "node:worker_threads";
import { type WrittenEntry, type ZipEntry, zipStream } from "../../shared/downloads/package/zip-stream.ts";

/* A thread that writes a zip of as many empty entries as a part may have, and posts how many bytes came out. */

const ENTRIES = 65_000;

async function* entries(): AsyncGenerator<ZipEntry, void, WrittenEntry> {
  for (let at = 0; at < ENTRIES; at++)
    yield { name: `${"folder".repeat(10)}/${at}`, bytes: Buffer.alloc(0), stored: true };
}

let bytes = 0;
for await (const chunk of zipStream(entries()) as AsyncIterable<Buffer>) bytes += chunk.length;
parentPort?.postMessage(bytes);
