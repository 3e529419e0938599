import { accountIdOf } from "../../shared/accounts/merge-user.ts";
import type { AccountStore } from "../../shared/accounts/account-store.ts";
import type { ChatDirectory } from "../../shared/archive/chat-directory.ts";

/** Whom no chat and no message named is looked for among the users of the tenant, those who left too. */
export const withUsers = (directory: ChatDirectory, accounts: Pick<AccountStore, "find">): ChatDirectory => ({
  snapshotTimes: directory.snapshotTimes,
  snapshotSeenAt: directory.snapshotSeenAt,
  chatIdOf: directory.chatIdOf,
  async person(organizationId, userId) {
    const seen = await directory.person(organizationId, userId);
    if (seen?.name !== undefined && seen.address !== undefined) return seen;
    const account = await accounts.find(organizationId, accountIdOf(organizationId, userId));
    if (!account) return seen;
    const { displayName: name, userPrincipalName: address } = account;
    return { id: userId, ...(name === "" ? {} : { name }), ...(address === "" ? {} : { address }), ...seen };
  },
});
