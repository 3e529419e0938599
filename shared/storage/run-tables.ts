import type { TableClient } from "@azure/data-tables";
import { z } from "zod";
import type { ChatContents, Claim, Run, RunAccount, RunStore, Totals } from "../backup/run-store.ts";
import { pausesOrganization } from "../backup/outcome.contract.ts";
import { NO_TOTALS } from "../backup/totals.ts";
import { isAppError } from "../platform/errors.ts";
import { newId } from "../platform/new-id.ts";
import type { Instant } from "../platform/time.ts";
import { descending } from "./descending.ts";
import { orphanRuns } from "./orphan-runs.ts";
import { insertMissing, type Key, type Row, type Table, table, type Write } from "./table.ts";

const status = z.enum(["Queued", "Running", "Completed", "Partial", "Failed", "Paused"]);
const reasons = z.array(z.object({ code: z.string(), count: z.number() }));
const totals = z.object({
  messagesSeen: z.number(),
  messagesNew: z.number(),
  messagesUnchanged: z.number(),
  messagesFailed: z.number().default(0),
  attachmentsStored: z.number(),
  skipped: z.number(),
  failed: z.number(),
  reasons,
});
const runRow = z.object({
  runId: z.string(),
  status,
  requestedAt: z.number(),
  startedAt: z.number().optional(),
  fetchedAt: z.number().optional(),
  finishedAt: z.number().optional(),
  scope: z.enum(["all", "listed"]),
  stopCode: z.string().optional(),
  resumed: z.number().optional(),
  daily: z.boolean().optional(),
  totals: z.string().optional(),
});
const controlRow = z.object({
  running: z.string().optional(),
  queued: z.string().optional(),
  /** The running run waits for `resume`. */
  paused: z.boolean().optional(),
  /** The last day that had its turn. */
  day: z.number().optional(),
  /** How the last run that ended did. */
  ended: status.optional(),
  concern: z.string().optional(),
});
const listRow = z.object({
  accountId: z.string(),
  status,
  startedAt: z.number().optional(),
  finishedAt: z.number().optional(),
  fetchedAt: z.number().optional(),
  totals: z.string(),
  contents: z.string(),
});
/** A lane's claim, or how far a phase has come; `accountId` is empty at the end of the list. */
const claimRow = z.object({ accountId: z.string() });
const contentsRow = z.object({
  chatKey: z.string(),
  stored: z.number(),
  bytes: z.number(),
  skipped: z.number(),
  failed: z.number(),
  pending: z.number(),
  reasons: z.string(),
});
type Control = z.output<typeof controlRow>;

const CONTROL = "control";
/** Where runs are looked for that nothing names: they become none by being asked for, and that looks at them. */
const NEWEST = 20;
const EMPTY = JSON.stringify(NO_TOTALS);

export interface RunTables {
  /** Partition organization; newest run first. */
  readonly runs: TableClient;
  /** One row per organization: which run is running and which is queued. */
  readonly backups: TableClient;
  /** Partition organization|run: its list, claims and contents by chat. */
  readonly runAccounts: TableClient;
}

