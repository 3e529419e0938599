import { AppError, isAppError } from "../platform/errors.ts";
import type { Instant } from "../platform/time.ts";
import type { StoredAccount } from "./account.contract.ts";
import type { AccountStore } from "./account-store.ts";
import { isReadable } from "./merge-user.ts";

export type Selection = { readonly accountIds: readonly string[] } | { readonly all: true };
export interface ActivationDeps {
  readonly accounts: AccountStore;
  readonly now: () => Instant;
}

/** Up to so many accounts are read one by one, which is faster than reading them all. */
const FEW = 25;
/** Somebody else may change the same accounts: they are read again and what is left is tried again. */
const TRIES = 5;

/** Unknown ones that an error names; of more it says how many they are. */
const MOST_NAMED = 100;

/** One that was named and cannot be activated. */
export interface Refused {
  readonly accountId: string;
  readonly code: "account.left";
}

/** INACTIVE accounts become ACTIVE; those that are active or paused stay as they are. Of those that have left, the named ones are
 * backed up from now on while Graph still answers for them, and refused when it does no longer; `all` means those in the tenant. An
 * unknown id: nothing changes, and `accounts.unknown` names it. */
export async function activateAccounts(deps: ActivationDeps, organizationId: string, selection: Selection) {
  const now = deps.now();
  const refused = new Set<string>();
  const isNamed = "accountIds" in selection;
  const done = await change(deps, organizationId, selection, (account) => {
    if (account.status === "INACTIVE") return { ...account, status: "ACTIVE", activatedAt: now };
    if (account.status !== "LEFT" || !isNamed) return undefined;
    if (!isReadable(account, now)) refused.add(account.accountId);
    else if (account.formerStatus !== "ACTIVE") return { ...account, formerStatus: "ACTIVE", activatedAt: now };
    return undefined;
  });
  return { ...done, refused: [...refused].map((accountId): Refused => ({ accountId, code: "account.left" })) };
}

/** ACTIVE and PAUSED accounts become INACTIVE, and stay so when they left and come back. Their data stays. */
export const deactivateAccounts = (deps: ActivationDeps, organizationId: string, selection: Selection) =>
  change(deps, organizationId, selection, (account) => {
    if (account.status === "ACTIVE" || account.status === "PAUSED") return { ...account, status: "INACTIVE" };
    const returning = account.status === "LEFT" && account.formerStatus !== "INACTIVE";
    return returning ? { ...account, formerStatus: "INACTIVE" } : undefined;
  });

async function change(
  { accounts }: ActivationDeps,
  organizationId: string,
  selection: Selection,
  step: (account: StoredAccount) => StoredAccount | undefined,
): Promise<{ readonly changed: number; readonly unchanged: number }> {
  const changedIds = new Set<string>();
  for (let attempt = 1; ; attempt++) {
    const selected = await select(accounts, organizationId, selection);
    const writes = selected.map(step).filter((account) => account !== undefined);
    for (const { accountId } of writes) changedIds.add(accountId);
    try {
      await accounts.write(organizationId, writes);
      return { changed: changedIds.size, unchanged: selected.length - changedIds.size };
    } catch (error) {
      if (!isAppError(error, "storage.changed") || attempt === TRIES) throw error;
    }
  }
}

async function select(
  accounts: AccountStore,
  organizationId: string,
  selection: Selection,
): Promise<readonly StoredAccount[]> {
  if ("all" in selection) return (await accounts.list(organizationId)).accounts;
  const ids = [...new Set(selection.accountIds)];
  const found = new Map((await read(accounts, organizationId, ids)).map((account) => [account.accountId, account]));
  const unknown = selection.accountIds.flatMap((id, i) =>
    found.has(id) ? [] : [{ path: `accountIds.${i}`, message: "is unknown" }],
  );
  if (unknown.length > 0) {
    throw new AppError("invalid", "accounts.unknown", `${countOf(unknown.length)}; nothing was changed`, {
      issues: unknown.slice(0, MOST_NAMED),
    });
  }
  return [...found.values()];
}

function countOf(unknown: number): string {
  const named = unknown > MOST_NAMED ? `, of which the first ${MOST_NAMED} are named` : "";
  return `${unknown.toLocaleString("en")} of these accounts ${unknown === 1 ? "is" : "are"} unknown${named}`;
}

async function read(accounts: AccountStore, organizationId: string, ids: readonly string[]): Promise<StoredAccount[]> {
  if (ids.length > FEW) {
    const wanted = new Set(ids);
    return (await accounts.list(organizationId)).accounts.filter(({ accountId }) => wanted.has(accountId));
  }
  const found = await Promise.all(ids.map((id) => accounts.find(organizationId, id)));
  return found.filter((account) => account !== undefined);
}
