import { bareCsv, bareEml } from "./support/bare-downloads.ts";
import { makeZips, memoryArchive } from "./support/memory-downloads.ts";

/* Makes CSV and EML downloads of the same packs as the app does and as a bare script of the same libraries would, in turns, and says
 * how fast the app is beside it, by the clock and by the work of the processor, which a busy machine shifts less. Both run in one process
 * with one set of settings. Fails when it reaches less than 60 % of the script by the clock. Stores are in memory for both.
 * `node bench/csv-eml.bench.ts [messages of the CSV] [mails]` */

const WANTED = 0.6;
const TURNS = 3;
const [rows = 50_000, mails = 10_000] = process.argv.slice(2).map(Number);

interface Turn {
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly bytes: number;
}

async function measure(make: () => Promise<number>): Promise<Turn> {
  globalThis.gc?.();
  const [started, before] = [performance.now(), process.cpuUsage()];
  const bytes = await make();
  const { user, system } = process.cpuUsage(before);
  return { seconds: (performance.now() - started) / 1_000, cpuSeconds: (user + system) / 1e6, bytes };
}

async function compare(
  name: string,
  messages: number,
  bare: (of: Awaited<ReturnType<typeof memoryArchive>>) => Promise<number>,
  format: "csv" | "eml",
) {
  const archive = await memoryArchive(messages);
  const [ours, theirs]: Turn[][] = [[], []];
  for (let turn = 0; turn < TURNS; turn++) {
    theirs?.push(await measure(() => bare(archive)));
    ours?.push(await measure(() => makeZips(archive, format)));
  }
  const best = (all: Turn[] = []) => all.reduce((a, b) => (b.seconds < a.seconds ? b : a));
  const leastCpu = (all: Turn[] = []) => Math.min(...all.map(({ cpuSeconds }) => cpuSeconds));
  const [app, script] = [best(ours), best(theirs)];
  const share = script.seconds / app.seconds;
  const cpuShare = leastCpu(theirs) / leastCpu(ours);
  const tell = (who: string, one: Turn) =>
    `${who} ${one.seconds.toFixed(1)} s (${Math.round(archive.messages / one.seconds)} a second, ${(one.bytes / 1e6).toFixed(1)} MB)`;
  console.log(
    `${name}: ${archive.messages} messages, ${tell("app", app)}, ${tell("script", script)}: ${Math.round(share * 100)} % ` +
      `(by the processor ${Math.round(cpuShare * 100)} %)`,
  );
  if (share < WANTED) process.exitCode = 1;
}

await compare("CSV", rows, bareCsv, "csv");
await compare("EML", mails, bareEml, "eml");
