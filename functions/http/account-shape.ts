import { z } from "zod";
import { type StoredAccount, accountStatus } from "../../shared/accounts/account.contract.ts";
import { type AccountTotals, NO_TOTALS } from "../../shared/accounts/account-store.ts";
import { reasonView } from "../../shared/backup/backup-view.contract.ts";
import { id } from "../../shared/platform/ids.ts";
import { iso } from "../../shared/platform/time.ts";

/** An account as the API shows it. */
export const accountShape = z
  .object({
    id,
    graphId: z.string(),
    displayName: z.string(),
    userPrincipalName: z.string(),
    status: accountStatus,
    readableUntil: z.iso
      .datetime()
      .optional()
      .meta({ description: "While LEFT: until when Microsoft 365 still answers for it" }),
    legalHold: z.boolean(),
    lastBackup: z
      .object({
        status: z.string(),
        finishedAt: z.iso.datetime().nullable(),
        newMessages: z.number().int(),
        failedItems: z.number().int(),
        reasons: z.array(reasonView),
      })
      .nullable(),
    firstMessageAt: z.iso.datetime().nullable(),
    lastMessageAt: z.iso.datetime().nullable(),
    messages: z.number().int().meta({ description: "Messages, not versions" }),
    storedBytes: z.number().int(),
  })
  .meta({ id: "Account" });

export function showAccount(account: StoredAccount, totals: AccountTotals = NO_TOTALS): z.input<typeof accountShape> {
  const { accountId, graphId, displayName, userPrincipalName, status, readableUntil, legalHold } = account;
  const until = readableUntil === undefined ? {} : { readableUntil: iso(readableUntil) };
  return { id: accountId, graphId, displayName, userPrincipalName, status, ...until, legalHold, ...totals };
}
