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

/** Whether the token that was sent held the role that the call needs: `none` is a token without any role at all. */
export type RoleState = "held" | "missing" | "none";

interface Row {
  readonly when: (problem: GraphProblem, role: RoleState) => boolean;
  readonly kind: ErrorKind;
  readonly code: string;
  readonly message: string;
}

const NO_ROLE = /missing role permissions|insufficient privileges/i;

const PAYMENT = "billing.payment_required";

/** The first row that fits wins. Statuses are matched before texts, which are no contract. */
const ROWS: readonly Row[] = [
  {
    when: ({ status }) => status === 402,
    kind: "conflict",
    code: PAYMENT,
    message: "Microsoft Graph asks for payment before this tenant's messages can be exported",
  },
  {
    when: ({ status }) => status === 401,
    kind: "forbidden",
    code: "graph.unauthorized",
    message: "Microsoft Graph does not accept the app's token",
  },
  {
    // Entra issues tokens to an app that nobody consented to; they hold no role.
    when: ({ status }, role) => status === 403 && role === "none",
    kind: "forbidden",
    code: "graph.consent_missing",
    message: "Admin consent for the app was never given in this tenant, or was revoked: grant it again",
  },
  {
    when: ({ status, code, message }, role) =>
      status === 403 && (role === "missing" || code === "Authorization_RequestDenied" || NO_ROLE.test(message)),
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
    // Reported of calls about chats of a user without Teams.
    // https://github.com/RogerSelwyn/O365-HomeAssistant/issues/183
    when: ({ status, message }) => status === 403 && /license information for the user/i.test(message),
    kind: "forbidden",
    code: "graph.unlicensed",
    message: "The user has no licence with Teams",
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
 * was wrong, and no retry mends it. So is payment that is wanted for anything but an export: nothing else was ever metered, and one file
 * must not keep messages from being exported. */
export function graphError(problem: GraphProblem, role: RoleState = "held", isExport = true): AppError {
  const row = ROWS.find(({ when, code }) => when(problem, role) && (isExport || code !== PAYMENT)) ?? {
    kind: "invalid" as const,
    code: "graph.refused",
    message: "Microsoft Graph refused the request",
  };
  const { status, code, requestId } = problem;
  const message = status === 402 ? row.message + quoted(problem.message) : row.message;
  return new AppError(row.kind, row.code, message, {
    context: {
      ...{ status, role, requestId: requestId.slice(0, 40) },
      graphCode: /^[\w.:-]{1,60}$/.test(code) ? code : "",
    },
  });
}

/** Graph gives single things, and single users, the code of a missing permission too, although the token holds it. */
export function refusesOneThing({ code, options: { context } }: AppError): boolean {
  return (
    code === "graph.forbidden" && context?.["role"] === "held" && context["graphCode"] === "Authorization_RequestDenied"
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
