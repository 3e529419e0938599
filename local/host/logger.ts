import type { LogLevel } from "./app/functions-core.ts";

/** One line of the host or of a function. `category` is `Host.…` or `Function.<name>`, as in the real host. */
export interface HostLogLine {
  readonly level: LogLevel;
  readonly category: string;
  readonly message: string;
}

export type HostLogger = (line: HostLogLine) => void;

/** Prints what deserves attention, and nothing of a quiet day. */
export const printProblems: HostLogger = ({ level, category, message }) => {
  if (level === "warning" || level === "error" || level === "critical")
    console.error(`[${level}] ${category}: ${message}`);
};

/** Prints every line but the talk of the libraries among themselves. */
export const printAll: HostLogger = ({ level, category, message }) => {
  if (level !== "trace" && level !== "debug") console.error(`[${level}] ${category}: ${message}`);
};

export const describeError = (error: unknown): string => (error instanceof Error ? error.message : String(error));
