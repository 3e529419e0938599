import { again, type Step } from "../../platform/activity.contract.ts";
import { forEachParallel } from "../../platform/for-each-parallel.ts";
import type { Instant } from "../../platform/time.ts";
import { checkChat } from "./check-chat.ts";
import { add, isChosen, NOTHING_CHECKED, type VerifyAccountDeps } from "./verify-account.ts";
import type { Problem } from "./verify.contract.ts";
import type { VerifiedPart, VerifyOf } from "./verify-store.ts";

const PART = "contents";
const CHATS_AT_ONCE = 8;

/** Verifies the contents of all chats of an organization, a few chats at a time, and goes on where the activity before ended. */
export async function verifyContents(
  deps: VerifyAccountDeps,
  of: VerifyOf,
  deadline: Instant,
): Promise<Step<Record<string, never>>> {
  const verification = await deps.verifications.find(of);
  if (!verification) return { status: "failed", code: "verify.not_found" };
  let part: VerifiedPart = (await deps.verifications.part(of, PART)) ?? { counts: NOTHING_CHECKED, done: false };
  if (part.done || verification.scope === "listed") return { status: "done", result: {} };
  const report = (problem: Problem) => deps.verifications.addProblem(of, problem);
  const reads = (sha256: string) => isChosen(verification, sha256);
  for await (const keys of batches(deps.contents.chats(of.organizationId, part.position))) {
    let { counts } = part;
    await forEachParallel(keys, CHATS_AT_ONCE, async (key) => {
      const found = await checkChat(deps, of, key, reads, report);
      counts = add(counts, found);
    });
    part = { counts, position: keys.at(-1) as string, done: false };
    await deps.verifications.putPart(of, PART, part);
    if (deps.now() >= deadline) return again(true);
  }
  await deps.verifications.putPart(of, PART, { ...part, done: true });
  return { status: "done", result: {} };
}

async function* batches(keys: AsyncGenerator<string>): AsyncGenerator<string[]> {
  let batch: string[] = [];
  for await (const key of keys) {
    if (batch.push(key) < CHATS_AT_ONCE) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
