import type { Stats } from "../local/graph-simulator/stats.ts";
import { createArchiveReader } from "../shared/archive/archive-reader.ts";
import { archiveTables } from "../shared/storage/archive-tables.ts";
import { organizationBlobs } from "../shared/storage/organization-blobs.ts";
import { startSimulatedApp } from "./support/simulated-app.ts";

/* A second run right after the first, with nothing new: pages asked of Graph and blobs written. Fails above the pages of the 48
 * hours that it overlaps, and when it writes another blob than one manifest for each account. */

const PAGE = 250;
const OVERLAP_MS = 48 * 3_600_000;

const app = await startSimulatedApp({
  sizes: { accounts: 22, messages: 60_000, chats: 40 },
  throttling: "off",
  emptyPageShare: 0,
});
try {
  const started = Date.now();
  const first = await app.backUp();
  report("first run", first, (await stats()).requests.export ?? 0);
  const before = await blobs();
  const pagesBefore = (await stats()).requests.export ?? 0;
  const second = await app.backUp();
  const pages = ((await stats()).requests.export ?? 0) - pagesBefore;
  report("second run", second, pages);
  const overlap = await overlapPages(started - OVERLAP_MS);
  const written = [...(await blobs())].filter((name) => !before.has(name));
  const manifests = written.filter((name) => name.startsWith("manifests/")).length;
  console.log(`the overlap has ${overlap} pages; ${written.length} blobs written, ${manifests} of them manifests`);
  const isIdle = second.totals.messagesNew === 0 && second.totals.messagesSeen > 0 && second.status === "Completed";
  const isLeast = pages <= overlap && written.length === manifests && manifests === app.accounts.length;
  if (!isIdle || !isLeast) process.exitCode = 1;
} finally {
  await app.stop();
}

async function stats(): Promise<Stats> {
  return (await (await fetch(`${app.simulator.graphUrl}/_simulator/stats`)).json()) as Stats;
}

async function blobs(): Promise<Set<string>> {
  const container = app.api.data.blobs.getContainerClient(`org-${app.organizationId}`);
  return new Set((await Array.fromAsync(container.listBlobsFlat())).map(({ name }) => name));
}

/** Of all accounts, by what the archive says they have there; each has at least one page. */
async function overlapPages(since: number): Promise<number> {
  const { data } = app.api;
  const reader = createArchiveReader(archiveTables(data.table("archive"), organizationBlobs(data.blobs)));
  let pages = 0;
  for (const { id } of app.accounts) {
    let messages = 0;
    for await (const { modifiedAt } of reader.versions(app.organizationId, id, { from: 0, to: Date.now() }))
      if (modifiedAt !== undefined && modifiedAt >= since) messages += 1;
    pages += Math.max(1, Math.ceil(messages / PAGE));
  }
  return pages;
}

function report(name: string, run: { totals: { messagesSeen: number; messagesNew: number } }, pages: number): void {
  const { messagesSeen, messagesNew } = run.totals;
  console.log(`${name}: ${pages} pages, ${messagesSeen} rows, ${messagesNew} new`);
}
