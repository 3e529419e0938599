import { expect, test } from "vitest";
import type { AccountWrite, StoredAccount } from "../../../shared/accounts/account.contract.ts";
import type { AccountStore } from "../../../shared/accounts/account-store.ts";
import { refreshAccounts } from "../../../shared/accounts/refresh-accounts.ts";
import type { DirectoryUser } from "../../../shared/accounts/user-source.ts";
import { AppError } from "../../../shared/platform/errors.ts";
import { someAccount } from "../../support/accounts.ts";

const graphId = (n: number) => someAccount("o", n).graphId;
const user = (n: number, given: Partial<DirectoryUser> = {}): DirectoryUser => ({
  graphId: graphId(n),
  displayName: `Person ${n}`,
  userPrincipalName: `person${n}@example.com`,
  ...{ enabled: true, userType: "Member", licensed: true, deleted: false },
  ...given,
});

/** A directory in memory that checks versions as the table does. */
function directory(...known: AccountWrite[]) {
  const rows = new Map<string, StoredAccount>();
  let writes = 0;
  const put = (account: AccountWrite) => {
    if (rows.get(account.accountId)?.version !== account.version) throw new AppError("conflict", "storage.changed", "");
    rows.set(account.accountId, { ...account, version: String(writes++) });
  };
  for (const account of known) put(account);
  const store: AccountStore = {
    list: async () => ({ revision: String(writes), accounts: [...rows.values()] }),
    find: async (_, id) => rows.get(id),
    countActive: async () => 0,
    write: async (_, accounts) => accounts.forEach(put),
  };
  return { store, count: () => writes, of: (n: number) => rows.get(someAccount("o", n).accountId) };
}

const refresh = (
  store: AccountStore,
  users: readonly (DirectoryUser | Error)[],
  options: { active?: boolean; now?: () => number } = {},
) =>
  refreshAccounts(
    {
      accounts: store,
      users: {
        async *users() {
          for (const one of users) {
            if (one instanceof Error) throw one;
            yield one;
          }
        },
      },
      activatesNew: async () => options.active ?? false,
      now: options.now ?? (() => 5),
    },
    "o",
    10,
  );

test("new users are added as INACTIVE, or ACTIVE where the organization wants that", async () => {
  const plain = directory();
  expect(await refresh(plain.store, [user(1), user(2)])).toEqual({
    status: "done",
    result: { accounts: 2, added: 2, left: 0 },
  });
  expect(plain.of(1)).toMatchObject({ status: "INACTIVE", displayName: "Person 1", legalHold: false });
  const eager = directory();
  await refresh(eager.store, [user(1), user(2, { deleted: true })], { active: true });
  expect(eager.of(1)).toMatchObject({ status: "ACTIVE", activatedAt: 5 });
  expect(eager.of(2)).toMatchObject({ status: "LEFT", formerStatus: "INACTIVE" });
});

test("nothing is written when nothing changed", async () => {
  const { store, count } = directory();
  await refresh(store, [user(1), user(2)]);
  const before = count();
  await refresh(store, [user(2), user(1)]);
  expect(count()).toBe(before);
});

test("the missing and the deleted turn LEFT, keep their name, and come back as they were", async () => {
  const { store, of } = directory(
    someAccount("o", 1, { status: "ACTIVE", legalHold: true }),
    someAccount("o", 2, { status: "PAUSED" }),
    someAccount("o", 3),
  );
  const renamed = user(2, { deleted: true, userPrincipalName: "0000person2@example.com" });
  expect(await refresh(store, [user(3), renamed])).toMatchObject({ result: { accounts: 1, left: 2 } });
  expect(of(1)).toMatchObject({ status: "LEFT", formerStatus: "ACTIVE", legalHold: true });
  expect(of(2)).toMatchObject({ status: "LEFT", formerStatus: "PAUSED", userPrincipalName: "person2@example.com" });
  await refresh(store, [user(1, { displayName: "New name" }), user(2), user(3)]);
  expect(of(1)).toMatchObject({ status: "ACTIVE", displayName: "New name", legalHold: true });
  expect(of(1)?.formerStatus).toBeUndefined();
  expect(of(2)?.status).toBe("PAUSED");
});

test("a directory that breaks off, or names nobody, lets nobody leave", async () => {
  const { store, of } = directory(someAccount("o", 1, { status: "ACTIVE" }));
  await expect(refresh(store, [user(2), new AppError("unavailable", "graph.unavailable", "")])).rejects.toThrow();
  await expect(refresh(store, [])).rejects.toMatchObject({ code: "accounts.directory_empty" });
  const bin = [user(3, { deleted: true })];
  await expect(refresh(store, bin)).rejects.toMatchObject({ code: "accounts.directory_empty" });
  expect(of(1)?.status).toBe("ACTIVE");
});

test("somebody else's change at the same time is not overwritten: the refresh begins again", async () => {
  const { store } = directory(someAccount("o", 1));
  const stale = {
    ...store,
    list: async () => ({ revision: "0", accounts: [{ ...someAccount("o", 1), version: "old" }] }),
  };
  expect(await refresh(stale, [user(1, { displayName: "New" })])).toEqual({ status: "again" });
});

test("it gives way when its time is up, and the next time goes on", async () => {
  const { store } = directory();
  const users = Array.from({ length: 2_500 }, (_, n) => user(n));
  const late = { now: () => 11 };
  expect(await refresh(store, users, late)).toEqual({ status: "again", progress: true });
  expect(await refresh(store, users, late)).toEqual({ status: "again", progress: true });
  expect(await refresh(store, users, late)).toMatchObject({ status: "done", result: { accounts: 2_500 } });
});

test("a user whom the directory names twice counts once", async () => {
  const { store } = directory();
  expect(await refresh(store, [user(1), user(1, { deleted: true })])).toMatchObject({
    result: { accounts: 1, added: 1 },
  });
});
