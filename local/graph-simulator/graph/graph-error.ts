/** A refusal by Graph, thrown by handlers and written by the server in Graph's envelope. */
export class GraphError extends Error {
  readonly status: number;
  readonly code: string;
  readonly headers: Readonly<Record<string, string>>;
  constructor(status: number, code: string, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.headers = headers;
  }
}

export const notFound = (message = "Resource not found."): GraphError => new GraphError(404, "NotFound", message);
export const userNotFound = (id: string): GraphError =>
  new GraphError(
    404,
    "Request_ResourceNotFound",
    `Resource '${id}' does not exist or one of its queried reference-property objects are not present.`,
  );
export const badRequest = (message: string, code = "BadRequest"): GraphError => new GraphError(400, code, message);
export const unsupportedSegment = (segment: string): GraphError =>
  new GraphError(400, "BadRequest", `Resource not found for the segment '${segment}'.`);

/** Both spellings of the inner error occur in production; which one comes is no property of the error. */
export function errorBody(
  error: GraphError,
  requestId: string,
  clientRequestId: string,
  nowMs: number,
  lowerCase: boolean,
): object {
  const inner = {
    date: new Date(nowMs).toISOString().slice(0, 19),
    "request-id": requestId,
    "client-request-id": clientRequestId,
  };
  return { error: { code: error.code, message: error.message, [lowerCase ? "innererror" : "innerError"]: inner } };
}
