import { explainMissing } from "../functions/dependencies/explain-missing.ts";
import { createHash, randomBytes } from "node:crypto";
import { Readable } from "node:stream";
import { writePart } from "../shared/downloads/package/write-part.ts";
import { type FileSetGiven, fileSet } from "../tests/support/file-set.ts";

/* Writes one zip of nearly the largest size from many incompressible attachments and says how long it took and what memory it
 * held at most. Fails above the budget: the zip must be streamed. `node bench/download-zip.bench.ts [megabytes]` */

const BUDGET_BYTES = 250_000_000;
const megabytes = Number(process.argv[2] ?? 900);
const block = randomBytes(1_000_000);
const sha256 = "0".repeat(64);

const contents = Array.from({ length: megabytes }, (_, i) => ({ sha256, bytes: block.length, name: `file ${i}.bin` }));
const index: FileSetGiven = {
  head: {
    account: { id: "a", graphId: "g", displayName: "A", userPrincipalName: "a@x.test" },
    ...{ from: 0, to: 1, timeZone: "UTC", format: "csv", attachments: true, systemEvents: true },
    ...{ partBytes: 1_000_000_000, version: "0" },
  },
  documents: [
    {
      ...{ name: "messages.csv", kind: "messages", bytes: 1, messages: contents.length, references: contents.length },
      sha256: createHash("sha256").update("x").digest("hex"),
    },
  ],
  contents,
  references: contents.map(({ name }, content) => ({ chatId: "19:a", messageId: `${content}`, name, content })),
};

const started = performance.now();
let [peak, bytes] = [0, 0];
const { layout, rows } = await fileSet(index);
const { zip } = writePart(layout, 1, {
  explain: explainMissing,
  rows,
  documents: () => Readable.from([Buffer.from("x")]),
  content: () => Promise.resolve(Readable.from([block], { objectMode: false })),
});
for await (const chunk of zip as AsyncIterable<Buffer>) {
  bytes += chunk.length;
  peak = Math.max(peak, process.memoryUsage.rss());
}
const seconds = (performance.now() - started) / 1_000;
console.log(
  `${Math.round(bytes / 1e6)} MB zip in ${seconds.toFixed(1)} s, at most ${Math.round(peak / 1e6)} MB of memory`,
);
if (peak > BUDGET_BYTES) process.exitCode = 1;
