import { z } from "zod";
import type { AccountStatus, StoredAccount } from "./account.contract.ts";
import type { AccountList } from "./account-store.ts";

export const accountSort = z.enum([
  "displayName",
  "-displayName",
  "userPrincipalName",
  "-userPrincipalName",
  "status",
  "-status",
]);
export type AccountSort = z.infer<typeof accountSort>;

export interface AccountQuery {
  /** Part of a name or an address, in any case. */
  readonly search?: string | undefined;
  readonly status?: AccountStatus | undefined;
  readonly sort: AccountSort;
  readonly top: number;
}

/** The last account of the page before: what it was sorted by, and its id. A page goes on behind it also when it changed. */
export const accountPosition = z.object({ key: z.string(), id: z.string() });
export type AccountPosition = z.infer<typeof accountPosition>;

type Field = "displayName" | "userPrincipalName" | "status";
const collator = new Intl.Collator("en", { sensitivity: "base", numeric: true });
const sorted = new WeakMap<AccountList, Map<Field, readonly StoredAccount[]>>();

/** One page of the accounts that match, and where it ends; no position after the last. */
export function listAccounts(
  list: AccountList,
  query: AccountQuery,
  after?: AccountPosition,
): { readonly items: readonly StoredAccount[]; readonly next: AccountPosition | null } {
  const descending = query.sort.startsWith("-");
  const field = query.sort.replace("-", "") as Field;
  const order = inOrder(list, field);
  const matches = matcher(query);
  const items: StoredAccount[] = [];
  for (let i = start(order, field, descending, after); i >= 0 && i < order.length; i += descending ? -1 : 1) {
    const account = order[i];
    if (!account || !matches(account)) continue;
    const last = items.at(-1);
    if (items.length === query.top && last) return { items, next: { key: last[field], id: last.accountId } };
    items.push(account);
  }
  return { items, next: null };
}

/** The first index behind the position, by halving: the order is the same for the whole revision. */
function start(order: readonly StoredAccount[], field: Field, descending: boolean, after?: AccountPosition): number {
  if (!after) return descending ? order.length - 1 : 0;
  const behind = (account: StoredAccount) =>
    compare(account[field], account.accountId, after.key, after.id) > (descending ? -1 : 0);
  let [low, high] = [0, order.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const account = order[middle];
    if (account && behind(account)) high = middle;
    else low = middle + 1;
  }
  return descending ? low - 1 : low;
}

function inOrder(list: AccountList, field: Field): readonly StoredAccount[] {
  const orders = sorted.get(list) ?? new Map<Field, readonly StoredAccount[]>();
  sorted.set(list, orders);
  const known = orders.get(field);
  if (known) return known;
  const order = list.accounts.toSorted((a, b) => compare(a[field], a.accountId, b[field], b.accountId));
  orders.set(field, order);
  return order;
}

const compare = (a: string, aId: string, b: string, bId: string): number =>
  collator.compare(a, b) || (aId < bId ? -1 : aId > bId ? 1 : 0);

function matcher({ search, status }: AccountQuery): (account: StoredAccount) => boolean {
  const wanted = search?.trim().toLowerCase() ?? "";
  return (account) =>
    (status === undefined || account.status === status) &&
    (wanted === "" ||
      account.displayName.toLowerCase().includes(wanted) ||
      account.userPrincipalName.toLowerCase().includes(wanted));
}
