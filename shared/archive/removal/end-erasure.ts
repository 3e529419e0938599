import type { Step } from "../../platform/activity.contract.ts";
import { unless } from "../../platform/errors.ts";
import type { ArchiveOf, ArchiveStore } from "../archive-store.ts";
import type { Manifest, Removal } from "../manifest.ts";
import type { LeftoverStore } from "./leftovers.ts";
import { tellRemoval } from "./tell-removal.ts";

/** What was decided, and what comes of it. */
export interface ErasureOrders {
  /** The next one that is approved and has not ended. */
  next(organizationId: string): Promise<{ readonly approvalId: string; readonly accountId: string } | undefined>;
  complete(organizationId: string, approvalId: string, removed: Removed): Promise<void>;
  /** `removed` where something went before. */
  fail(organizationId: string, approvalId: string, code: string, removed?: Removed): Promise<void>;
}

interface Removed {
  readonly packs: number;
  readonly messages: number;
}

interface EndDeps {
  readonly archive: ArchiveStore;
  readonly leftovers: LeftoverStore;
  readonly erasures: ErasureOrders;
}

type ErasureOf = ArchiveOf & { readonly approvalId: string };

/** Nothing is left but files, whose rows are gone: they go, and what went is told to who asked. */
export async function finishErasure(
  { archive, leftovers, erasures }: EndDeps,
  { organizationId, accountId, approvalId }: ErasureOf,
  told: Manifest | undefined,
): Promise<Step<Record<string, never>>> {
  await archive.removeProgress({ organizationId, accountId });
  for await (const blob of leftovers.list(organizationId, `messages/${accountId}/`))
    await leftovers.remove(organizationId, blob);
  await erasures.complete(organizationId, approvalId, sumOf(told?.packs.removed ?? []));
  return { status: "done", result: {} };
}

/** A hold came: what is left stays. */
export async function stopErasure(deps: EndDeps, of: ErasureOf): Promise<Step<Record<string, never>>> {
  const told = await tellSoFar(deps, of);
  // It came when all was gone.
  if (told?.status === "Erased") return finishErasure(deps, of, told);
  await fail(deps, of, "account.held", told?.packs.removed ?? []);
  return { status: "done", result: {} };
}

/** Ends an erasure that cannot go on. What went before is told; where the chain of manifests is damaged, by the approval alone until
 * that is mended. */
export async function failErasure(
  deps: Pick<EndDeps, "archive" | "erasures">,
  { code, ...of }: ErasureOf & { readonly code: string },
): Promise<void> {
  const told = await tellSoFar(deps, of).catch(unless("archive.damaged"));
  const untold = async () => {
    const account = { organizationId: of.organizationId, accountId: of.accountId };
    return (await Array.fromAsync(deps.archive.changes(account))).flatMap(({ removed }) => removed ?? []);
  };
  await fail(deps, of, code, told?.packs.removed ?? (await untold()));
}

const tellSoFar = (
  { archive }: Pick<EndDeps, "archive">,
  { organizationId, accountId, approvalId }: ErasureOf,
): Promise<Manifest | undefined> =>
  tellRemoval(archive, { organizationId, accountId }, { runId: approvalId, status: "Reduced" });

async function fail(
  { erasures }: Pick<EndDeps, "erasures">,
  { organizationId, approvalId }: { readonly organizationId: string; readonly approvalId: string },
  code: string,
  removals: readonly Removal[],
): Promise<void> {
  const removed = sumOf(removals);
  await erasures.fail(organizationId, approvalId, code, removed.packs > 0 ? removed : undefined);
}

function sumOf(removals: readonly Removal[]): Removed {
  const packs = removals.filter(({ why }) => why === "erasure").flatMap((removal) => removal.packs);
  return { packs: packs.length, messages: packs.reduce((sum, pack) => sum + pack.messages, 0) };
}
