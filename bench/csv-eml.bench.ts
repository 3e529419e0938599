import { bareCsv, bareEml } from "./support/bare-downloads.ts";
import { makeZips, memoryArchive } from "./support/memory-downloads.ts";

/* Makes CSV and EML downloads of the same packs as the app does and as a bare script of the same libraries would, in turns, and says
 * how fast the app is beside it. Fails when it reaches less than 60 % of the script. Stores are in memory for both.
 * `node bench/csv-eml.bench.ts [messages of the CSV] [mails]` */

const WANTED = 0.6;
const TURNS = 3;
const [rows = 50_000, mails = 10_000] = process.argv.slice(2).map(Number);

async function seconds(make: () => Promise<number>): Promise<{ seconds: number; bytes: number }> {
  globalThis.gc?.();
  const started = performance.now();
  const bytes = await make();
  return { seconds: (performance.now() - started) / 1_000, bytes };
}

async function compare(
  name: string,
  messages: number,
  bare: (of: Awaited<ReturnType<typeof memoryArchive>>) => Promise<number>,
  format: "csv" | "eml",
) {
  const archive = await memoryArchive(messages);
  const [ours, theirs]: { seconds: number; bytes: number }[][] = [[], []];
  for (let turn = 0; turn < TURNS; turn++) {
    theirs?.push(await seconds(() => bare(archive)));
    ours?.push(await seconds(() => makeZips(archive, format)));
  }
  const best = (all: { seconds: number; bytes: number }[] = []) =>
    all.reduce((a, b) => (b.seconds < a.seconds ? b : a));
  const [app, script] = [best(ours), best(theirs)];
  const share = script.seconds / app.seconds;
  const tell = (who: string, one: { seconds: number; bytes: number }) =>
    `${who} ${one.seconds.toFixed(1)} s (${Math.round(archive.messages / one.seconds)} a second, ${(one.bytes / 1e6).toFixed(1)} MB)`;
  console.log(
    `${name}: ${archive.messages} messages, ${tell("app", app)}, ${tell("script", script)}: ${Math.round(share * 100)} %`,
  );
  if (share < WANTED) process.exitCode = 1;
}

await compare("CSV", rows, bareCsv, "csv");
await compare("EML", mails, bareEml, "eml");
