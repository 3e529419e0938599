import { explainMissing } from "../functions/dependencies/explain-missing.ts";
import { createHash, randomBytes } from "node:crypto";
import { Readable } from "node:stream";
import { startAzurite } from "../local/azurite.ts";
import { writePart } from "../shared/downloads/package/write-part.ts";
import { type FileSetGiven, fileSet } from "../tests/support/file-set.ts";
import { packageBlobs } from "../shared/storage/package-blobs.ts";
import { clientsOf } from "../tests/support/storage.ts";

/* Zips of attachments of 1 to 8 MB, from blob to blob over Azurite, against a bare loop that copies the same blobs, one after
 * another, into blobs as large as the zips, through node. Both handle as many zips at once as a download does, and each part is
 * made by both, one after the other, in one process with one set of settings, so that what else the machine does weighs on both. The work
 * of the processor in this process stands beside it, as a busy machine shifts it less. Fails below the ratio that is wanted or above the
 * memory. `node bench/packaging.bench.ts [gigabytes]` */

const gigabytes = Number(process.argv[2] ?? 3);
const [AT_ONCE, WANTED, MOST_BYTES] = [3, 0.8, 300_000_000];
const MOST_PART_BYTES = 1_000_000_000;
const ORGANIZATION = "bench";
const MB = 1_000_000;

const azurite = await startAzurite();

async function run(): Promise<void> {
  const packages = packageBlobs(clientsOf(azurite).blobs, Date.now);
  const sizes = Array.from(
    { length: Math.round((gigabytes * 1_000) / 4.5) },
    (_, at) => MB + ((at * 1_234_577) % (7 * MB)),
  );
  const total = sizes.reduce((sum, bytes) => sum + bytes, 0);
  const contents: FileSetGiven["contents"][number][] = [];
  for (const [at, bytes] of sizes.entries()) {
    const content = randomBytes(bytes);
    const sha256 = createHash("sha256").update(content).digest("hex");
    await packages.put(ORGANIZATION, `contents/${sha256}`, Readable.from([content]), "application/octet-stream");
    contents.push({ sha256, bytes, name: `file ${at}.bin` });
  }
  const { layout, rows } = await fileSet(
    indexOf(contents, Math.min(MOST_PART_BYTES, Math.ceil(total / AT_ONCE) + 10 * MB)),
  );
  const open = (sha256: string) => packages.open(ORGANIZATION, `contents/${sha256}`);

  const zip = async (number: number) => {
    const sources = {
      rows,
      documents: () => Readable.from([Buffer.from("x")]),
      content: open,
      explain: explainMissing,
    };
    await packages.put(ORGANIZATION, `zips/${number}`, writePart(layout, number, sources).zip, "application/zip");
  };
  const copy = async (number: number) => {
    const slots = layout.parts[number - 1]?.slots ?? [];
    const all = async function* () {
      for (const { content } of slots)
        yield* (await open(contents[content]?.sha256 ?? "")) as AsyncIterable<Uint8Array>;
    };
    await packages.put(
      ORGANIZATION,
      `copies/${number}`,
      Readable.from(all(), { objectMode: false }),
      "application/zip",
    );
  };

  const [ours, bare] = [
    { ms: 0, cpuMs: 0 },
    { ms: 0, cpuMs: 0 },
  ];
  let peak = 0;
  const sampler = setInterval(() => (peak = Math.max(peak, process.memoryUsage.rss())), 100);
  const parts = layout.parts.map((_, at) => at + 1);
  for (let at = 0; at < parts.length; at += AT_ONCE) {
    const group = parts.slice(at, at + AT_ONCE);
    await measure(bare, () => Promise.all(group.map(copy)));
    await measure(ours, () => Promise.all(group.map(zip)));
  }
  clearInterval(sampler);
  const megabytes = total / MB;
  const ratio = bare.ms / ours.ms;
  console.log(
    `${Math.round(megabytes)} MB in ${parts.length} zips: ${rate(megabytes, ours.ms)}, bare copy ${rate(megabytes, bare.ms)}: ` +
      `${Math.round(ratio * 100)} % (by the processor ${Math.round((bare.cpuMs / ours.cpuMs) * 100)} %); at most ${Math.round(peak / MB)} MB of memory`,
  );
  if (ratio < WANTED || peak > MOST_BYTES) process.exitCode = 1;
}

const rate = (megabytes: number, ms: number): string => `${Math.round((megabytes / ms) * 1_000)} MB/s`;

async function measure(sum: { ms: number; cpuMs: number }, work: () => Promise<unknown>): Promise<void> {
  const [started, before] = [performance.now(), process.cpuUsage()];
  await work();
  const { user, system } = process.cpuUsage(before);
  sum.ms += performance.now() - started;
  sum.cpuMs += (user + system) / 1_000;
}

function indexOf(contents: FileSetGiven["contents"], partBytes: number): FileSetGiven {
  const [messages, references] = [contents.length, contents.length];
  const sha256 = createHash("sha256").update("x").digest("hex");
  return {
    head: {
      account: { id: "a", graphId: "g", displayName: "A", userPrincipalName: "a@x.test" },
      ...{ from: 0, to: 1, timeZone: "UTC", format: "csv", attachments: true, systemEvents: true },
      ...{ partBytes, version: "0" },
    },
    documents: [{ name: "messages.csv", kind: "messages", bytes: 1, messages, references, sha256 }],
    contents,
    references: contents.map(({ name }, content) => ({ chatId: "19:a", messageId: `${content}`, name, content })),
  };
}

try {
  await run();
} finally {
  await azurite.stop();
}
