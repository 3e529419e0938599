import { fork } from "node:child_process";
import { once } from "node:events";
import { type Azurite, startAzurite } from "../local/azurite.ts";
import { GIVE_BACK, SMALL_HEAP } from "../local/host/spawn-host.ts";
import { buildPart } from "../shared/downloads/build-part.ts";
import { renderSet } from "../shared/downloads/render-set.ts";
import { forEachParallel } from "../shared/platform/for-each-parallel.ts";
import { hashId } from "../shared/platform/new-id.ts";
import { type DownloadPlace, downloadWorld } from "../tests/support/download-world.ts";
import { seededArchive } from "../tests/support/seeded-archive.ts";
import { clientsOf } from "../tests/support/storage.ts";

/* Makes a CSV download of a million messages and an EML download of 200,000, from packs to blobs over Azurite, each in a process of
 * its own with the memory settings of a host, and as many file sets and zips at once as a download has. Says how long each took and what memory
 * its process held at most, in MB of 1,000,000 bytes, and fails above the budget.
 * `node bench/download-memory.bench.ts [messages of the CSV] [mails]` */

const BUDGET_BYTES = 300_000_000;
const SETS = 8;
const ZIPS = 4;
const PER_PACK = 20_000;
const START = Date.UTC(2026, 0, 1);
const WORDS = "plan review Grüße ticket 予算 отчёт build deploy lunch 👍 tomorrow agenda draft".split(" ");

const organizationOf = (format: string): string => hashId(`bench ${format}`);

function message(at: number, spacing: number) {
  const time = new Date(START + at * spacing).toISOString();
  const said = Array.from({ length: 12 }, (_, n) => WORDS[(at * 7 + n * n) % WORDS.length]).join(" ");
  return {
    ...{ chatId: `19:${"0".repeat(30)}${at % 50}@thread.v2`, id: `${START + at * spacing}`, etag: `${at}` },
    ...{ messageType: "message", createdDateTime: time, lastModifiedDateTime: time, importance: "normal" },
    from: { user: { id: `u${at % 25}`, displayName: `Person ${at % 25}`, userIdentityType: "aadUser" } },
    body: { contentType: "html", content: `<p>${said} <b>${at}</b></p>` },
  };
}

async function seed(place: DownloadPlace, format: string, messages: number): Promise<void> {
  const organizationId = organizationOf(format);
  const of = { organizationId, accountId: hashId(organizationId) };
  const members = Array.from({ length: 8 }, (_, n) => ({
    ...{ id: `u${n}`, name: `Person ${n}`, address: `p${n}@contoso.test` },
  }));
  for (let chat = 0; chat < 50; chat++) {
    const { chatId } = message(chat, 1);
    await place.archive.directory.record(organizationId, { chatId, type: "group", topic: `Topic ${chat}`, members }, 1);
  }
  const spacing = Math.floor((80 * 86_400_000) / messages);
  for (let at = 0; at < messages; at += PER_PACK) {
    const length = Math.min(PER_PACK, messages - at);
    await place.archive.addMessages(
      of,
      Array.from({ length }, (_, n) => message(at + n, spacing)),
    );
  }
}

/** In a process of its own: how a download is made, as its orchestration does it. */
async function make(place: DownloadPlace, format: string): Promise<void> {
  let peak = 0;
  const sampler = setInterval(() => (peak = Math.max(peak, process.memoryUsage.rss())), 50);
  const started = performance.now();
  const options = { partBytes: 1_000_000_000, organizationId: organizationOf(format) };
  const { deps, ask, plan, show, organizationId } = downloadWorld(place, options);
  const { id: downloadId } = await ask({ format, attachments: false, from: "2026-01-01", to: "2026-03-31" });
  const of = { organizationId, downloadId };
  const left: { set: number; part: number }[] = [];
  const sets = await plan(of);
  await forEachParallel(sets, SETS, async (set) => {
    let step = await renderSet(deps, { ...of, set });
    while (step.status === "again") step = await renderSet(deps, { ...of, set });
    for (let part = 1; step.status === "done" && part <= step.result.parts; part++) left.push({ set, part });
  });
  const parts = left.length;
  const seconds = () => ((performance.now() - started) / 1_000).toFixed(0);
  const [renderedIn, renderedPeak] = [seconds(), peak];
  await forEachParallel(left, ZIPS, async (part) => {
    while ((await buildPart(deps, { ...of, ...part })).status === "again");
  });
  clearInterval(sampler);
  const zips = await Array.fromAsync(deps.downloads.zips(organizationId, downloadId));
  const { messages } = await show(downloadId);
  const megabytes = (bytes: number) => Math.round(bytes / 1e6);
  console.log(
    `${format}: ${messages} messages in ${sets.length} file sets and ${zips.length} zips of ${megabytes(zips.reduce((sum, zip) => sum + zip.bytes, 0))} MB, ` +
      `rendered in ${renderedIn} s with at most ${megabytes(renderedPeak)} MB of memory, all in ${seconds()} s with at most ${megabytes(peak)} MB`,
  );
  if (zips.length !== parts || parts === 0 || peak > BUDGET_BYTES) process.exitCode = 1;
}

function place(azurite: Pick<Azurite, "connectionString">): DownloadPlace {
  const whole = azurite as Azurite;
  const clients = clientsOf(whole);
  return { clients, archive: seededArchive(clients), now: Date.now(), azurite: whole };
}

const { CONNECTION: connectionString, FORMAT: format } = process.env;
if (connectionString !== undefined && format !== undefined) {
  await make(place({ connectionString }), format);
} else {
  const [rows = 1_000_000, mails = 200_000] = process.argv.slice(2).map(Number);
  const azurite = await startAzurite();
  try {
    for (const [format, messages] of [["csv", rows] as const, ["eml", mails] as const]) {
      if (messages === 0) continue;
      await seed(place(azurite), format, messages);
      const env = { ...GIVE_BACK, ...process.env, CONNECTION: azurite.connectionString, FORMAT: format };
      const child = fork(import.meta.filename, { env, execArgv: SMALL_HEAP });
      const [code] = (await once(child, "exit")) as [number | null];
      if (code !== 0) process.exitCode = 1;
    }
  } finally {
    await azurite.stop();
  }
}
