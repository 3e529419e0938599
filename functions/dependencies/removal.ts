import { type ApprovalsDeps, endApproval } from "../../shared/access/approvals.ts";
import { deactivateAccounts } from "../../shared/accounts/activate-accounts.ts";
import { getAccount } from "../../shared/accounts/change-account.ts";
import type { AccountStore } from "../../shared/accounts/account-store.ts";
import type { ArchiveOf } from "../../shared/archive/archive-store.ts";
import type { EraseAccountDeps } from "../../shared/archive/removal/erase-account.ts";
import { AppError } from "../../shared/platform/errors.ts";
import { approvalTable } from "../../shared/storage/approval-table.ts";
import { leftoverBlobs } from "../../shared/storage/leftover-blobs.ts";
import type { archiveDependencies } from "./backup.ts";
import type { Base } from "./base.ts";

interface Needs {
  readonly stored: Pick<ReturnType<typeof archiveDependencies>, "archive" | "contents" | "visibleFrom">;
  readonly accounts: AccountStore;
}

/** Approvals, and what removes data once it is approved. */
export function removalDependencies({ table, data, now, log }: Base, { stored, accounts }: Needs) {
  const approvals = approvalTable(table("approvals"));
  const asked: ApprovalsDeps = {
    approvals,
    now,
    mayErase: async (organizationId, accountId) => {
      const { legalHold } = await getAccount(accounts, organizationId, accountId);
      if (legalHold) throw new AppError("conflict", "account.held", "A legal hold is on the account: lift it first");
    },
  };
  const erasing: EraseAccountDeps = {
    archive: stored.archive,
    contents: stored.contents,
    leftovers: leftoverBlobs(data.blobs),
    now,
    isHeld: async ({ organizationId, accountId }) =>
      (await accounts.find(organizationId, accountId))?.legalHold === true,
    deactivate: async ({ organizationId, accountId }) => {
      await deactivateAccounts({ accounts, now }, organizationId, { accountIds: [accountId] });
    },
    erasures: {
      async next(organizationId) {
        for await (const { approval } of approvals.approved(organizationId)) {
          const { approvalId, accountId } = approval;
          return { approvalId, accountId };
        }
        return undefined;
      },
      complete: (organizationId, approvalId, result) =>
        endApproval(approvals, { organizationId, approvalId }, { status: "Completed", result }),
      fail: (organizationId, approvalId, code, result) =>
        endApproval(
          approvals,
          { organizationId, approvalId },
          { status: "Failed", code, ...(result ? { result } : {}) },
        ),
    },
  };
  const held = async (organizationId: string) => {
    const all = (await accounts.list(organizationId)).accounts;
    return all.filter(({ legalHold }) => legalHold).map(({ accountId }) => accountId);
  };
  const isBeingErased = async ({ organizationId, accountId }: ArchiveOf) => {
    for await (const { approval } of approvals.approved(organizationId))
      if (approval.accountId === accountId) return true;
    return false;
  };
  return { ...asked, ...erasing, isBeingErased, visibleFrom: stored.visibleFrom, held, log };
}
