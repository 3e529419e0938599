export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

/** One event per call: a dotted name, then ids, counts and codes. Never names of people, message text, secrets or links. */
export interface Logger {
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  /** `error` is logged by code or class and stack; an unknown error's message is left out, since it may quote data. */
  error(event: string, error: unknown, fields?: LogFields): void;
  with(fields: LogFields): Logger;
}

type Write = (level: "info" | "warn" | "error", line: string) => void;

/** Writes each event as one line of JSON. */
export function createLogger(write: Write, bound: LogFields = {}): Logger {
  const line = (event: string, fields: LogFields) => JSON.stringify({ event, ...bound, ...fields });
  return {
    info: (event, fields = {}) => write("info", line(event, fields)),
    warn: (event, fields = {}) => write("warn", line(event, fields)),
    error: (event, error, fields = {}) => write("error", line(event, { ...describe(error), ...fields })),
    with: (fields) => createLogger(write, { ...bound, ...fields }),
  };
}

function describe(error: unknown): LogFields {
  if (!(error instanceof Error)) return { error: typeof error };
  const code = "code" in error && typeof error.code === "string" ? error.code : error.name;
  const cause = error.cause instanceof Error ? { cause: describe(error.cause)["error"] } : {};
  const stack = error.stack
    ?.split("\n")
    .filter((frame) => frame.startsWith("    at "))
    .slice(0, 6)
    .join("\n");
  return { error: code, ...cause, stack };
}
