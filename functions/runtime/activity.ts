import type { InvocationContext } from "@azure/functions";
import type { ActivityContract, Step } from "../../shared/platform/activity.contract.ts";
import { isAppError } from "../../shared/platform/errors.ts";
import type { Logger } from "../../shared/platform/logger.ts";
import type { Instant } from "../../shared/platform/time.ts";
import { isFault } from "./problem.ts";

/** Activities give way after this long and are called again: a host that goes down repeats little, and no plan's time-out
 * comes near. */
const BUDGET_MS = 120_000;

export interface ActivityDefinition {
  readonly name: string;
  readonly handler: (input: unknown, context: InvocationContext) => Promise<unknown>;
}

/** Binds a contract to its use case. `run` gets the instant by which it should return. An AppError that knows when a retry
 * makes sense ends as `later`, `unavailable` as `trouble`, and one that no retry will mend as `failed`, an outcome like any other;
 * `internal` and anything that is not an AppError are thrown, and the orchestrator's loop tries again. */
export function activityHandler<I, T>(
  contract: ActivityContract<I, Step<T>>,
  log: Logger,
  run: (input: I, deadline: Instant) => Promise<Step<T>>,
): ActivityDefinition {
  return {
    name: contract.name,
    handler: async (raw) => {
      const input = contract.input.parse(raw);
      try {
        return await run(input, Date.now() + BUDGET_MS);
      } catch (error) {
        if (isFault(error)) log.error(`${contract.name}.threw`, error);
        const ending = endingOf(error);
        if (!ending || !isAppError(error)) throw error;
        if (!isFault(error)) log.info(`${contract.name}.refused`, { code: error.code, ...error.options.context });
        return ending;
      }
    },
  };
}

/** How an activity ends by an error; undefined: it throws. */
export function endingOf(error: unknown): Exclude<Step<never>, { readonly status: "done" | "again" }> | undefined {
  if (!isAppError(error)) return undefined;
  if (error.options.notBefore !== undefined) return { status: "later", notBefore: error.options.notBefore };
  if (error.kind === "unavailable") return { status: "trouble", code: error.code };
  return error.kind === "internal" ? undefined : { status: "failed", code: error.code };
}
