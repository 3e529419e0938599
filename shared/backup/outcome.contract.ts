/** Codes after which a run does nothing more for the organization until somebody has paid. */
const PAUSES = new Set(["billing.payment_required"]);
const STOPS = new Set(["graph.forbidden", "graph.consent_missing", "graph.unauthorized", ...PAUSES]);
const STOPS_OF = /^(credentials|feature|plan)\./;
/** Graph refuses one user; what the directory says of the user tells why (see `accountOutcome`). */
const REFUSES_ACCOUNT = new Set(["graph.access_denied", "graph.user_not_found", "graph.unlicensed"]);

export const pausesOrganization = (code: string | undefined): boolean => code !== undefined && PAUSES.has(code);

/** Reasons for which no account of the organization can be backed up. */
export const stopsOrganization = (code: string): boolean => STOPS.has(code) || STOPS_OF.test(code);

export const refusesAccount = (code: string): boolean => REFUSES_ACCOUNT.has(code);

/** Whether further windows of the account would only be refused in the same words. */
export const stopsAccount = (code: string): boolean =>
  stopsOrganization(code) || refusesAccount(code) || code === "account.not_active";
