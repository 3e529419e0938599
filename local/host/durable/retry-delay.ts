import type { RetryOptions } from "./actions.ts";

/** The pause after the so-manieth failed attempt, from 1. */
export function retryDelayMs(options: RetryOptions, attempt: number): number {
  const delay = options.firstRetryIntervalInMilliseconds * (options.backoffCoefficient ?? 1) ** (attempt - 1);
  return Math.min(delay, options.maxRetryIntervalInMilliseconds ?? Infinity);
}

/** When an answer of `callHttp` is to be asked for again; undefined when it is final. */
export function pollDelayMs(result: unknown): number | undefined {
  if (typeof result !== "string") return undefined;
  const { statusCode, headers = {} } = JSON.parse(result) as { statusCode: number; headers?: Record<string, string> };
  const header = (name: string): string | undefined =>
    Object.entries(headers).find(([key]) => key.toLowerCase() === name)?.[1];
  if (statusCode !== 202 || header("location") === undefined) return undefined;
  return Number(header("retry-after") ?? "30") * 1000;
}
