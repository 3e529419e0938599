import { AppError, isAppError } from "../platform/errors.ts";
import { newId } from "../platform/new-id.ts";
import { type Instant, iso } from "../platform/time.ts";
import type { Principal } from "./access.contract.ts";
import type { ApprovalResource } from "./approval.contract.ts";

type Who = Pick<Principal, "id" | "name">;

/** Something that takes two people: one who asks and another who approves. */
export interface Approval {
  readonly approvalId: string;
  readonly kind: "erasure";
  readonly accountId: string;
  readonly status: Exclude<ApprovalResource["status"], "Expired">;
  readonly requestedBy: Who;
  readonly requestedAt: Instant;
  readonly expiresAt: Instant;
  readonly decidedBy?: Who;
  readonly decidedAt?: Instant;
  readonly result?: { readonly packs: number; readonly messages: number };
  readonly code?: string;
}

export interface StoredApproval {
  readonly value: Approval;
  readonly version: string;
}

export interface ApprovalStore {
  /** Keeps it and answers it, unless the account has one that is open by then: answers that one, and keeps nothing. */
  insert(organizationId: string, approval: Approval): Promise<Approval>;
  find(organizationId: string, approvalId: string): Promise<StoredApproval | undefined>;
  /** Throws `storage.changed` when somebody wrote since it was read. */
  replace(organizationId: string, stored: StoredApproval, approval: Approval): Promise<void>;
  /** Newest first, after that one. */
  list(organizationId: string, limit: number, after?: string): Promise<Approval[]>;
  /** Approved ones that have not ended, of one organization or of all. */
  approved(organizationId?: string): AsyncGenerator<{ readonly organizationId: string; readonly approval: Approval }>;
}

export interface ApprovalsDeps {
  readonly approvals: ApprovalStore;
  /** Throws where it cannot be done: `account.not_found`, `account.held`. */
  readonly mayErase: (organizationId: string, accountId: string) => Promise<void>;
  readonly now: () => Instant;
}

const EXPIRES_AFTER_MS = 7 * 86_400_000;

/** Ends what was approved: done, or failed with a code. A repeat changes nothing. */
export async function endApproval(
  approvals: ApprovalStore,
  of: { readonly organizationId: string; readonly approvalId: string },
  outcome: Pick<Approval, "status" | "result" | "code">,
): Promise<void> {
  const stored = await findApproval(approvals, of.organizationId, of.approvalId);
  if (stored.value.status === "Approved")
    await approvals.replace(of.organizationId, stored, { ...stored.value, ...outcome });
}

/** Asks for the erasure of an account's data; who asks while it is asked for already gets that approval. Throws `account.not_found`, and `account.held` while a legal hold is on it. */
export async function requestErasure(
  deps: ApprovalsDeps,
  { organizationId, accountId }: { readonly organizationId: string; readonly accountId: string },
  { id, name }: Principal,
): Promise<Approval> {
  await deps.mayErase(organizationId, accountId);
  const requestedAt = deps.now();
  const approval: Approval = {
    ...{ approvalId: newId(requestedAt), kind: "erasure", accountId, status: "Pending" },
    ...{ requestedBy: { id, name }, requestedAt, expiresAt: requestedAt + EXPIRES_AFTER_MS },
  };
  return deps.approvals.insert(organizationId, approval);
}

/** Throws `approval.not_found`; `access.forbidden` for who asked; `approval.decided` and `approval.expired`; what `mayErase`
 * throws when it is approved. */
export async function decide(
  deps: ApprovalsDeps,
  { organizationId, approvalId }: { readonly organizationId: string; readonly approvalId: string },
  { id, name }: Principal,
  status: "Approved" | "Rejected",
): Promise<Approval> {
  const stored = await findApproval(deps.approvals, organizationId, approvalId);
  const { value } = stored;
  if (value.requestedBy.id === id)
    throw new AppError("forbidden", "access.forbidden", "Somebody else than who asked decides this");
  if (value.status !== "Pending") throw decided();
  if (statusAt(value, deps.now()) === "Expired")
    throw new AppError("conflict", "approval.expired", "Nobody decided in time: ask again");
  if (status === "Approved") await deps.mayErase(organizationId, value.accountId);
  const changed = { ...value, status, decidedBy: { id, name }, decidedAt: deps.now() };
  try {
    await deps.approvals.replace(organizationId, stored, changed);
  } catch (error) {
    throw isAppError(error, "storage.changed") ? decided() : error;
  }
  return changed;
}

const decided = () => new AppError("conflict", "approval.decided", "Somebody decided this already");

export async function findApproval(
  approvals: ApprovalStore,
  organizationId: string,
  approvalId: string,
): Promise<StoredApproval> {
  const found = await approvals.find(organizationId, approvalId);
  if (found) return found;
  throw new AppError("not_found", "approval.not_found", "There is no such approval");
}

/** Whether something may still come of it. */
export const isOpen = (approval: Approval, now: Instant): boolean =>
  ["Pending", "Approved"].includes(statusAt(approval, now));

const statusAt = ({ status, expiresAt }: Approval, now: Instant): ApprovalResource["status"] =>
  status === "Pending" && expiresAt <= now ? "Expired" : status;

const CONSEQUENCE =
  "Removes the account's packs, its progress and counts, and the pictures and files of chats in which no other archived account takes part. " +
  "Copies of the same messages in the archives of other accounts stay, and so do the account's manifests, which hold counts only.";

export function showApproval(approval: Approval, now: Instant): ApprovalResource {
  const { approvalId, kind, accountId, requestedBy, requestedAt, expiresAt, decidedBy, decidedAt } = approval;
  return {
    ...{ id: approvalId, kind, accountId, status: statusAt(approval, now), requestedBy: { ...requestedBy } },
    ...{ requestedAt: iso(requestedAt), expiresAt: iso(expiresAt) },
    decidedBy: decidedBy ? { ...decidedBy } : null,
    decidedAt: decidedAt === undefined ? null : iso(decidedAt),
    consequence: CONSEQUENCE,
    result: approval.result ? { ...approval.result } : null,
    code: approval.code ?? null,
  };
}
