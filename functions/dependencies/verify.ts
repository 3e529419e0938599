import type { CheckPackDeps } from "../../shared/archive/verify/check-pack.ts";
import { verifyTables } from "../../shared/storage/verify-tables.ts";
import type { archiveDependencies } from "./backup.ts";
import type { Base } from "./base.ts";

interface Needs {
  readonly stored: Pick<ReturnType<typeof archiveDependencies>, "archive" | "contents" | "visibleFrom">;
  readonly isBeingErased: CheckPackDeps["isBeingErased"];
  readonly unknownAccounts: (organizationId: string, accountIds: readonly string[]) => Promise<string[]>;
}

/** Everything that verifications need. */
export const verifyDependencies = ({ table, now, sleep, log }: Base, { stored, ...needs }: Needs) => ({
  archive: stored.archive,
  contents: stored.contents,
  visibleFrom: stored.visibleFrom,
  verifications: verifyTables(table("verifications"), table("verificationItems")),
  ...needs,
  ...{ now, sleep, log },
});
