import type { ArchiveOf } from "../archive/archive-store.ts";
import { isAppError } from "../platform/errors.ts";
import { refusesAccount } from "./outcome.contract.ts";
import type { UserStanding, UserStandings } from "./user-standing.ts";

/** What became of an account as a whole: `skipped` for a permanent reason that is nobody's fault, or somebody's decision, `failed`
 * otherwise. */
export interface AccountOutcome {
  readonly kind: "skipped" | "failed";
  readonly code: string;
}

/** Graph refuses single users with bare 403 and 404, in words that are no contract. The directory knows why. Where it cannot be
 * asked, the refusal stays as it is. `code` is undefined for an account of which nothing came although nothing failed.
 * @see https://learn.microsoft.com/microsoftteams/export-teams-content (deleted users are exported for 30 days) */
export async function accountOutcome(
  standings: UserStandings,
  { organizationId, accountId }: ArchiveOf,
  code: string | undefined,
): Promise<AccountOutcome | undefined> {
  if (code === "account.not_active") return { kind: "skipped", code };
  if (code !== undefined && !refusesAccount(code)) return { kind: "failed", code };
  const standing = await asked(() => standings.of(organizationId, accountId));
  const outcome = explained(code, standing);
  // Only a refusal proves that the directory here is behind: whoever is deleted and still answered for is backed up.
  if (code !== undefined && standing && standing.state !== "present")
    await standings.left(organizationId, accountId, standing.state);
  return outcome;
}

function explained(code: string | undefined, standing: UserStanding | undefined): AccountOutcome | undefined {
  const known = standing && reasonOf(standing);
  if (known !== undefined) return { kind: "skipped", code: known };
  if (code === undefined) return undefined;
  if (code === "graph.unlicensed") return { kind: "skipped", code: "account.unlicensed" };
  if (standing?.enabled === false) return { kind: "failed", code: "account.sign_in_blocked" };
  if (standing && code === "graph.user_not_found") return { kind: "failed", code: "account.no_mailbox" };
  return { kind: "failed", code };
}

function reasonOf({ state, guest, licensed }: UserStanding): string | undefined {
  if (state !== "present") return `account.${state}`;
  if (guest) return "account.guest";
  return licensed ? undefined : "account.unlicensed";
}

/** A pause that Graph asks for is kept; other trouble leaves the standing unknown. */
async function asked<T>(ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (!isAppError(error) || error.options.notBefore !== undefined || error.code.startsWith("storage.")) throw error;
    return undefined;
  }
}
