import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough, Readable } from "node:stream";
import { finished } from "node:stream/promises";
import { promisify } from "node:util";
import { PDFDocument, rgb } from "pdf-lib";
import PDFKit from "pdfkit";
import { startAzurite } from "../local/azurite.ts";
import { YOUNG_HEAP } from "../local/host/spawn-host.ts";
import { decodePack } from "../shared/archive/pack.ts";
import { parseMessage } from "../shared/chats/message.ts";
import { pdfRenderer } from "../shared/downloads/render/pdf/pdf-renderer.ts";
import { fontFile } from "../shared/downloads/render/pdf/type/font-files.ts";
import type { DocumentSink } from "../shared/downloads/render/renderer.ts";
import { packageBlobs } from "../shared/storage/package-blobs.ts";
import { clientsOf } from "../tests/support/storage.ts";
import { FONTS, HEAD, packsOf, plainMessage } from "./support/mixed-messages.ts";

/* Renders messages of many scripts as PDF, from packs to a blob, and says how long pdfkit takes to write the same plain text with
 * the same fonts to nowhere, on the same machine in the same minute: no more is allowed. pdf-lib's own `drawText` stands beside
 * it, on a sample. Each is run twice and the better time counts. Memory is that of a process of its own.
 * `node bench/pdf.bench.ts [messages]` */

const COUNT = Number(process.argv[2] ?? 50_000);
const SAMPLE = 1_000;
const azurite = await startAzurite();
const packages = packageBlobs(clientsOf(azurite).blobs, Date.now);
const packs = await packsOf(COUNT);
const require = createRequire(import.meta.url);
/** Of a process that renders and does nothing else, with a host's flags. */
const MOST_MEMORY = 300_000_000;

async function ours(): Promise<string> {
  const stream = new PassThrough({ highWaterMark: 1 << 20 });
  const stored = packages.put(
    "00000000-0000-0000-0000-000000000001",
    "bench/documents",
    stream,
    "application/octet-stream",
  );
  const hash = createHash("sha256");
  const renderer = pdfRenderer({ head: HEAD, open: () => Promise.reject(new Error("nothing to open")) });
  const sink: DocumentSink = {
    begin: () => undefined,
    fits: () => true,
    async write(bytes) {
      hash.update(bytes);
      if (!stream.write(bytes)) await new Promise((resolve) => stream.once("drain", resolve));
    },
  };
  for (const { sha256, bytes } of packs) {
    for await (const { raw } of decodePack(Readable.from([bytes]), sha256)) {
      const message = parseMessage(raw);
      const about = { chat: { topic: message.chatId }, from: message.from ?? {}, nameOf: () => undefined };
      await renderer.add({ message, ...about, contents: [] }, sink);
    }
  }
  await renderer.end(sink);
  stream.end();
  await stored;
  return hash.digest("hex");
}

async function alone(): Promise<{ memory: number; digest: string }> {
  const folder = await mkdtemp(join(tmpdir(), "pdf-bench-"));
  try {
    const named = packs.map(({ sha256, bytes }, at) => ({ sha256, bytes, file: join(folder, `${at}`) }));
    for (const { bytes, file } of named) await writeFile(file, bytes);
    const args = [
      YOUNG_HEAP,
      "--disable-warning=ExperimentalWarning",
      join(import.meta.dirname, "support/render-packs-process.ts"),
    ];
    const { stdout } = await promisify(execFile)(process.execPath, [
      ...args,
      ...named.map(({ sha256, file }) => `${sha256}=${file}`),
    ]);
    const [memory, digest = ""] = stdout.trim().split(" ");
    return { memory: Number(memory), digest };
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function byPdfKit(): Promise<void> {
  const document = new PDFKit({ size: "A4", margin: 56 });
  const sink = document.pipe(new PassThrough());
  sink.resume();
  for (const name of new Set(Object.values(FONTS))) {
    document.registerFont(name, require.resolve(`@expo-google-fonts/${fontFile(name, false)}`));
  }
  for (let at = 0; at < COUNT; at++) {
    const { sender, text, language } = plainMessage(at);
    document.font("noto-sans").fontSize(10).text(`${sender}  12:00:00`);
    document.font(FONTS[language]).text(text).moveDown(0.5);
    if (at % 1_000 === 0) await new Promise(setImmediate);
  }
  document.end();
  await finished(sink);
}

/** Latin, Greek and Cyrillic with the font that every reader has: fewer features, and no font to embed. */
async function byDrawText(): Promise<void> {
  const document = await PDFDocument.create();
  let [page, y] = [document.addPage(), 800];
  for (let at = 0; at < SAMPLE; at++) {
    const text = `Person ${at % 40}  12:00:00\n${plainMessage(at).text.replace(/[^ -~]/g, "?")}`;
    page.drawText(text, { x: 56, y, size: 10, maxWidth: 483, lineHeight: 14, color: rgb(0, 0, 0) });
    y -= 34;
    if (y < 60) [page, y] = [document.addPage(), 800];
  }
  await document.save();
}

async function best(run: () => Promise<unknown>): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 2; i++) {
    const start = performance.now();
    await run();
    least = Math.min(least, performance.now() - start);
  }
  return least / 1_000;
}

try {
  const hashes = new Set<string>();
  const own = await best(async () => hashes.add(await ours()));
  console.log(`ours: ${COUNT} messages in ${own.toFixed(1)} s`);
  const { memory, digest } = await alone();
  hashes.add(digest);
  console.log(`alone in a process: at most ${Math.round(memory / 1e6)} MB of memory`);
  const kit = await best(byPdfKit);
  console.log(
    `pdfkit: ${COUNT} messages in ${kit.toFixed(1)} s; ours takes ${Math.round((100 * own) / kit)} % of that`,
  );
  const plain = await best(byDrawText);
  console.log(
    `pdf-lib drawText: ${SAMPLE} messages in ${plain.toFixed(1)} s, ${((plain * COUNT) / SAMPLE).toFixed(0)} s for all`,
  );
  if (hashes.size !== 1) throw new Error("Two runs gave different bytes.");
  if (own > kit || memory > MOST_MEMORY) process.exitCode = 1;
} finally {
  await azurite.stop();
}
