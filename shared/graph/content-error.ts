import { AppError, type ErrorKind, isAppError } from "../platform/errors.ts";

/** What Graph's refusals mean for one picture or file. */
const MEANING: Readonly<Record<string, readonly [ErrorKind, string, string]>> = {
  "graph.not_found": ["not_found", "content.gone", "It is no longer where the message points to"],
  "graph.refused": ["not_found", "content.gone", "Graph cannot resolve what the message points to"],
  "graph.access_denied": ["forbidden", "content.no_access", "The app may not read it"],
  "graph.other_tenant": ["forbidden", "content.other_tenant", "It belongs to another tenant"],
};

export function contentError(error: unknown): unknown {
  const meaning = isAppError(error) ? MEANING[error.code] : undefined;
  if (!meaning || !isAppError(error)) return error;
  const [kind, code, message] = meaning;
  return new AppError(kind, code, message, error.options);
}

export const interrupted = (): AppError =>
  new AppError("unavailable", "content.interrupted", "The bytes broke off and could not be continued");
export const changed = (): AppError =>
  new AppError("unavailable", "content.changed", "The file changed while it was read");
export const hostRefused = (): AppError =>
  new AppError("forbidden", "content.host_refused", "The bytes lie on a host that is not allowed");
export const signInPage = (): AppError =>
  new AppError("forbidden", "content.sign_in_page", "A sign-in page came instead of the file");