export function runTables(clients: RunTables, now: () => Instant): RunStore {
  const runs = table(clients.runs, runRow);
  const controls = table(clients.backups, controlRow);
  const lists = table(clients.runAccounts, listRow);
  const claims = table(clients.runAccounts, claimRow);
  const contents = table(clients.runAccounts, contentsRow);

  const find = async (organizationId: string, runId: string): Promise<Run | undefined> => {
    const row = await runs.get(runKey(organizationId, runId));
    return row && toRun(row.value);
  };
  const change = async (
    organizationId: string,
    runId: string,
    apply: (run: z.output<typeof runRow>) => z.output<typeof runRow>,
  ): Promise<void> => {
    for (;;) {
      const row = await runs.get(runKey(organizationId, runId));
      if (!row || (await replaced(runs, row, apply(row.value)))) return;
    }
  };
  const control = async (organizationId: string, apply: (known: Control) => Control): Promise<void> => {
    for (;;) {
      const row = await controls.get(controlKey(organizationId));
      if (!row || (await replaced(controls, row, apply(row.value)))) return;
    }
  };
  const enlist = async (
    organizationId: string,
    runId: string,
    ids: AsyncIterable<string> | Iterable<string>,
  ): Promise<void> => {
    let batch: Write<z.output<typeof listRow>>[] = [];
    const flush = async () => {
      if (batch.length > 0) await insertMissing(lists, batch);
      batch = [];
    };
    for await (const accountId of ids) {
      const value = { accountId, status: "Queued" as const, totals: EMPTY, contents: EMPTY };
      batch.push({ action: "insert", ...listKey(organizationId, runId, accountId), value });
      if (batch.length === 100) await flush();
    }
    await flush();
  };
  const sweep = async (organizationId: string, known: Control): Promise<void> => {
    const newest = await runs.page(organizationId, NEWEST);
    for (const { partitionKey, rowKey, etag } of orphanRuns(newest, known, now()))
      await runs.delete({ partitionKey, rowKey }, etag).catch(refused);
  };
  const request = async (
    organizationId: string,
    accountIds: readonly string[],
    day?: number,
  ): Promise<Run | undefined> => {
    for (;;) {
      const known = await controls.get(controlKey(organizationId));
      if (day !== undefined && hadTurn(known?.value, day)) return undefined;
      const runId = known?.value.queued ?? newId(now());
      const before = await runs.get(runKey(organizationId, runId));
      const isAll = accountIds.length === 0 || before?.value.scope === "all";
      const run = {
        runId,
        status: "Queued" as const,
        requestedAt: before?.value.requestedAt ?? now(),
        scope: isAll ? ("all" as const) : ("listed" as const),
        ...(day !== undefined || before?.value.daily === true ? { daily: true } : {}),
      };
      if (!before) await runs.insert(runKey(organizationId, runId), run);
      else if (
        (before.value.scope !== run.scope || before.value.daily !== run.daily) &&
        !(await replaced(runs, before, run))
      )
        continue;
      await enlist(organizationId, runId, accountIds);
      const value: Control = { ...known?.value, queued: runId, ...(day === undefined ? {} : { day }) };
      // Written even when it names the run already: it fails if the run was begun meanwhile, without these accounts.
      if (await swap(controls, controlKey(organizationId), known, value)) {
        await sweep(organizationId, value);
        return run;
      }
      // Somebody was first with another run: nobody knows of this one.
      if (!before) await runs.delete(runKey(organizationId, runId));
    }
  };
  const list = async function* (organizationId: string, runId: string): AsyncGenerator<RunAccount> {
    for await (const row of lists.list(`${organizationId}|${runId}`, { from: "a|", to: "a|~" }))
      yield toRunAccount(row.value);
  };

  return {
    find,
    putAccount: (organizationId, runId, { totals: own, contents: chats, ...account }) =>
      lists.upsert(listKey(organizationId, runId, account.accountId), {
        ...account,
        totals: JSON.stringify(own),
        contents: JSON.stringify(chats),
      }),
    async startAccount(organizationId, runId, accountId) {
      const row = await lists.get(listKey(organizationId, runId, accountId));
      // A repeat that comes late must not take back what happened since.
      if (row?.value.status === "Queued")
        await replaced(lists, row, { ...row.value, status: "Running", startedAt: now() });
    },
    accounts: list,
    async accountsPage(organizationId, runId, limit, after = "") {
      const rows = await lists.page(`${organizationId}|${runId}`, limit, `a|${after}`, "a|~");
      return rows.map((row) => toRunAccount(row.value));
    },
    async account(organizationId, runId, accountId) {
      const row = await lists.get(listKey(organizationId, runId, accountId));
      return row && toRunAccount(row.value);
    },
    async request(organizationId, accountIds) {
      const run = await request(organizationId, accountIds);
      if (!run) throw new Error("A request without a day is never refused");
      return run;
    },
    requestDaily: (organizationId, day) => request(organizationId, [], day),
    async hadTurn(organizationId, day) {
      return hadTurn((await controls.get(controlKey(organizationId)))?.value, day);
    },
    async begin(organizationId) {
      for (;;) {
        const known = await controls.get(controlKey(organizationId));
        const runId = known?.value.running ?? known?.value.queued;
        if (!known || runId === undefined || known.value.paused === true) return undefined;
        if (
          known.value.running === undefined &&
          !(await swap(controls, controlKey(organizationId), known, {
            ...known.value,
            running: runId,
            queued: undefined,
          }))
        )
          continue;
        // A repeat that comes late must not take back what happened since.
        await change(organizationId, runId, (run) =>
          run.status === "Queued" ? { ...run, status: "Running", startedAt: now() } : run,
        );
        return find(organizationId, runId);
      }
    },
    async enlist(organizationId, runId, accountIds) {
      await enlist(organizationId, runId, accountIds);
      let count = 0;
      for await (const _ of list(organizationId, runId)) count += 1;
      return count;
    },
    async claim(organizationId, runId, claim) {
      const run = await find(organizationId, runId);
      const isStopped = run?.stopCode !== undefined && (claim.phase === "fetch" || pausesOrganization(run.stopCode));
      return claimNext(claims, lists, `${organizationId}|${runId}`, { ...claim, isStopped, turn: run?.resumed ?? 0 });
    },
    async claimChat(organizationId, runId, chatKey, accountId) {
      const key = { partitionKey: `${organizationId}|${runId}`, rowKey: `s|${chatKey}` };
      const known = await claims.get(key);
      if (known) return known.value.accountId === accountId;
      return claims.insert(key, { accountId }).then(() => true, refused);
    },
    async list(organizationId, limit, after) {
      const rows = await runs.page(organizationId, limit, after === undefined ? "" : descending(after));
      return rows.map((row) => toRun(row.value));
    },
    async endFetch(organizationId, runId) {
      await change(organizationId, runId, (run) => ({ fetchedAt: run.fetchedAt ?? now(), ...run }));
    },
    async stop(organizationId, runId, code) {
      await change(organizationId, runId, (run) => ({ stopCode: run.stopCode ?? code, ...run }));
    },
    putContents: (organizationId, runId, counts) =>
      contents.upsert(contentsKey(organizationId, runId, counts.chatKey), {
        ...counts,
        reasons: JSON.stringify(counts.reasons),
      }),
    async *contents(organizationId, runId) {
      for await (const row of contents.list(`${organizationId}|${runId}`, { from: "k|", to: "k|~" }))
        yield toContents(row.value);
    },
    async contentsOf(organizationId, runId, chatKey) {
      const row = await contents.get(contentsKey(organizationId, runId, chatKey));
      return row && toContents(row.value);
    },
    async pause(organizationId, runId) {
      await change(organizationId, runId, (run) => (run.status === "Running" ? { ...run, status: "Paused" } : run));
      await control(organizationId, (known) => (known.running === runId ? { ...known, paused: true } : known));
    },
    async resume(organizationId) {
      const known = (await controls.get(controlKey(organizationId)))?.value;
      if (known?.running === undefined || known.paused !== true) return false;
      await change(organizationId, known.running, ({ stopCode, fetchedAt, ...run }) =>
        run.status === "Paused"
          ? { ...run, status: "Running", resumed: (run.resumed ?? 0) + 1 }
          : { stopCode, fetchedAt, ...run },
      );
      await control(organizationId, ({ paused: _, ...rest }) => rest);
      return true;
    },
    async paused(organizationId) {
      const known = (await controls.get(controlKey(organizationId)))?.value;
      return known?.running !== undefined && known.paused === true ? find(organizationId, known.running) : undefined;
    },
    async lastEnded(organizationId) {
      const { ended, concern } = (await controls.get(controlKey(organizationId)))?.value ?? {};
      return ended && { status: ended, ...(concern === undefined ? {} : { concern }) };
    },
    async finish(organizationId, run, concern) {
      const { runId, status: ended, totals: sums, finishedAt } = run;
      await change(organizationId, runId, (row) => ({
        ...row,
        ...(row.finishedAt === undefined
          ? { status: ended, finishedAt, ...(sums ? { totals: JSON.stringify(sums) } : {}) }
          : {}),
      }));
      for (;;) {
        const known = await controls.get(controlKey(organizationId));
        if (known?.value.running !== run.runId) return known?.value.queued !== undefined;
        const { queued } = known.value;
        const value = { ...known.value, running: undefined, ended, concern };
        if (await swap(controls, controlKey(organizationId), known, value)) return queued !== undefined;
      }
    },
    async *busy() {
      for await (const row of controls.list(CONTROL)) {
        const { running, queued, paused } = row.value;
        if (paused !== true && (running !== undefined || queued !== undefined)) yield row.rowKey;
      }
    },
  };
}

