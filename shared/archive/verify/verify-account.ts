import { again, type Step } from "../../platform/activity.contract.ts";
import { isAppError } from "../../platform/errors.ts";
import { forEachParallel } from "../../platform/for-each-parallel.ts";
import { hashId } from "../../platform/new-id.ts";
import type { Instant } from "../../platform/time.ts";
import type { ArchiveOf, PackRow } from "../archive-store.ts";
import { chatKey } from "../chat-key.ts";
import { chatsInPack } from "../pack-chats.ts";
import { checkChat, type CheckChatDeps } from "./check-chat.ts";
import { checkPack, type CheckPackDeps } from "./check-pack.ts";
import { checkStructure } from "./check-structure.ts";
import type { CheckedCounts, Problem } from "./verify.contract.ts";
import type { Verification, VerifiedPart, VerifyOf } from "./verify-store.ts";

export interface VerifyAccountDeps extends CheckPackDeps, CheckChatDeps {
  readonly now: () => Instant;
  readonly sleep: (ms: number) => Promise<void>;
}

export const NOTHING_CHECKED: CheckedCounts = {
  accounts: 0,
  manifests: 0,
  packs: 0,
  versions: 0,
  contents: 0,
  bytes: 0,
};
const PACKS_AT_ONCE = 4;
/** Between a manifest and the sums that lists show, and between tries while a run writes. */
const SETTLE_MS = 2_000;
const WRITING_MS = 15_000;

/** Verifies one account's archive: rows against manifests, then pack by pack, and the contents of its chats where no other part
 * looks at all contents. Goes on where the activity before ended; what it reads anew after a crash is counted once. */
export async function verifyAccount(
  deps: VerifyAccountDeps,
  of: VerifyOf & ArchiveOf,
  deadline: Instant,
): Promise<Step<Record<string, never>>> {
  const verification = await deps.verifications.find(of);
  if (!verification) return { status: "failed", code: "verify.not_found" };
  const known = await deps.verifications.part(of, of.accountId);
  if (known?.done) return { status: "done", result: {} };
  const report = (problem: Problem) => deps.verifications.addProblem(of, problem);
  let part: VerifiedPart = known ?? { counts: { ...NOTHING_CHECKED, accounts: 1 }, done: false };
  if (part.position === undefined) {
    const manifests = await settledStructure(deps, of, report);
    if (manifests === undefined) return { status: "later", notBefore: deps.now() + WRITING_MS };
    part = { ...part, counts: { ...part.counts, manifests }, position: "" };
    await deps.verifications.putPart(of, of.accountId, part);
  }
  const job = { deps, of, verification, report };
  for await (const packs of batches(deps, of, part.position ?? "")) {
    part = await checkPacks(job, packs, part);
    await deps.verifications.putPart(of, of.accountId, part);
    if (deps.now() >= deadline) return again(true);
  }
  await deps.verifications.putPart(of, of.accountId, { ...part, done: true });
  return { status: "done", result: {} };
}

/** What differs is looked at twice: a run that ends in between writes its rows one after another. */
async function settledStructure(
  deps: VerifyAccountDeps,
  of: ArchiveOf,
  report: (problem: Problem) => Promise<void>,
): Promise<number | undefined> {
  let found = 0;
  const manifests = await checkStructure(deps, of, () => Promise.resolve(void (found += 1)));
  if (manifests === undefined || found === 0) return manifests;
  await deps.sleep(SETTLE_MS);
  return checkStructure(deps, of, report);
}

interface Job {
  readonly deps: VerifyAccountDeps;
  readonly of: VerifyOf & ArchiveOf;
  readonly verification: Verification;
  readonly report: (problem: Problem) => Promise<void>;
}

/** The order in which packs are listed. */
const place = ({ month, level = 0, sha256 }: PackRow): string => `${month}|${String(level).padStart(6, "0")}|${sha256}`;

async function* batches({ archive }: VerifyAccountDeps, of: ArchiveOf, after: string): AsyncGenerator<PackRow[]> {
  let batch: PackRow[] = [];
  const months = after === "" ? undefined : { from: after.slice(0, after.indexOf("|")), to: "~" };
  for await (const pack of archive.packs(of, months)) {
    if (place(pack) <= after) continue;
    if (batch.push(pack) < PACKS_AT_ONCE) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

async function checkPacks(job: Job, packs: readonly PackRow[], before: VerifiedPart): Promise<VerifiedPart> {
  const { deps, of, verification, report } = job;
  let counts = before.counts;
  await forEachParallel(packs, PACKS_AT_ONCE, async (pack) => {
    const isFirst = pack === packs[0] && before.position === "";
    const reads = isFirst ? verification.bytes !== "none" : isChosen(verification, pack.sha256);
    const versions = await checkPack(deps, of, pack, reads, report);
    const bytes = counts.bytes + (reads ? pack.bytes : 0);
    counts = { ...counts, packs: counts.packs + 1, versions: counts.versions + versions, bytes };
  });
  if (verification.scope === "listed") for (const pack of packs) counts = add(counts, await checkChatsOf(job, pack));
  return { counts, position: place(packs.at(-1) as PackRow), done: false };
}

async function checkChatsOf(job: Job, pack: PackRow): Promise<Partial<CheckedCounts>> {
  const { deps, of, verification, report } = job;
  let counts = NOTHING_CHECKED;
  for await (const key of chatsIn(job, pack)) {
    if ((await deps.verifications.seen(of, key)) !== undefined) continue;
    counts = add(counts, await checkChat(deps, of, key, (sha256) => isChosen(verification, sha256), report));
    await deps.verifications.see(of, key, 0);
  }
  return counts;
}

/** A pack that cannot be read is a problem of its own. */
async function* chatsIn({ deps, of, report }: Job, pack: PackRow): AsyncGenerator<string> {
  try {
    for await (const chatId of chatsInPack(deps.archive, of, pack)) yield chatKey(chatId);
  } catch (error) {
    if (!isAppError(error, "archive.damaged")) throw error;
    await checkPack(deps, of, pack, true, report);
  }
}

/** One in sixteen for a sample, others each time. */
export const isChosen = ({ bytes, verifyId }: Verification, sha256: string): boolean =>
  bytes === "all" || (bytes === "sample" && /^[01]/.test(hashId(verifyId, sha256)));

export const add = (a: CheckedCounts, b: Partial<CheckedCounts>): CheckedCounts => ({
  accounts: a.accounts + (b.accounts ?? 0),
  manifests: a.manifests + (b.manifests ?? 0),
  packs: a.packs + (b.packs ?? 0),
  versions: a.versions + (b.versions ?? 0),
  contents: a.contents + (b.contents ?? 0),
  bytes: a.bytes + (b.bytes ?? 0),
});
