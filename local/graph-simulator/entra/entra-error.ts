import { randomUUID } from "node:crypto";

/** A refusal of the token endpoint. Source of the numbers: Microsoft Learn, "Microsoft Entra authentication and authorization error codes". */
export class EntraError extends Error {
  readonly code: number;
  constructor(code: keyof typeof catalogue, text: string) {
    super(text);
    this.code = code;
  }
}

const catalogue = {
  700016: [400, "unauthorized_client"],
  7000215: [401, "invalid_client"],
  7000222: [401, "invalid_client"],
  7000216: [400, "invalid_client"],
  7000112: [400, "unauthorized_client"],
  700024: [401, "invalid_client"],
  700027: [401, "invalid_client"],
  90002: [400, "invalid_request"],
  900023: [400, "invalid_request"],
  9001023: [400, "invalid_request"],
  900144: [400, "invalid_request"],
  70003: [400, "unsupported_grant_type"],
  70011: [400, "invalid_scope"],
  500011: [400, "invalid_resource"],
  1002012: [400, "invalid_scope"],
  90033: [503, "temporarily_unavailable"],
  90055: [429, "temporarily_unavailable"],
} as const satisfies Record<number, readonly [status: number, error: string]>;

export const entraStatus = (error: EntraError): number => catalogue[error.code as keyof typeof catalogue][0];

/** The body that Entra answers with, description, trace and all. */
export function entraBody(error: EntraError, correlationId: string, nowMs: number): object {
  const timestamp = `${new Date(nowMs).toISOString().slice(0, 19).replace("T", " ")}Z`;
  const traceId = randomUUID();
  return {
    error: catalogue[error.code as keyof typeof catalogue][1],
    error_description: `AADSTS${error.code}: ${error.message} Trace ID: ${traceId} Correlation ID: ${correlationId} Timestamp: ${timestamp}`,
    error_codes: [error.code],
    timestamp,
    trace_id: traceId,
    correlation_id: correlationId,
    error_uri: `https://login.microsoftonline.com/error?code=${error.code}`,
  };
}
