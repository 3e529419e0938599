import type { OutcomeText } from "../outcome-text.ts";

const CONSENT =
  "Use Reauthenticate and let a Global Administrator or Privileged Role Administrator grant admin consent.";
const NEW_SECRET =
  "Make a new client secret in the app registration, enter its value under Credentials, and use Test & Save.";
const WAIT = "It usually passes by itself: the next run goes on where this one stopped.";

/** What stops the backup of a whole organization. */
export const organizationOutcomes: Readonly<Record<string, OutcomeText>> = {
  "billing.payment_required": {
    text: "Microsoft Graph asks for payment before it exports this tenant's messages.",
    remedy: "Link the app to an Azure subscription: https://aka.ms/teams-api-payment-requirements.",
  },
  "graph.consent_missing": {
    text: "Admin consent for the app was never given in this tenant, or was revoked.",
    remedy: CONSENT,
  },
  "graph.forbidden": { text: "The app lacks a permission in this tenant.", remedy: CONSENT },
  "graph.unauthorized": {
    text: "Microsoft Graph does not accept the app's token.",
    remedy: "Check under Credentials that the tenant, the app and this service are in the same Microsoft cloud.",
  },
  "credentials.not_connected": {
    text: "The organization's tenant is not connected.",
    remedy: "Enter the tenant and the app under Credentials, and use Test & Save.",
  },
  "credentials.secret_expired": { text: "The app's client secret has expired.", remedy: NEW_SECRET },
  "credentials.secret_invalid": {
    text: "Entra does not accept the app's client secret.",
    remedy: `It was deleted, or the secret's id was entered in place of its value. ${NEW_SECRET}`,
  },
  "credentials.certificate_refused": {
    text: "Entra does not accept the app's certificate.",
    remedy: "Upload its public part to the app registration, or enter one that is valid, and use Test & Save.",
  },
  "credentials.app_not_found": {
    text: "The app is no longer in the tenant: it was deleted, or never consented to.",
    remedy: `Compare the client id under Credentials with the app registration. If it is right: ${CONSENT}`,
  },
  "credentials.app_disabled": {
    text: "The app is disabled in the tenant.",
    remedy: "In Entra, Enterprise applications, set “Enabled for users to sign in” of the app to Yes.",
  },
  "credentials.tenant_not_found": {
    text: "There is no such tenant any more.",
    remedy: "Compare the tenant id with the Overview page of Entra. What is stored stays.",
  },
  "credentials.tenant_inactive": {
    text: "Microsoft Graph is switched off in the tenant.",
    remedy: "Look for lapsed subscriptions in the Microsoft 365 admin center.",
  },
  "credentials.wrong_cloud": {
    text: "The tenant lives in another Microsoft cloud.",
    remedy: "Choose the tenant's own cloud under Credentials, and an app registered there.",
  },
  "credentials.blocked_by_policy": {
    text: "A Conditional Access or security policy of the tenant blocks the app.",
    remedy: "Look at the service principal's sign-in logs in Entra, and exclude the app from the policy named there.",
  },
  "credentials.consent_missing": { text: "Admin consent is missing or was declined.", remedy: CONSENT },
  "credentials.refused": {
    text: "Entra refuses to issue a token for the app.",
    remedy: "Use Test & Save under Credentials: it says why.",
  },
  "credentials.unreadable": {
    text: "The certificate or its private key cannot be read.",
    remedy: "Enter both again under Credentials, as PEM.",
  },
  "credentials.federated_not_configured": {
    text: "This service has no app of its own.",
    remedy: "Use a client secret or a certificate under Credentials.",
  },
  "credentials.secret_missing": {
    text: "The stored credential cannot be found or opened.",
    remedy: "Enter it again under Credentials, and use Test & Save.",
  },
  "credentials.unavailable": { text: "Entra did not answer.", remedy: WAIT },
  "feature.disabled": {
    text: "Private chat backup was switched off for the organization.",
    remedy: "The partner switches it on under Features.",
  },
  "feature.partner_disabled": {
    text: "Private chat backup was switched off for the partner.",
    remedy: "Ask the support team to switch it on.",
  },
  "plan.archiver_required": {
    text: "Private chat backup needs the Archiver plan.",
    remedy: "Change the organization's plan.",
  },
  "accounts.directory_empty": {
    text: "The tenant's directory named no users; nobody was taken for gone.",
    remedy: "Refresh the accounts again. If it lasts, check the app's User.Read.All permission.",
  },
  "accounts.refresh_failed": {
    text: "The tenant's users could not be read before the run; it went on with the accounts that were known.",
    remedy: "Refresh the accounts: what that operation answers says why. New users are missed until it works.",
  },
  "backup.lane_failed": { text: "A part of the run broke off.", remedy: WAIT },
  "backup.stage_failed": { text: "A stage of the run broke off.", remedy: WAIT },
  "backup.run_not_found": { text: "The run's own record is missing.", remedy: WAIT },
};
