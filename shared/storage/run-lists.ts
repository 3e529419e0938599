import type { TableClient } from "@azure/data-tables";
import type { Claim, RunAccount, RunStore } from "../backup/run-store.ts";
import { NO_TOTALS } from "../backup/totals.ts";
import type { Instant } from "../platform/time.ts";
import { claimNext } from "./claim-next.ts";
import {
  claimRow,
  contentsKey,
  contentsRow,
  listKey,
  listPartition,
  type ListRow,
  listRow,
  toContents,
  toRunAccount,
} from "./run-rows.ts";
import { refused, replaced } from "./swap.ts";
import { insertMissing, table, type Write } from "./table.ts";

const EMPTY = JSON.stringify(NO_TOTALS);

type ListMethods =
  | "putAccount"
  | "startAccount"
  | "accounts"
  | "accountsPage"
  | "account"
  | "enlist"
  | "claimChat"
  | "putContents"
  | "contents"
  | "contentsOf";

/** What belongs to one run: its accounts, who works on which, and the contents by chat. */
export interface RunLists extends Pick<RunStore, ListMethods> {
  /** Puts accounts on the list of the run, each named once; those that are on it stay as they are. Answers those that were not. */
  add(organizationId: string, runId: string, accountIds: AsyncIterable<string> | Iterable<string>): Promise<string[]>;
  /** Takes accounts off the list of a run that their turn has not come in. */
  withdraw(organizationId: string, runId: string, accountIds: readonly string[]): Promise<void>;
  /** `turn`: how often the run went on after a pause. */
  claimNext(
    organizationId: string,
    runId: string,
    claim: Claim & { readonly isStopped: boolean; readonly turn: number },
  ): Promise<string | undefined>;
}

/** Partition organization|run: `a|` its accounts, `p|` and `c|` claims, `s|` chats, `k|` contents. */
export function runLists(client: TableClient, now: () => Instant): RunLists {
  const lists = table(client, listRow);
  const claims = table(client, claimRow);
  const contents = table(client, contentsRow);
  const add = async (
    organizationId: string,
    runId: string,
    ids: AsyncIterable<string> | Iterable<string>,
  ): Promise<string[]> => {
    const added: string[] = [];
    let batch: Write<ListRow>[] = [];
    const flush = async () => {
      for (const { rowKey } of await insertMissing(lists, batch)) added.push(rowKey.slice("a|".length));
      batch = [];
    };
    for await (const accountId of ids) {
      const value = { accountId, status: "Queued" as const, totals: EMPTY, contents: EMPTY };
      batch.push({ action: "insert", ...listKey(organizationId, runId, accountId), value });
      if (batch.length === 100) await flush();
    }
    await flush();
    return added;
  };
  const list = async function* (organizationId: string, runId: string): AsyncGenerator<RunAccount> {
    for await (const row of lists.list(listPartition(organizationId, runId), { from: "a|", to: "a|~" }))
      yield toRunAccount(row.value);
  };

  return {
    add,
    async withdraw(organizationId, runId, accountIds) {
      for (const accountId of accountIds) {
        const row = await lists.get(listKey(organizationId, runId, accountId));
        if (row?.value.status === "Queued") await lists.delete(row, row.etag).catch(refused);
      }
    },
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
      const rows = await lists.page(listPartition(organizationId, runId), limit, `a|${after}`, "a|~");
      return rows.map((row) => toRunAccount(row.value));
    },
    async account(organizationId, runId, accountId) {
      const row = await lists.get(listKey(organizationId, runId, accountId));
      return row && toRunAccount(row.value);
    },
    async enlist(organizationId, runId, accountIds) {
      await add(organizationId, runId, accountIds);
      let count = 0;
      for await (const _ of list(organizationId, runId)) count += 1;
      return count;
    },
    claimNext: (organizationId, runId, claim) => claimNext(claims, lists, listPartition(organizationId, runId), claim),
    async claimChat(organizationId, runId, chatKey, accountId) {
      const key = { partitionKey: listPartition(organizationId, runId), rowKey: `s|${chatKey}` };
      const known = await claims.get(key);
      if (known) return known.value.accountId === accountId;
      return claims.insert(key, { accountId }).then(() => true, refused);
    },
    putContents: (organizationId, runId, counts) =>
      contents.upsert(contentsKey(organizationId, runId, counts.chatKey), {
        ...counts,
        reasons: JSON.stringify(counts.reasons),
      }),
    async *contents(organizationId, runId) {
      for await (const row of contents.list(listPartition(organizationId, runId), { from: "k|", to: "k|~" }))
        yield toContents(row.value);
    },
    async contentsOf(organizationId, runId, chatKey) {
      const row = await contents.get(contentsKey(organizationId, runId, chatKey));
      return row && toContents(row.value);
    },
  };
}
