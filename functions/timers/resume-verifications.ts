import { VERIFY, verifyInstance } from "../../shared/archive/verify/verify.contract.ts";
import type { VerifyStore } from "../../shared/archive/verify/verify-store.ts";
import type { Logger } from "../../shared/platform/logger.ts";
import { watchdog } from "../runtime/watchdog.ts";

/** Verifications whose orchestration never began or is gone are taken up here, from where their rows say they were. */
export const resumeVerifications = (deps: { readonly verifications: VerifyStore; readonly log: Logger }) =>
  watchdog({
    name: "resumeVerifications",
    log: deps.log,
    open: () => deps.verifications.open(),
    resume: (of, durable) => durable.start(verifyInstance(of.verifyId), VERIFY, { ...of, after: null, codes: [] }),
  });
