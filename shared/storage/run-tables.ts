import type { TableClient } from "@azure/data-tables";
import { isTooSoon } from "../backup/daily-turns.ts";
import type { Run, RunStore } from "../backup/run-store.ts";
import { pausesOrganization } from "../backup/outcome.contract.ts";
import { newId } from "../platform/new-id.ts";
import type { Instant } from "../platform/time.ts";
import { descending } from "./descending.ts";
import { isOrphan, isUnnamed } from "./orphan-runs.ts";
import { runLists } from "./run-lists.ts";
import { CONTROL, type Control, controlKey, controlRow, runKey, type RunRow, runRow, toRun } from "./run-rows.ts";
import { refused, replaced, swap } from "./swap.ts";
import { table } from "./table.ts";

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
  const { claimNext, add, withdraw, ...lists } = runLists(clients.runAccounts, now);

  const find = async (organizationId: string, runId: string): Promise<Run | undefined> => {
    const row = await runs.get(runKey(organizationId, runId));
    return row && toRun(row.value);
  };
  const change = async (organizationId: string, runId: string, apply: (run: RunRow) => RunRow): Promise<void> => {
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
  const sweep = async (organizationId: string, known: Control): Promise<void> => {
    for await (const run of runs.list(organizationId))
      if (isOrphan(run.value, known, now())) await runs.delete(run, run.etag).catch(refused);
  };
  const request = async (
    organizationId: string,
    accountIds: readonly string[],
    turn?: Instant,
  ): Promise<Run | undefined> => {
    const late: { readonly runId: string; readonly added: readonly string[] }[] = [];
    for (;;) {
      const known = await controls.get(controlKey(organizationId));
      if (turn !== undefined && isTooSoon(turn, known?.value.turn, now())) return undefined;
      const runId = known?.value.queued ?? newId(now());
      const before = await runs.get(runKey(organizationId, runId));
      const isAll = accountIds.length === 0 || before?.value.scope === "all";
      const run = {
        runId,
        status: "Queued" as const,
        requestedAt: before?.value.requestedAt ?? now(),
        scope: isAll ? ("all" as const) : ("listed" as const),
        ...(turn !== undefined || before?.value.daily === true ? { daily: true } : {}),
      };
      if (!before) await runs.insert(runKey(organizationId, runId), run);
      else if (
        (before.value.scope !== run.scope || before.value.daily !== run.daily) &&
        !(await replaced(runs, before, run))
      )
        continue;
      let added: string[];
      try {
        added = await add(organizationId, runId, new Set(accountIds));
      } catch (error) {
        if (!before) await runs.delete(runKey(organizationId, runId));
        throw error;
      }
      const value: Control = { ...known?.value, queued: runId, ...(turn === undefined ? {} : { turn }) };
      // Written even when it names the run already: it fails if the run was begun meanwhile, without these accounts.
      if (await swap(controls, controlKey(organizationId), known, value)) {
        for (const one of late) if (one.runId !== runId) await withdraw(organizationId, one.runId, one.added);
        await sweep(organizationId, value);
        return run;
      }
      // Somebody was first with another run: nobody knows of this one.
      if (!before) await runs.delete(runKey(organizationId, runId));
      // The run was begun, maybe: then its lanes may be past these accounts, which the next one is for.
      else late.push({ runId, added });
    }
  };
  return {
    ...lists,
    find,
    async request(organizationId, accountIds) {
      const run = await request(organizationId, accountIds);
      if (!run) throw new Error("A request without a turn is never refused");
      return run;
    },
    requestDaily: (organizationId, turn) => request(organizationId, [], turn),
    async lastTurn(organizationId) {
      return (await controls.get(controlKey(organizationId)))?.value.turn;
    },
    async isFollowed(organizationId) {
      return (await controls.get(controlKey(organizationId)))?.value.queued !== undefined;
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
    async claim(organizationId, runId, claim) {
      const run = await find(organizationId, runId);
      const isStopped = run?.stopCode !== undefined && (claim.phase === "fetch" || pausesOrganization(run.stopCode));
      return claimNext(organizationId, runId, { ...claim, isStopped, turn: run?.resumed ?? 0 });
    },
    async list(organizationId, limit, after) {
      const names = (await controls.get(controlKey(organizationId)))?.value ?? {};
      const found: Run[] = [];
      let last = after === undefined ? "" : descending(after);
      for (let left = limit; left > 0; left = limit - found.length) {
        const rows = await runs.page(organizationId, left, last);
        found.push(...rows.filter(({ value }) => !isUnnamed(value, names)).map(({ value }) => toRun(value)));
        last = rows.at(-1)?.rowKey ?? last;
        if (rows.length < left) break;
      }
      return found;
    },
    async endFetch(organizationId, runId) {
      await change(organizationId, runId, (run) => ({ fetchedAt: run.fetchedAt ?? now(), ...run }));
    },
    async stop(organizationId, runId, code) {
      await change(organizationId, runId, (run) => ({ stopCode: run.stopCode ?? code, ...run }));
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
