import { AppError, type AppErrorOptions, type ErrorKind, isAppError } from "../platform/errors.ts";
import { refusesOneThing } from "./graph-error.ts";

interface Meaning {
  readonly when: (error: AppError, status: unknown) => boolean;
  readonly kind: ErrorKind;
  readonly code: string;
  readonly message: string;
}

const REFUSED = new Set(["graph.access_denied", "graph.unlicensed"]);

/** What Graph's refusals mean for one picture or file; the first that fits wins. */
const MEANINGS: readonly Meaning[] = [
  {
    when: ({ options }) => /malware|virus/i.test(String(options.context?.["graphCode"] ?? "")),
    kind: "forbidden",
    code: "content.malware",
    message: "Microsoft found malware in the file",
  },
  {
    when: (_, status) => status === 423,
    kind: "unavailable",
    code: "content.locked",
    message: "The file or its site is locked",
  },
  {
    when: ({ code }) => code === "graph.not_found",
    kind: "not_found",
    code: "content.gone",
    message: "It is no longer where the message points to",
  },
  {
    when: (error) => REFUSED.has(error.code) || refusesOneThing(error),
    kind: "forbidden",
    code: "content.no_access",
    message: "The app may not read it",
  },
  {
    // Of one picture or file: a token that nobody accepts, or that holds the role no longer, is found out by the export. What the
    // token does hold is not what the organization lacks, whatever the answer names.
    when: ({ code, options }) =>
      code === "graph.unauthorized" || (code === "graph.forbidden" && options.context?.["role"] === "held"),
    kind: "forbidden",
    code: "content.unauthorized",
    message: "Microsoft Graph did not accept the app's token for it",
  },
  {
    when: ({ code }) => code === "graph.other_tenant",
    kind: "forbidden",
    code: "content.other_tenant",
    message: "It belongs to another tenant",
  },
  {
    when: ({ code }, status) => code === "graph.refused" && status === 400,
    kind: "invalid",
    code: "content.unsupported_link",
    message: "The link leads to nothing that Microsoft Graph can resolve",
  },
];

export function contentError(error: unknown): unknown {
  if (!isAppError(error)) return error;
  const meaning = MEANINGS.find(({ when }) => when(error, error.options.context?.["status"]));
  return meaning ? new AppError(meaning.kind, meaning.code, meaning.message, error.options) : error;
}

export const interrupted = (): AppError =>
  new AppError("unavailable", "content.interrupted", "The bytes broke off and could not be continued");
export const changed = (): AppError =>
  new AppError("unavailable", "content.changed", "The file changed while it was read");
export const sizeMismatch = (): AppError =>
  new AppError(
    "unavailable",
    "content.size_mismatch",
    "The file ends, again and again, where its metadata says it does not",
  );
export const redirectLoop = (): AppError =>
  new AppError("unavailable", "content.redirect_loop", "One address leads to another, and none to the file");
export const hostUnavailable = (options: AppErrorOptions = {}): AppError =>
  new AppError("unavailable", "content.host_unavailable", "The file's host does not answer", options);
export const unsupportedLink = (): AppError =>
  new AppError("invalid", "content.unsupported_link", "The link is not one of a file in SharePoint or OneDrive");
export const hostRefused = (): AppError =>
  new AppError("forbidden", "content.host_refused", "The bytes lie on a host that is not allowed");
export const signInPage = (): AppError =>
  new AppError("forbidden", "content.sign_in_page", "A sign-in page came instead of the file");

/** Why a file's own host gave no bytes. */
export function hostError(status: number): AppError {
  const options = { context: { status } };
  if (status === 404 || status === 410) return new AppError("not_found", "content.gone", "The file is gone", options);
  if (status === 403) return new AppError("forbidden", "content.no_access", "The file may not be read", options);
  if (status === 401)
    return new AppError("unavailable", "content.link_expired", "The file's short-lived address does not work", options);
  return hostUnavailable(options);
}
