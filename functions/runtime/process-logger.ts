import { type Logger, createLogger } from "../../shared/platform/logger.ts";

/** For what runs outside an invocation: lines on the console, which the host forwards. */
export const processLogger = (): Logger =>
  createLogger((level, line) => {
    // eslint-disable-next-line no-console -- the worker has no other channel outside an invocation
    console[level](line);
  });
