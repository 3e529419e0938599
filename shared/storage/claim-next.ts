import type { Claim } from "../backup/run-store.ts";
import { isAppError } from "../platform/errors.ts";
import type { ClaimRow, ListRow } from "./run-rows.ts";
import type { Table, Write } from "./table.ts";

/** The claim and the phase's progress are one transaction: an account is handed out once, and a lost answer is found again. Each
 * turn of a run (it goes on after a pause) has claims of its own. */
export async function claimNext(
  claims: Table<ClaimRow>,
  lists: Table<ListRow>,
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
  lists: Table<ListRow>,
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
