import type { Instant } from "../../platform/time.ts";
import type { CheckedCounts, Problem, VerificationResource, VerifyBytes } from "./verify.contract.ts";

export interface VerifyOf {
  readonly organizationId: string;
  readonly verifyId: string;
}

export interface Verification {
  readonly verifyId: string;
  readonly status: VerificationResource["status"];
  readonly bytes: VerifyBytes;
  /** `all`: every account that has anything in the archive, and all contents. */
  readonly scope: "all" | "listed";
  readonly requestedAt: Instant;
  readonly finishedAt?: Instant;
  /** Once it has ended. */
  readonly checked?: CheckedCounts;
  readonly problems?: number;
}

/** How far one part of a verification is. */
export interface VerifiedPart {
  readonly counts: CheckedCounts;
  /** Where to go on; absent at the beginning. */
  readonly position?: string;
  readonly done: boolean;
}

/** What a verification knows; every method may be repeated. */
export interface VerifyStore {
  insert(organizationId: string, verification: Verification, accountIds: readonly string[]): Promise<void>;
  find(of: VerifyOf): Promise<Verification | undefined>;
  /** Once ended it stays as it is. */
  change(of: VerifyOf, change: Partial<Verification>): Promise<void>;
  /** Of a listed scope, after that one. */
  accounts(of: VerifyOf, limit: number, after?: string): Promise<string[]>;
  /** The same problem counts once. */
  addProblem(of: VerifyOf, problem: Problem): Promise<void>;
  problems(of: VerifyOf): AsyncGenerator<Problem>;
  /** `contents`, or an account's id. */
  part(of: VerifyOf, name: string): Promise<VerifiedPart | undefined>;
  putPart(of: VerifyOf, name: string, part: VerifiedPart): Promise<void>;
  parts(of: VerifyOf): AsyncGenerator<VerifiedPart>;
  /** Bytes of what was looked at already in this verification: a content that many messages name, a chat of many accounts. */
  seen(of: VerifyOf, name: string): Promise<number | undefined>;
  see(of: VerifyOf, name: string, bytes: number): Promise<void>;
  /** Verifications that have not ended: a starter that lost its orchestrator looks here. */
  open(): AsyncGenerator<VerifyOf>;
}
