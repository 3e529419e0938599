import { ESTIMATE_BILLING, RETRY_PAYMENT } from "../shared/billing/billing.contract.ts";
import { orchestrators } from "../shared/backup/backup.contract.ts";
import { backupActivities } from "./activities/backup-activities.ts";
import { downloadActivities } from "./activities/download-activities.ts";
import { driftActivities } from "./activities/drift-activities.ts";
import { finishOperationActivity } from "./activities/finish-operation.ts";
import { refreshDirectoryActivity } from "./activities/refresh-directory.ts";
import type { Dependencies } from "./dependencies.ts";
import { sampleExportActivity } from "./activities/sample-export.ts";
import { probePaymentActivity } from "./activities/probe-payment.ts";
import { removalActivities } from "./activities/removal-activities.ts";
import { sweepActivities } from "./activities/sweep-activities.ts";
import { verifyActivities } from "./activities/verify-activities.ts";
import { acceptInvitationRoute } from "./http/accept-invitation.ts";
import { accountRoutes } from "./http/accounts.ts";
import { activationRoutes } from "./http/activation.ts";
import { auditRoute } from "./http/audit.ts";
import { approvalRoutes } from "./http/approvals.ts";
import { backupRoutes } from "./http/backups.ts";
import { billingRoutes } from "./http/billing.ts";
import { consentRoutes } from "./http/consent.ts";
import { credentialRoutes } from "./http/credentials.ts";
import { describeApiRoute } from "./http/describe-api.ts";
import { downloadRoutes } from "./http/downloads.ts";
import { driftRoutes } from "./http/drift.ts";
import { grantRoutes } from "./http/grants.ts";
import { healthRoute } from "./http/health.ts";
import { meRoute } from "./http/me.ts";
import { operationRoutes } from "./http/operations.ts";
import { organizationRoutes } from "./http/organizations.ts";
import { partnerRoutes } from "./http/partners.ts";
import { usageRoutes } from "./http/usage.ts";
import { verifyRoutes } from "./http/verify.ts";
import { applyRetentionDefinition } from "./orchestrators/apply-retention.ts";
import { backupAccount } from "./orchestrators/backup-account.ts";
import { backupContents } from "./orchestrators/backup-contents.ts";
import { backupFetch } from "./orchestrators/backup-fetch.ts";
import { backupLane } from "./orchestrators/backup-lane.ts";
import { backupOrganization } from "./orchestrators/backup-organization.ts";
import { buildDownloadDefinition } from "./orchestrators/build-download.ts";
import { checkDriftDefinition } from "./orchestrators/check-drift.ts";
import { estimateUsage } from "./orchestrators/estimate-usage.ts";
import { eraseAccountsDefinition } from "./orchestrators/erase-accounts.ts";
import { refreshAccounts } from "./orchestrators/refresh-accounts.ts";
import { retryPayment } from "./orchestrators/retry-payment.ts";
import { sweepLeftoversDefinition } from "./orchestrators/sweep-leftovers.ts";
import { verifyArchiveDefinition } from "./orchestrators/verify-archive.ts";
import type { FunctionsTable } from "./runtime/functions-table.ts";
import { expireDownloadsTimer } from "./timers/expire-downloads.ts";
import { keepUp } from "./timers/keep-up.ts";
import { probePayments } from "./timers/probe-payments.ts";
import { remindBackups } from "./timers/remind-backups.ts";
import { resumeBackups } from "./timers/resume-backups.ts";
import { startBackups } from "./timers/start-backups.ts";
import { resumeDownloads } from "./timers/resume-downloads.ts";
import { resumeErasures } from "./timers/resume-erasures.ts";
import { resumeVerifications } from "./timers/resume-verifications.ts";

/** The table of contents: every function of the app by its trigger. Names are for ever; a new function is a new line. */
export function functionsTable(use: Dependencies): FunctionsTable {
  const routes = [
    healthRoute(use.health),
    meRoute(use.me),
    ...partnerRoutes(use.partners),
    ...organizationRoutes({ ...use.organizations, ...use.audit }),
    ...consentRoutes(use.consent),
    ...credentialRoutes(use.credentials),
    ...accountRoutes({ ...use.accounts, ...use.audit }),
    ...activationRoutes(use.activation),
    ...backupRoutes(use.backup),
    ...billingRoutes(use.billing),
    ...usageRoutes(use.billing.partnerUsage),
    ...downloadRoutes({ ...use.downloads, ...use.audit }),
    ...verifyRoutes({ ...use.verify, ...use.audit }),
    ...approvalRoutes({ ...use.removal, ...use.audit }),
    ...driftRoutes(use.drift),
    ...operationRoutes(use.operations),
    ...grantRoutes(use.grants),
    acceptInvitationRoute(use.grants),
    auditRoute(use.audit),
  ];
  return {
    routes: [...routes, describeApiRoute(routes, use.health.version)],
    orchestrators: [
      { name: "refreshAccounts", handler: refreshAccounts },
      { name: orchestrators.organization, handler: backupOrganization },
      { name: orchestrators.fetch, handler: backupFetch },
      { name: orchestrators.contents, handler: backupContents },
      { name: orchestrators.lane, handler: backupLane },
      { name: orchestrators.account, handler: backupAccount },
      { name: RETRY_PAYMENT, handler: retryPayment },
      { name: ESTIMATE_BILLING, handler: estimateUsage },
      buildDownloadDefinition,
      verifyArchiveDefinition,
      sweepLeftoversDefinition,
      eraseAccountsDefinition,
      applyRetentionDefinition,
      checkDriftDefinition,
    ],
    activities: [
      refreshDirectoryActivity(use.refreshDirectory),
      finishOperationActivity(use.finishOperation),
      ...backupActivities(use.backup),
      probePaymentActivity(use.billing),
      sampleExportActivity(use.billing),
      ...downloadActivities(use.downloads),
      ...verifyActivities(use.verify),
      ...sweepActivities(use.upkeep),
      ...removalActivities(use.removal),
      ...driftActivities(use.drift),
    ],
    timers: [
      startBackups(use.daily),
      remindBackups(use.daily),
      resumeBackups(use.backup),
      probePayments(use.billing),
      resumeDownloads(use.downloads),
      resumeVerifications(use.verify),
      resumeErasures(use.removal),
      expireDownloadsTimer(use.downloads),
      keepUp(use.upkeep),
    ],
    queues: [],
  };
}
