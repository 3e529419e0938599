/** The check that an answer of Entra belongs to. */
export type SignInCheck = "tenant" | "application" | "credential" | "token";

export interface Refusal {
  /** Stable: what a run that could not sign in says. */
  readonly code: string;
  readonly check: SignInCheck;
  readonly detail: string;
  readonly remedy: string;
}

const refusal = (code: string, check: SignInCheck, detail: string, remedy: string): Refusal => ({
  code: `credentials.${code}`,
  check,
  detail,
  remedy,
});

const CONSENT =
  "Use Reauthenticate and let a Global Administrator or Privileged Role Administrator grant admin consent.";
const WRONG_CLOUD = refusal(
  "wrong_cloud",
  "tenant",
  "The tenant lives in another Microsoft cloud.",
  "Choose the tenant's own cloud (for example US Government or China) and an app registered there.",
);
const RETRY = refusal(
  "unavailable",
  "token",
  "Entra is busy.",
  "Nothing is wrong with the settings: try again in a few minutes.",
);
const NOT_THERE = refusal(
  "app_not_found",
  "application",
  "The app is not present in this tenant.",
  `Compare the client id with the app registration in the Azure portal, and check that the tenant id is that of the same tenant. If both are right: ${CONSENT}`,
);
const BLOCKED = refusal(
  "blocked_by_policy",
  "token",
  "A Conditional Access or security policy of the tenant blocks the app.",
  "In Entra, look at the sign-in logs of the service principal, and exclude the app from the policy named there.",
);
const DECLINED = refusal("consent_missing", "token", "Admin consent is missing or was declined.", CONSENT);
const DISABLED = refusal(
  "app_disabled",
  "application",
  "The app is disabled or not authorized in this tenant.",
  "In Entra, Enterprise applications, open the app, and under Properties set “Enabled for users to sign in” to Yes.",
);

/** What each AADSTS code means here and how it is mended.
 * @see https://learn.microsoft.com/entra/identity-platform/reference-error-codes */
const REFUSALS: Readonly<Record<number, Refusal>> = {
  700016: NOT_THERE,
  7000229: refusal("app_not_found", "application", "The app has no service principal in this tenant.", CONSENT),
  500014: refusal(
    "tenant_inactive",
    "tenant",
    "Microsoft Graph is switched off in this tenant.",
    "A subscription of the tenant has lapsed, or an administrator disabled Microsoft Graph: look at Billing in the Microsoft 365 admin center and at Enterprise applications in Entra.",
  ),
  7000112: DISABLED,
  7000113: DISABLED,
  7000215: refusal(
    "secret_invalid",
    "credential",
    "The client secret is wrong.",
    "Paste the secret's Value, not its Secret ID. The value is shown once, when the secret is made: make a new one if it was not kept.",
  ),
  7000222: refusal(
    "secret_expired",
    "credential",
    "The client secret has expired.",
    "In the app registration, under Certificates & secrets, make a new client secret, and enter its value here.",
  ),
  700027: refusal(
    "certificate_refused",
    "credential",
    "Entra does not accept the certificate.",
    "Upload the certificate's public part to the app registration, under Certificates & secrets, and check that it is the same one and has not expired.",
  ),
  700024: refusal(
    "certificate_refused",
    "credential",
    "The signed proof lies outside its time of validity.",
    "The clock of the service may be off, or the certificate is not valid yet or no longer: check both.",
  ),
  90002: refusal(
    "tenant_not_found",
    "tenant",
    "There is no such tenant.",
    "Copy the tenant id from the Overview page of Entra. If it is right, the tenant was deleted or lives in another Microsoft cloud.",
  ),
  900023: refusal(
    "tenant_not_found",
    "tenant",
    "The tenant id is malformed.",
    "Copy the tenant id (a GUID) from the Overview page of Entra.",
  ),
  65001: DECLINED,
  65004: DECLINED,
  90094: DECLINED,
  90095: DECLINED,
  53003: BLOCKED,
  530032: BLOCKED,
  90006: RETRY,
  90012: RETRY,
  90024: RETRY,
  90033: RETRY,
  90055: refusal("unavailable", "token", "Entra limits requests of this tenant.", "Try again in a few minutes."),
  90038: WRONG_CLOUD,
  900382: WRONG_CLOUD,
  900432: WRONG_CLOUD,
};

export const entraCodes: readonly number[] = Object.keys(REFUSALS).map(Number);

/** The code is part of every detail, so that it can be looked up. Unknown codes are the token's matter. */
export function entraRefusal(aadsts: number): Refusal {
  const known = REFUSALS[aadsts];
  if (known) return { ...known, detail: `${known.detail} (AADSTS${aadsts})` };
  return refusal(
    "refused",
    "token",
    aadsts > 0 ? `Entra refuses to issue a token (AADSTS${aadsts}).` : "Entra refuses to issue a token.",
    "Look the code up at https://login.microsoftonline.com/error, and check the app registration and its service principal.",
  );
}
