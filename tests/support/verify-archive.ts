import { everything, type VisibleFrom } from "../../shared/archive/retention.ts";
import {
  describeVerification,
  finishVerification,
  planVerification,
  requestVerification,
} from "../../shared/archive/verify/verification.ts";
import type { CheckPackDeps } from "../../shared/archive/verify/check-pack.ts";
import { verifyAccount } from "../../shared/archive/verify/verify-account.ts";
import { verifyContents } from "../../shared/archive/verify/verify-contents.ts";
import type { VerificationResource, VerifyBytes } from "../../shared/archive/verify/verify.contract.ts";
import type { Step } from "../../shared/platform/activity.contract.ts";
import { archiveTables } from "../../shared/storage/archive-tables.ts";
import type { StorageClients } from "../../shared/storage/clients.ts";
import { contentTables } from "../../shared/storage/content-tables.ts";
import { organizationBlobs } from "../../shared/storage/organization-blobs.ts";
import { verifyTables } from "../../shared/storage/verify-tables.ts";

interface Options {
  /** Default: all that have an archive. */
  readonly accountIds?: readonly string[];
  /** Every activity has to stop as soon as it may. */
  readonly hurried?: boolean;
  /** Default: nothing is past retention. */
  readonly visibleFrom?: VisibleFrom;
  /** Default: none is. */
  readonly isBeingErased?: CheckPackDeps["isBeingErased"];
}

/** Verifies an organization's archive, every activity in the order of the orchestration; answers what the API would. */
export async function verifyArchive(
  clients: StorageClients,
  organizationId: string,
  bytes: VerifyBytes,
  { accountIds, hurried = false, visibleFrom = everything, isBeingErased = () => Promise.resolve(false) }: Options = {},
): Promise<VerificationResource> {
  const blobs = organizationBlobs(clients.blobs);
  const deps = {
    archive: archiveTables(clients.table("archive"), blobs),
    contents: contentTables(clients.table("contents"), clients.table("pendingContents"), blobs),
    verifications: verifyTables(clients.table("verifications"), clients.table("verificationItems")),
    unknownAccounts: () => Promise.resolve([]),
    visibleFrom,
    isBeingErased,
    now: Date.now,
    sleep: () => Promise.resolve(),
  };
  const deadline = hurried ? 0 : Number.POSITIVE_INFINITY;
  const { verifyId } = await requestVerification(deps, organizationId, { accountIds, bytes });
  const of = { organizationId, verifyId };
  for (let after: string | null = null; ; ) {
    const planned: { accountIds: string[] } = await done(() => planVerification(deps, { ...of, after }));
    for (const accountId of planned.accountIds) await done(() => verifyAccount(deps, { ...of, accountId }, deadline));
    after = planned.accountIds.at(-1) ?? null;
    if (after === null) break;
  }
  await done(() => verifyContents(deps, of, deadline));
  await finishVerification(deps, { ...of, codes: [] });
  const found = await deps.verifications.find(of);
  if (!found) throw new Error("no verification");
  return describeVerification(deps.verifications, of, found);
}

async function done<T>(activity: () => Promise<Step<T>>): Promise<T> {
  for (;;) {
    const step = await activity();
    if (step.status === "done") return step.result;
    if (step.status !== "again") throw new Error(`An activity ended as ${JSON.stringify(step)}.`);
  }
}
