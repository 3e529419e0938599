import { activateAccounts } from "../shared/accounts/activate-accounts.ts";
import { listAccounts } from "../shared/accounts/list-accounts.ts";
import { accountTable } from "../shared/storage/account-table.ts";
import { someAccounts } from "../tests/support/accounts.ts";
import { startAzurite } from "../local/azurite.ts";
import { clientsOf } from "../tests/support/storage.ts";

/** The directory of 50,000 accounts: how long it takes to fill, read, page and activate, and what it holds in memory. */
const COUNT = 50_000;
const azurite = await startAzurite();
const client = clientsOf(azurite).table("accounts");
const timed = async <T>(what: string, run: () => T | Promise<T>): Promise<T> => {
  const start = performance.now();
  const result = await run();
  console.log(`${what}: ${Math.round(performance.now() - start)} ms`);
  return result;
};
const heap = () => (globalThis.gc?.(), process.memoryUsage().heapUsed / 1e6);

try {
  const store = accountTable(client, Date.now);
  await timed(`write ${COUNT}`, () => store.write("o", someAccounts("o", COUNT)));
  const before = heap();
  const list = await timed("read all", () => store.list("o"));
  console.log(`held: ${Math.round(heap() - before)} MB`);
  await timed("read again, from the cache", () => store.list("o"));
  const query = { sort: "displayName", top: 500 } as const;
  const first = await timed("first page (sorts)", () => listAccounts(list, query));
  await timed("next page", () => listAccounts(list, query, first.next ?? undefined));
  await timed("search without a hit", () => listAccounts(list, { ...query, search: "nobody" }));
  await timed("activate all", () => activateAccounts({ accounts: store, now: Date.now }, "o", { all: true }));
  await timed("count active, cold", () => accountTable(client, Date.now).countActive("o"));
  await timed("count active, known", () => accountTable(client, Date.now).countActive("o"));
} finally {
  await azurite.stop();
}
