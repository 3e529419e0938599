import { startAzurite } from "../local/azurite.ts";
import { oneAccount } from "../tests/support/one-account.ts";
import { clientsOf } from "../tests/support/storage.ts";
import { watchRequests } from "../tests/support/watch-requests.ts";

/* 1,000 daily runs of one account that sends five messages a day, edits one of the last week and one of any time: what a run
 * asks of storage, and what reading the last 90 days costs, at the beginning and at the end. Fails when a month has more than
 * 33 packs, or the last hundred runs cost half as much again as the second hundred: the first has no 90 days to read. */

const RUNS = Number(process.argv[2] ?? 1_000);
const SPAN = Math.min(100, Math.floor(RUNS / 3));
const DAY = 86_400_000;
const MOST_IN_MONTH = 33;
const MOST_GROWTH = 1.5;

interface Cost {
  readonly runMs: number;
  readonly requests: number;
  readonly bytes: number;
  readonly readMs: number;
  readonly packs: number;
}

const azurite = await startAzurite();
try {
  const account = oneAccount(clientsOf(azurite), Date.UTC(2023, 0, 1));
  const sent: ReturnType<typeof account.send>[] = [];
  const costs: Cost[] = [];
  let mostInMonth = 0;
  for (let day = 0; day < RUNS; day++) {
    for (let n = 0; n < 5; n++) sent.push(account.send(`chat ${n}`, `message ${n} of day ${day}, of a usual length`));
    for (const back of [7 * 5, sent.length]) {
      const target = sent[sent.length - 1 - ((day * 7_919) % Math.min(back, sent.length))];
      if (target) account.edit(target, `edited on day ${day}`);
    }
    account.pass(DAY);
    costs.push(await oneDay());
  }
  const all = await Array.fromAsync(account.archive.packs(account.of));
  const kept = all.reduce((sum, { versions }) => sum + versions, 0);
  const [first, last] = [mean(costs.slice(SPAN, 2 * SPAN)), mean(costs.slice(-SPAN))];
  console.log(`${RUNS} runs, ${kept} versions in ${all.length} packs, at most ${mostInMonth} in a month`);
  show(`first ${SPAN} runs`, mean(costs.slice(0, SPAN)));
  show(`next ${SPAN} runs`, first);
  show(`last ${SPAN} runs`, last);
  const grown = (["requests", "bytes", "readMs"] as const).filter((what) => last[what] > MOST_GROWTH * first[what]);
  if (grown.length > 0) console.log(`Grown: ${grown.join(", ")}`);
  if (mostInMonth > MOST_IN_MONTH || grown.length > 0 || kept !== account.handedOut.size) process.exitCode = 1;

  async function oneDay(): Promise<Cost> {
    const started = performance.now();
    const watched = await watchRequests(async () => void (await account.run()));
    const ended = performance.now();
    const packs = await Array.fromAsync(account.archive.packs(account.of));
    const inMonths = [...Map.groupBy(packs, ({ month }) => month).values()].map(({ length }) => length);
    mostInMonth = Math.max(mostInMonth, ...inMonths);
    const before = performance.now();
    const reading = { from: account.now() - 90 * DAY, to: account.now() };
    const { organizationId, accountId } = account.of;
    for await (const _ of account.reader.versions(organizationId, accountId, reading));
    return {
      runMs: ended - started,
      requests: watched.length,
      bytes: watched.reduce((sum, { bytes }) => sum + bytes, 0),
      readMs: performance.now() - before,
      packs: inMonths.length === 0 ? 0 : packs.length / inMonths.length,
    };
  }
} finally {
  await azurite.stop();
}

function mean(costs: readonly Cost[]): Cost {
  const of = (what: keyof Cost) => costs.reduce((sum, cost) => sum + cost[what], 0) / costs.length;
  return {
    runMs: of("runMs"),
    requests: of("requests"),
    bytes: of("bytes"),
    readMs: of("readMs"),
    packs: of("packs"),
  };
}

function show(name: string, { runMs, requests, bytes, readMs, packs }: Cost): void {
  const run = `${runMs.toFixed(0)} ms a run, ${requests.toFixed(1)} requests, ${(bytes / 1_024).toFixed(0)} KB read`;
  console.log(`${name}: ${run}; 90 days read in ${readMs.toFixed(0)} ms; ${packs.toFixed(1)} packs a month`);
}
