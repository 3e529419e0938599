import { AppError, type ErrorKind } from "../platform/errors.ts";

/** What an error answer says, as far as it can be trusted: Graph sends errors without a body, without a code, as HTML, and
 * spells its inner error in two ways. */
export interface GraphProblem {
  readonly status: number;
  readonly code: string;
  /** Graph's English text. It may quote names and addresses: it is matched, and passed on for 402 alone. */
  readonly message: string;
  readonly requestId: string;
  /** Nothing came but the status. */
  readonly empty: boolean;
}

export function readProblem(status: number, body: string): GraphProblem {
  const error = record(record(parse(body))["error"]);
  const inner = record(error["innerError"] ?? error["innererror"]);
  return {
    status,
    code: text(error["code"]),
    message: text(error["message"]),
    requestId: text(inner["request-id"]) || text(inner["requestId"]),
    empty: body.trim() === "",
  };
}

interface Row {
  readonly when: (problem: GraphProblem, roleMissing: boolean) => boolean;
  readonly kind: ErrorKind;
  readonly code: string;
  readonly message: string;
}

const NO_ROLE = /missing role permissions|insufficient privileges/i;

/** The first row that fits wins. Statuses are matched before texts, which are no contract. */
const ROWS: readonly Row[] = [
  {
    when: ({ status }) => status === 402,
    kind: "conflict",
    code: "billing.payment_required",
    message: "Microsoft Graph asks for payment before this tenant's messages can be exported",
  },
  {
    when: ({ status }) => status === 401,
    kind: "forbidden",
    code: "graph.unauthorized",
    message: "Microsoft Graph does not accept the app's token",
  },
  {
    when: ({ status, code, message }, roleMissing) =>
      status === 403 && (roleMissing || code === "Authorization_RequestDenied" || NO_ROLE.test(message)),
    kind: "forbidden",
    code: "graph.forbidden",
    message: "The app lacks a permission in this tenant: grant admin consent again",
  },
  {
    when: ({ status, message }) => status === 403 && /aclcheckfailed|tenant id mismatch/i.test(message),
    kind: "forbidden",
    code: "graph.other_tenant",
    message: "This belongs to another tenant",
  },
  {
    when: ({ status }) => status === 403 || status === 423,
    kind: "forbidden",
    code: "graph.access_denied",
    message: "Microsoft Graph refuses access to this one",
  },
  {
    // Seen to pass: 404 without a word.
    when: ({ status, empty }) => status === 404 && empty,
    kind: "unavailable",
    code: "graph.unavailable",
    message: "Microsoft Graph gave an empty answer",
  },
  {
    when: ({ status }) => status === 404 || status === 410,
    kind: "not_found",
    code: "graph.not_found",
    message: "Microsoft Graph knows no such thing",
  },
  {
    when: ({ status }) => status === 429,
    kind: "too_many",
    code: "graph.throttled",
    message: "Microsoft asks for a pause",
  },
  {
    when: ({ status }) => status >= 500 || status === 408,
    kind: "unavailable",
    code: "graph.unavailable",
    message: "Microsoft Graph is in trouble",
  },
];

/** The one place where an answer of Graph becomes an error of ours. Whatever is not in the table is `graph.refused`: our request
 * was wrong, and no retry mends it. `roleMissing`: the token that was sent lacks the role that the call needs. */
export function graphError(problem: GraphProblem, roleMissing = false): AppError {
  const row = ROWS.find(({ when }) => when(problem, roleMissing)) ?? {
    kind: "invalid" as const,
    code: "graph.refused",
    message: "Microsoft Graph refused the request",
  };
  const { status, code, requestId } = problem;
  const message = status === 402 ? row.message + quoted(problem.message) : row.message;
  return new AppError(row.kind, row.code, message, {
    context: {
      ...{ status, roleMissing, requestId: requestId.slice(0, 40) },
      graphCode: /^[\w.:-]{1,60}$/.test(code) ? code : "",
    },
  });
}

/** Graph gives single things the code of a missing permission too, although the token holds it. */
export function refusesOneThing({ code, options: { context } }: AppError): boolean {
  return (
    code === "graph.forbidden" &&
    context?.["roleMissing"] === false &&
    context["graphCode"] === "Authorization_RequestDenied"
  );
}

/** Which of its reasons for payment Graph gives: of use to who must mend it, and about the app, not about people. */
function quoted(said: string): string {
  const safe = said
    .replace(/https?:\/\/(?!aka\.ms\/|learn\.microsoft\.com\/)\S*/g, "…")
    .replace(/\S+@\S+/g, "…")
    .replace(/[^\x20-\x7e…]+/g, " ")
    .trim();
  return safe === "" ? "" : `: ${safe.slice(0, 400)}`;
}

const parse = (body: string): unknown => {
  try {
    return JSON.parse(body) as unknown;
  } catch {
    return undefined;
  }
};
const record = (value: unknown): Record<string, unknown> =>
  typeof value === "object" && value !== null ? { ...value } : {};
const text = (value: unknown): string => (typeof value === "string" ? value : "");
