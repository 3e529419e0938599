import { z } from "zod";
import { activity, step } from "../../platform/activity.contract.ts";
import { id } from "../../platform/ids.ts";

/** As many ids as a request's body has room for. */
const MOST_ACCOUNTS = 30_000;
/** Problems in an answer; `problemCount` tells of all. */
export const MOST_PROBLEMS = 100;

/** Whose bytes are read: nobody's, those of one pack and content in sixteen and of each account's first pack, or all. */
export const verifyBytes = z.enum(["none", "sample", "all"]);
export type VerifyBytes = z.output<typeof verifyBytes>;

export const verifyBody = z.strictObject({
  accountIds: z.array(id).min(1).max(MOST_ACCOUNTS).optional(),
  bytes: verifyBytes.default("none"),
});

export const checkedCounts = z.object({
  accounts: z.number(),
  manifests: z.number(),
  packs: z.number(),
  /** Counted in the packs that were read. */
  versions: z.number(),
  contents: z.number(),
  /** Read and hashed. */
  bytes: z.number(),
});
export type CheckedCounts = z.output<typeof checkedCounts>;

export const problem = z.object({ code: z.string(), path: z.string(), detail: z.string() });
/** Something that is not as it should be: a stable code, the blob or account that it is about, and a sentence. */
export type Problem = z.output<typeof problem>;

/** A verification as the API shows it. Completed: checked to the end, whatever was found. */
export const verificationResource = z.object({
  id,
  status: z.enum(["Queued", "Running", "Completed", "Failed"]),
  bytes: verifyBytes,
  requestedAt: z.string(),
  finishedAt: z.string().nullable(),
  checked: checkedCounts,
  problemCount: z.number(),
  problems: z.array(problem),
});
export type VerificationResource = z.output<typeof verificationResource>;

const verification = z.object({ organizationId: id, verifyId: id });
export const VERIFY = "verifyArchive";
export const verifyInstance = (verifyId: string): string => `verify:${verifyId}`;
/** `after`: the last account of the generation before. */
export const verifyInput = verification.extend({ after: id.nullable(), codes: z.array(z.string()) });

export const planVerification = activity({
  name: "planVerification",
  input: verification.extend({ after: id.nullable() }),
  output: step(z.object({ accountIds: z.array(id) })),
});
export const verifyAccount = activity({
  name: "verifyAccount",
  input: verification.extend({ accountId: id }),
  output: step(z.object({})),
});
export const verifyContents = activity({ name: "verifyContents", input: verification, output: step(z.object({})) });
export const finishVerification = activity({
  name: "finishVerification",
  input: verification.extend({ codes: z.array(z.string()) }),
  output: step(z.object({})),
});
