import type { Step } from "../../platform/activity.contract.ts";
import { AppError } from "../../platform/errors.ts";
import { newId } from "../../platform/new-id.ts";
import { type Instant, iso } from "../../platform/time.ts";
import type { ArchiveStore } from "../archive-store.ts";
import { mergeSorted } from "../merge.ts";
import { MOST_PROBLEMS, type Problem, type VerificationResource, type VerifyBytes } from "./verify.contract.ts";
import { add, NOTHING_CHECKED } from "./verify-account.ts";
import type { Verification, VerifyOf, VerifyStore } from "./verify-store.ts";

export interface VerificationDeps {
  readonly archive: ArchiveStore;
  readonly verifications: VerifyStore;
  /** Answers those that are no accounts of the organization. */
  readonly unknownAccounts: (organizationId: string, accountIds: readonly string[]) => Promise<string[]>;
  readonly now: () => Instant;
}

/** Keeps the request; without ids it is for everything. An id that is not an account of the organization refuses all of it. */
export async function requestVerification(
  deps: VerificationDeps,
  organizationId: string,
  { accountIds, bytes }: { readonly accountIds?: readonly string[] | undefined; readonly bytes: VerifyBytes },
): Promise<Verification> {
  const unknown = new Set(accountIds ? await deps.unknownAccounts(organizationId, accountIds) : []);
  if (unknown.size > 0) {
    const issues = (accountIds ?? []).flatMap((accountId, index) =>
      unknown.has(accountId) ? [{ path: `accountIds.${index}`, message: "is no account of this organization" }] : [],
    );
    throw new AppError("invalid", "account.unknown", "Some accounts are not of this organization", { issues });
  }
  const requestedAt = deps.now();
  const scope = accountIds ? "listed" : "all";
  const verification = { verifyId: newId(requestedAt), status: "Queued", bytes, scope, requestedAt } as const;
  await deps.verifications.insert(organizationId, verification, accountIds ?? []);
  return verification;
}

/** Accounts of one generation of the orchestrator. */
const ACCOUNTS_AT_ONCE = 20;

/** The next accounts after that one; none at the end. */
export async function planVerification(
  { archive, verifications }: VerificationDeps,
  { after, ...of }: VerifyOf & { readonly after: string | null },
): Promise<Step<{ accountIds: string[] }>> {
  const verification = await verifications.find(of);
  if (!verification) return { status: "failed", code: "verify.not_found" };
  if (verification.status === "Queued") await verifications.change(of, { status: "Running" });
  if (verification.scope === "listed") {
    const accountIds = await verifications.accounts(of, ACCOUNTS_AT_ONCE, after ?? undefined);
    return { status: "done", result: { accountIds } };
  }
  return { status: "done", result: { accountIds: await nextAccounts(archive, of.organizationId, after ?? undefined) } };
}

/** Those that have rows, and those whose manifests alone are left. */
async function nextAccounts(archive: ArchiveStore, organizationId: string, after?: string): Promise<string[]> {
  const accountIds: string[] = [];
  const sources = [archive.accounts(organizationId, after), archive.withManifests(organizationId, after)];
  for await (const accountId of mergeSorted(sources, (a, b) => (a < b ? -1 : a > b ? 1 : 0))) {
    if (accountId === accountIds.at(-1)) continue;
    if (accountIds.push(accountId) === ACCOUNTS_AT_ONCE) break;
  }
  return accountIds;
}

/** Ends it: Failed when some part of it could not be brought to its end, whatever was found. */
export async function finishVerification(
  { verifications, now }: VerificationDeps,
  { codes, ...of }: VerifyOf & { readonly codes: readonly string[] },
): Promise<Step<Record<string, never>>> {
  for (const code of codes) {
    const detail = "A part of the archive could not be checked: verify again";
    await verifications.addProblem(of, { code: "verify.not_finished", path: code, detail });
  }
  const { checked, problemCount } = await found(verifications, of);
  const status = codes.length === 0 ? "Completed" : "Failed";
  await verifications.change(of, { status, finishedAt: now(), checked, problems: problemCount });
  return { status: "done", result: {} };
}

/** Of one that has ended the sums are known: it reads the problems that it shows. */
export async function describeVerification(
  verifications: VerifyStore,
  of: VerifyOf,
  { verifyId, status, bytes, requestedAt, finishedAt, checked, problems }: Verification,
): Promise<VerificationResource> {
  const shown =
    checked && problems !== undefined
      ? { checked, problemCount: problems, problems: await firstProblems(verifications, of) }
      : await found(verifications, of);
  return {
    ...{ id: verifyId, status, bytes, ...shown, requestedAt: iso(requestedAt) },
    finishedAt: finishedAt === undefined ? null : iso(finishedAt),
  };
}

async function firstProblems(verifications: VerifyStore, of: VerifyOf): Promise<Problem[]> {
  const problems: Problem[] = [];
  for await (const problem of verifications.problems(of)) if (problems.push(problem) === MOST_PROBLEMS) break;
  return problems;
}

/** Sums over rows; the first problems, and how many there are. */
async function found(verifications: VerifyStore, of: VerifyOf) {
  let [checked, problemCount] = [NOTHING_CHECKED, 0];
  const problems: Problem[] = [];
  for await (const { counts } of verifications.parts(of)) checked = add(checked, counts);
  for await (const problem of verifications.problems(of)) {
    problemCount += 1;
    if (problems.length < MOST_PROBLEMS) problems.push(problem);
  }
  return { checked, problemCount, problems };
}
