import { type AppError, isAppError } from "../platform/errors.ts";

interface Answer {
  readonly detail: string;
  readonly remedy: string;
}

const ANSWERS: Readonly<Record<string, Answer>> = {
  "graph.forbidden": {
    detail: "Graph says that the app lacks a permission.",
    remedy: "Consent given a moment ago may take some minutes to arrive: try again, then use Reauthenticate.",
  },
  "graph.consent_missing": {
    detail: "Graph says that nobody consented to the app in this tenant.",
    remedy: "Consent given a moment ago may take some minutes to arrive: try again, then use Reauthenticate.",
  },
  "graph.access_denied": {
    detail: "Graph refuses access.",
    remedy: "Check that Teams is switched on in the tenant and that no policy blocks the app.",
  },
  "graph.unauthorized": {
    detail: "Graph does not accept the token.",
    remedy: "Check that the tenant, the app and this service are in the same Microsoft cloud.",
  },
  "graph.throttled": { detail: "Graph asks for a pause.", remedy: "Try again in a few minutes." },
  "graph.unavailable": {
    detail: "Graph does not answer.",
    remedy:
      "Try again in a few minutes; if it lasts, look at Microsoft's service health and at this service's network.",
  },
  "credentials.unavailable": {
    detail: "Entra does not answer.",
    remedy:
      "Try again in a few minutes; if it lasts, look at Microsoft's service health and at this service's network.",
  },
  "credentials.unreadable": {
    detail: "The certificate or its private key cannot be read.",
    remedy: "Paste both as PEM: “BEGIN CERTIFICATE” and an unencrypted “BEGIN PRIVATE KEY”, belonging together.",
  },
  "credentials.federated_not_configured": {
    detail: "This service has no app of its own to be trusted.",
    remedy: "Use a client secret or a certificate.",
  },
};

/** What an error of the probe means to an administrator. Errors that are not AppErrors are bugs, and thrown on. */
export function graphRefusal(error: unknown): Answer {
  if (!isAppError(error)) throw error;
  return ANSWERS[error.code] ?? unknown(error);
}

const unknown = (error: AppError): Answer => ({
  detail: `${error.message} (${error.code}).`,
  remedy: "Try again; if it lasts, tell support this code.",
});
