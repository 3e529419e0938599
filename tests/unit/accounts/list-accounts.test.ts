import fc from "fast-check";
import { expect, test } from "vitest";
import type { StoredAccount } from "../../../shared/accounts/account.contract.ts";
import { type AccountPosition, accountSort, listAccounts } from "../../../shared/accounts/list-accounts.ts";
import { someAccount } from "../../support/accounts.ts";

const status = fc.constantFrom("INACTIVE", "ACTIVE", "PAUSED", "LEFT" as const);
const accounts = fc
  .array(fc.record({ displayName: fc.string({ maxLength: 3 }), status }), { maxLength: 40 })
  .map((given) => given.map((one, i): StoredAccount => ({ ...someAccount("o", i, one), version: "1" })));
const query = fc.record({
  sort: fc.constantFrom(...accountSort.options),
  top: fc.integer({ min: 1, max: 7 }),
  search: fc.option(fc.string({ maxLength: 1 }), { nil: undefined }),
  status: fc.option(status, { nil: undefined }),
});

test("the pages together are the matching accounts, each once, in order", () => {
  fc.assert(
    fc.property(accounts, query, (all, asked) => {
      const list = { revision: "1", accounts: all };
      const seen: StoredAccount[] = [];
      let after: AccountPosition | undefined;
      for (;;) {
        const { items, next } = listAccounts(list, asked, after);
        expect(items.length).toBeLessThanOrEqual(asked.top);
        seen.push(...items);
        if (!next) break;
        expect(items).toHaveLength(asked.top);
        after = next;
      }
      const wanted = asked.search?.trim().toLowerCase() ?? "";
      const matching = all.filter(
        (account) =>
          (asked.status === undefined || account.status === asked.status) &&
          `${account.displayName}\n${account.userPrincipalName}`.toLowerCase().includes(wanted),
      );
      expect(seen.map(({ accountId }) => accountId).sort()).toEqual(matching.map(({ accountId }) => accountId).sort());
      const back = listAccounts(list, { ...asked, top: 500, sort: reversed(asked.sort) }).items;
      expect(seen).toEqual(back.toReversed());
    }),
  );
});

const reversed = (sort: (typeof accountSort.options)[number]) =>
  accountSort.parse(sort.startsWith("-") ? sort.slice(1) : `-${sort}`);

test("a page goes on behind an account that is no longer there", () => {
  const all = Array.from({ length: 10 }, (_, i): StoredAccount => ({ ...someAccount("o", i), version: "1" }));
  const { next } = listAccounts({ revision: "1", accounts: all }, { sort: "displayName", top: 4 });
  const without = all.filter(({ displayName }) => displayName !== "Person 3");
  const { items } = listAccounts(
    { revision: "2", accounts: without },
    { sort: "displayName", top: 2 },
    next ?? undefined,
  );
  expect(items.map(({ displayName }) => displayName)).toEqual(["Person 4", "Person 5"]);
});