const hadTurn = (known: Control | undefined, day: number): boolean => (known?.day ?? Number.NEGATIVE_INFINITY) >= day;

const runKey = (organizationId: string, runId: string) => ({ partitionKey: organizationId, rowKey: descending(runId) });
const controlKey = (organizationId: string) => ({ partitionKey: CONTROL, rowKey: organizationId });
const listKey = (organizationId: string, runId: string, accountId: string) => ({
  partitionKey: `${organizationId}|${runId}`,
  rowKey: `a|${accountId}`,
});
const contentsKey = (organizationId: string, runId: string, chatKey: string) => ({
  partitionKey: `${organizationId}|${runId}`,
  rowKey: `k|${chatKey}`,
});

/** Compare and set: false when somebody else was first. */
async function swap(
  controls: Table<Control>,
  key: Key,
  known: Row<Control> | undefined,
  value: Control,
): Promise<boolean> {
  if (known) return replaced(controls, known, value);
  return controls.insert(key, value).then(() => true, refused);
}

const replaced = <T>(rows: Table<T>, row: Row<T>, value: T): Promise<boolean> =>
  rows.replace(row, value).then(() => true, refused);

function refused(error: unknown): false {
  if (isAppError(error, "storage.changed") || isAppError(error, "storage.conflict")) return false;
  throw error;
}

