import type { InvocationContext } from "@azure/functions";
import { type Logger, createLogger } from "../../shared/platform/logger.ts";

/** Logs through the invocation, so that the host joins each line to it. */
export const invocationLogger = (context: InvocationContext): Logger =>
  createLogger((level, line) => context[level](line), { function: context.functionName });
