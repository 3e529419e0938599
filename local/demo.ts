import { createWriteStream, existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { z } from "zod";
import { backUp } from "./demo/back-up.ts";
import { type DemoDownload, FORMATS, removeFolder, saveZips, type SavedZip, waitForDownload } from "./demo/download.ts";
import { Hopeless, openProgress, type Progress } from "./demo/progress.ts";
import { type DemoOrganization, setUp } from "./demo/set-up.ts";
import { tenantOf } from "./demo/tenant.ts";
import { verifyAccount } from "./demo/verify.ts";
import { replaceOut } from "./demo/replace-out.ts";
import { watchDiskRoom } from "./disk-room.ts";
import { gentleEnd } from "./gentle-end.ts";
import { type LocalMode, startLocalMode } from "./local-mode.ts";
import { lockFolder } from "./lock-folder.ts";
import { startOptions } from "./start-options.ts";
import { forEachParallel } from "../shared/platform/for-each-parallel.ts";
import type { SpawnedSimulator } from "./spawn-simulator.ts";
import { makeFolder } from "./state-folder.ts";

const began = Date.now();
/** Takes the place of `OUT` only when everything in it is right. */
const NEW = resolve("out.new");
const OUT = resolve("out");
const MOST_SHOWN = 20;
const say = (line: string): void =>
  console.log(`${String(Math.round((Date.now() - began) / 1000)).padStart(3)} s  ${line}`);

/** `npm run demo`: the whole main job once, on free ports, from an empty organization to checked zips. */
async function main(): Promise<void> {
  const { stateDirectory: home } = startOptions(process.env);
  const stateDirectory = join(home, "demo");
  await makeFolder(home);
  lockFolder(home, "demo-lock.sqlite");
  const killed = existsSync(join(stateDirectory, "running"));
  const progress = await openProgress(stateDirectory);
  // A download that was being made when everything was killed is not taken up again: another is asked for.
  if (killed && progress.resumed) await progress.set({ downloads: {} });
  await removeFolder(NEW);
  await makeFolder(NEW, "or start the demo in another folder");
  const room = await watchDiskRoom([NEW]);
  if (progress.resumed) say("going on with the demo that was interrupted");
  const log = createWriteStream(join(stateDirectory, "app.log"), { flags: "a" });
  // A full disk must not end the demo by its log.
  log.on("error", () => undefined);
  const hear = (line: string) => (/^[{[]/.test(line) ? log.write(`${line}\n`) : say(line));
  const stop = async () => (await starting.catch(() => undefined))?.stop();
  const { signal, end } = gentleEnd(stop, say, {
    SIGINT: [130, "interrupted; run it again to go on"],
    SIGTERM: [143, "ended; run it again to go on"],
  });
  const starting: Promise<LocalMode> = startLocalMode({
    stateDirectory,
    port: 0,
    simulator: {},
    environment: process.env,
    say: hear,
    signal,
  });
  try {
    const local = await starting;
    void Promise.race([local.broken, room.gone]).then((sentence) => end(1, sentence));
    if (!local.simulator) throw new Error("The demo needs the simulator.");
    say(`started     ${local.url}, storage and a simulated tenant of Microsoft 365`);
    const { faults, done, zips } = await mainJob(local.url, local.simulator, progress);
    await progress.set({ finished: true });
    if (faults.length > 0) {
      for (const fault of faults.slice(0, MOST_SHOWN)) say(`DIFFERS     ${fault}`);
      if (faults.length > MOST_SHOWN) say(`            and ${faults.length - MOST_SHOWN} more`);
      say(`failed      the zips are under ${NEW}`);
      return end(1);
    }
    const aside = await replaceOut(OUT, NEW, zips);
    if (aside !== undefined) say(`kept        ${OUT} held files that are not the demo's: it is now ${aside}`);
    table([...done, ["where", OUT]]);
    end(0);
  } catch (error) {
    // What fails because everything is being stopped is no failure.
    if (signal.aborted) return;
    if (error instanceof Hopeless) await progress.set({ finished: true });
    say(`failed      ${error instanceof Error ? error.message : String(error)}`);
    end(1);
  }
}

type Rows = readonly (readonly [string, string | number])[];

async function mainJob(
  url: string,
  simulator: SpawnedSimulator,
  progress: Progress,
): Promise<{ faults: string[]; done: Rows; zips: readonly SavedZip[] }> {
  const organization = await setUp(url, simulator, progress, say);
  const run = await backUp(organization, progress, say);
  const range = await wholeRange(organization);
  const zips: SavedZip[] = [];
  const downloads: DemoDownload[] = [];
  const tenant = await tenantOf(simulator);
  const sum = { messages: 0, files: 0, missing: 0 };
  const faults: string[] = [];
  for (const format of FORMATS) {
    // One format tells of everything; for the others the last 90 days, as nobody asks for more without a reason.
    const asked = { format, attachments: true, ...(format === "csv" ? range : {}) };
    const ready = await waitForDownload(organization, asked, progress, say);
    const saved = await saveZips(organization, ready, resolve(NEW, format));
    downloads.push(ready);
    zips.push(...saved);
    await forEachParallel(organization.accounts, 3, async (account) => {
      const own = saved.filter(({ accountId }) => accountId === account.id);
      const verdict = await verifyAccount(tenant, account, own, rangeOf(ready));
      sum.messages += verdict.messages;
      sum.files += verdict.files;
      sum.missing += verdict.missing;
      faults.push(...verdict.faults.map((fault) => `${account.userPrincipalName}, ${format}: ${fault}`));
    });
  }
  say(`saved       ${zips.length} zips, ${megabytes(zips)} MB`);
  say(
    `checked     against what the tenant holds: ${faults.length === 0 ? "no difference" : `${faults.length} differences`}`,
  );
  const total = (of: (download: DemoDownload) => number) => downloads.reduce((all, one) => all + of(one), 0);
  const lacking = total(({ missing }) => missing.reduce((all, { count }) => all + count, 0));
  const done: Rows = [
    ["accounts", organization.accounts.length],
    ["message versions archived", run.totals.messagesNew],
    ["messages in the zips, once for each account", sum.messages],
    ["pictures and files in the zips", `${total((one) => one.attachmentCount)}, shown at ${sum.files} places`],
    [
      "pictures and files that nobody can have",
      `${lacking}, of ${sum.missing} messages; the zips name each with its reason`,
    ],
    ["zips", zips.length],
    ["MB", megabytes(zips)],
  ];
  return { faults, done, zips };
}

const rangeOf = ({ windows }: DemoDownload) => ({
  from: Math.min(...windows.map(({ from }) => Date.parse(from))),
  to: Math.max(...windows.map(({ to }) => Date.parse(to))),
});

/** From the first archived message to today. */
async function wholeRange({ organizationId, admin }: DemoOrganization): Promise<{ from: string; to: string }> {
  const today = new Date().toISOString().slice(0, 10);
  let from = today;
  const account = z.object({ firstMessageAt: z.string().nullable() });
  for await (const { firstMessageAt } of admin.list(`/api/organizations/${organizationId}/accounts`, account)) {
    if (firstMessageAt !== null && firstMessageAt < from) from = firstMessageAt.slice(0, 10);
  }
  return { from, to: today };
}

const megabytes = (zips: readonly SavedZip[]): number =>
  Math.round(zips.reduce((total, { bytes }) => total + bytes, 0) / 100_000) / 10;

function table(rows: Rows): void {
  const width = Math.max(...rows.map(([name]) => name.length));
  console.log("");
  for (const [name, value] of rows) console.log(`  ${name.padEnd(width)}  ${value}`);
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
});