/** The claim and the phase's progress are one transaction: an account is handed out once, and a lost answer is found again. Each
 * turn of a run (it goes on after a pause) has claims of its own. */
async function claimNext(
  claims: Table<z.output<typeof claimRow>>,
  lists: Table<z.output<typeof listRow>>,
  partitionKey: string,
  { phase, lane, claim, isStopped, turn }: Claim & { readonly isStopped: boolean; readonly turn: number },
): Promise<string | undefined> {
  const part = turn === 0 ? phase : `${phase}~${turn}`;
  const cursorKey = { partitionKey, rowKey: `p|${part}` };
  const claimKey = { partitionKey, rowKey: `c|${part}|${lane}|${claim}` };
  for (;;) {
    const before = await claims.get(claimKey);
    if (before) return before.value.accountId || undefined;
    if (isStopped) return undefined;
    const cursor = await claims.get(cursorKey);
    const next = await nextAfter(lists, partitionKey, cursor?.value.accountId ?? "", phase === "fetch" && turn > 0);
    if (!next) return undefined;
    const value = { accountId: next };
    const moved: Write<typeof value> = cursor
      ? { action: "replace", ...cursorKey, value, etag: cursor.etag }
      : { action: "insert", ...cursorKey, value };
    try {
      await claims.transaction([{ action: "insert", ...claimKey, value }, moved]);
      return value.accountId;
    } catch (error) {
      if (!isAppError(error, "storage.changed") && !isAppError(error, "storage.conflict")) throw error;
    }
  }
}

/** The next account of the list; of those that are not fetched alone where most may be. */
async function nextAfter(
  lists: Table<z.output<typeof listRow>>,
  partitionKey: string,
  accountId: string,
  unfetched: boolean,
): Promise<string | undefined> {
  for (let after = accountId; ; ) {
    const rows = await lists.page(partitionKey, unfetched ? 200 : 1, `a|${after}`, "a|~");
    const found = unfetched ? rows.find(({ value }) => value.fetchedAt === undefined) : rows[0];
    const last = rows.at(-1);
    if (found || !last) return found?.value.accountId;
    after = last.value.accountId;
  }
}

const parseTotals = (text: string): Totals => totals.parse(JSON.parse(text));

function toRun({ totals: sums, ...row }: z.output<typeof runRow>): Run {
  return { ...(defined(row) as Omit<Run, "totals">), ...(sums === undefined ? {} : { totals: parseTotals(sums) }) };
}

function toRunAccount({ totals: own, contents, ...row }: z.output<typeof listRow>): RunAccount {
  return {
    ...(defined(row) as Omit<RunAccount, "totals" | "contents">),
    totals: parseTotals(own),
    contents: parseTotals(contents),
  };
}

const toContents = ({ reasons: text, ...row }: z.output<typeof contentsRow>): ChatContents => ({
  ...row,
  reasons: reasons.parse(JSON.parse(text)),
});

const defined = (row: object): object =>
  Object.fromEntries(Object.entries(row).filter(([, value]) => value !== undefined));
