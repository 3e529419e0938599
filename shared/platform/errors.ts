/** What a caller can do about an error; the HTTP edge maps each kind to one status. */
export type ErrorKind =
  | "invalid"
  | "unauthenticated"
  | "forbidden"
  | "not_found"
  | "conflict"
  | "precondition_failed"
  | "too_large"
  | "too_many"
  | "unavailable"
  /** What was stored is gone or was changed: no retry mends it. */
  | "damaged"
  | "internal";

export interface AppErrorOptions {
  /** Ids and numbers only: it may be logged. */
  readonly context?: Readonly<Record<string, string | number | boolean>>;
  /** Milliseconds since the epoch before which a retry is useless. */
  readonly notBefore?: number;
  /** One entry per wrong value of an input; the path is dotted. */
  readonly issues?: readonly { readonly path: string; readonly message: string }[];
  readonly cause?: unknown;
}

/** The only error that crosses a boundary on purpose. `code` is stable and dotted (`download.not_found`); the message
 * is English, shown to administrators, and holds no secret and nobody's text. */
export class AppError extends Error {
  readonly kind: ErrorKind;
  readonly code: string;
  readonly options: AppErrorOptions;

  constructor(kind: ErrorKind, code: string, message: string, options: AppErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "AppError";
    this.kind = kind;
    this.code = code;
    this.options = options;
  }
}

export const isAppError = (error: unknown, code?: string): error is AppError =>
  error instanceof AppError && (code === undefined || error.code === code);

/** To be given to `catch`: an error of one of these codes becomes undefined, any other is thrown on. */
export const unless =
  (...codes: readonly string[]) =>
  (error: unknown): undefined => {
    if (!isAppError(error) || !codes.includes(error.code)) throw error;
  };
