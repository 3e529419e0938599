import { bareLoop } from "./support/bare-loop.ts";
import { startSimulatedApp } from "./support/simulated-app.ts";
import { runTables } from "../shared/storage/run-tables.ts";

/* One organization of 20 accounts with about 10,000 messages each, no latency and no limits: rows per second of the message
 * stage of a first backup, beside a bare loop over the same pages with as many accounts at a time. Fails below 40 %. */

const LANES = 8;
const FLOOR = 0.4;
const perAccount = Number(process.argv[2] ?? 10_000);

const app = await startSimulatedApp({
  sizes: { accounts: 22, messages: 5.6 * perAccount, chats: 40 },
  throttling: "off",
});
try {
  const users = app.accounts.map(({ graphId }) => graphId);
  const bareBefore = await bare();
  const { id, status, totals } = await app.backUp();
  const { data } = app.api;
  const tables = { runs: data.table("runs"), backups: data.table("backups"), runAccounts: data.table("runAccounts") };
  const run = await runTables(tables, Date.now).find(app.organizationId, id as string);
  const seconds = ((run?.fetchedAt ?? 0) - (run?.startedAt ?? 0)) / 1_000;
  const ours = report("backup", totals.messagesSeen as number, seconds);
  const bareAfter = await bare();
  const ratio = ours / ((bareBefore + bareAfter) / 2);
  console.log(`${users.length} accounts, ${status}; message stage at ${Math.round(ratio * 100)} % of the bare loop`);
  if (ratio < FLOOR) process.exitCode = 1;

  async function bare(): Promise<number> {
    const start = performance.now();
    const rows = await bareLoop(app, users, LANES);
    return report("bare loop", rows, (performance.now() - start) / 1_000);
  }
} finally {
  await app.stop();
}

function report(what: string, rows: number, seconds: number): number {
  console.log(`${what}: ${rows} rows in ${seconds.toFixed(1)} s, ${Math.round(rows / seconds)} a second`);
  return rows / seconds;
}
