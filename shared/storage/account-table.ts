import type { TableClient } from "@azure/data-tables";
import { z } from "zod";
import { type AccountWrite, type StoredAccount, accountStatus } from "../accounts/account.contract.ts";
import type { AccountList, AccountStore } from "../accounts/account-store.ts";
import { newId } from "../platform/new-id.ts";
import { createListCache } from "./list-cache.ts";
import { type Row, type Write, table } from "./table.ts";

const row = z.object({
  graphId: z.string().optional(),
  displayName: z.string().optional(),
  userPrincipalName: z.string().optional(),
  status: accountStatus.optional(),
  formerStatus: accountStatus.exclude(["LEFT"]).optional(),
  readableUntil: z.number().optional(),
  legalHold: z.boolean().optional(),
  userType: z.string().optional(),
  addedAt: z.number().optional(),
  activatedAt: z.number().optional(),
  /** Of the rows behind the accounts alone. */
  revision: z.string().optional(),
  active: z.number().optional(),
});
type Stored = z.infer<typeof row>;
const accountRow = row
  .omit({ revision: true, active: true })
  .required()
  .partial({ formerStatus: true, readableUntil: true, activatedAt: true });

/** These keys sort after every id. */
const REVISION = "~revision";
const SUMMARY = "~summary";
const PER_TRANSACTION = 99;

/** Partition organizationId, row accountId; `~revision` is written in the same transaction as the accounts; `~summary` holds
 * counts and the revision that they are true for. */
export function accountTable(client: TableClient, now: () => number, maxCached = 200_000): AccountStore {
  const rows = table(client, row);
  const cache = createListCache<AccountList>((list) => list.accounts.length, maxCached);
  const at = (organizationId: string, rowKey: string) => ({ partitionKey: organizationId, rowKey });
  const revisionOf = async (organizationId: string) =>
    (await rows.get(at(organizationId, REVISION)))?.value.revision ?? "";

  async function load(organizationId: string, revision: string): Promise<AccountList> {
    const accounts: StoredAccount[] = [];
    for await (const found of rows.list(organizationId, { to: "~" })) accounts.push(fromRow(found));
    const active = accounts.filter(({ status }) => status === "ACTIVE").length;
    if (revision !== "") await rows.upsert(at(organizationId, SUMMARY), { revision, active });
    return { revision, accounts };
  }

  const list = async (organizationId: string): Promise<AccountList> => {
    // Read before the accounts: what is written meanwhile has a later revision, and is read again next time.
    const revision = await revisionOf(organizationId);
    return cache.get(organizationId, revision, () => load(organizationId, revision));
  };

  return {
    list,
    async find(organizationId, accountId) {
      const found = await rows.get(at(organizationId, accountId));
      return found && fromRow(found);
    },
    async countActive(organizationId) {
      const [revision, summary] = await Promise.all([
        revisionOf(organizationId),
        rows.get(at(organizationId, SUMMARY)),
      ]);
      if (revision === "") return 0;
      if (summary?.value.revision === revision) return summary.value.active ?? 0;
      return (await list(organizationId)).accounts.filter(({ status }) => status === "ACTIVE").length;
    },
    async write(organizationId, accounts) {
      for (let from = 0; from < accounts.length; from += PER_TRANSACTION) {
        const writes: Write<Stored>[] = accounts
          .slice(from, from + PER_TRANSACTION)
          .map((account) => toWrite(organizationId, account));
        const revision = {
          action: "upsert",
          ...at(organizationId, REVISION),
          value: { revision: newId(now()) },
        } as const;
        await rows.transaction([...writes, revision]);
      }
    },
  };
}

function toWrite(organizationId: string, { accountId, version, ...account }: AccountWrite): Write<Stored> {
  const key = { partitionKey: organizationId, rowKey: accountId, value: account };
  return version === undefined ? { action: "insert", ...key } : { action: "replace", ...key, etag: version };
}

function fromRow({ rowKey, etag, value }: Row<Stored>): StoredAccount {
  const { formerStatus, readableUntil, activatedAt, ...account } = accountRow.parse(value);
  return {
    ...account,
    ...(formerStatus === undefined ? {} : { formerStatus }),
    ...(readableUntil === undefined ? {} : { readableUntil }),
    ...(activatedAt === undefined ? {} : { activatedAt }),
    accountId: rowKey,
    version: etag,
  };
}
