import type { ServerResponse } from "node:http";
import type { FaultRule } from "../faults.ts";
import { retryAfter } from "../http/retry-after.ts";
import { GraphError } from "./graph-error.ts";

export const tooMany = (after: string | null): GraphError =>
  new GraphError(429, "TooManyRequests", "Too many requests", after === null ? {} : { "Retry-After": after });

const paymentText =
  "To call this API, the app must be associated with an Azure subscription, see https://aka.ms/teams-api-payment-requirements for details.";

/** Faults that replace the answer; those that change a page or a body are the handlers' own. */
export async function misbehave(
  fault: FaultRule,
  response: ServerResponse,
  turn: number,
  nowMs: number,
): Promise<void> {
  const after = fault.retryAfter === undefined ? 2 : fault.retryAfter;
  switch (fault.kind) {
    case "throttle":
      throw tooMany(typeof after === "number" ? retryAfter(after, turn, nowMs) : after);
    case "status": {
      const headers =
        fault.retryAfter === undefined || fault.retryAfter === null ? {} : { "Retry-After": String(fault.retryAfter) };
      throw new GraphError(
        fault.status ?? 500,
        fault.code ?? "generalException",
        fault.message ?? "An error occurred.",
        headers,
      );
    }
    case "paymentRequired":
      throw new GraphError(402, "PaymentRequired", fault.message ?? paymentText);
    case "html":
      response.writeHead(fault.status ?? 502, { "Content-Type": "text/html" });
      response.end("<html><head><title>502 Bad Gateway</title></head><body><h1>Bad Gateway</h1></body></html>");
      return;
    case "reset":
      response.destroy();
      return;
    case "emptyNotFound":
      response.writeHead(404, { "Content-Length": 0 });
      response.end();
      return;
    case "hang":
      await new Promise((resolve) => {
        response.once("close", resolve);
        setTimeout(resolve, 600_000).unref();
      });
      response.destroy();
      return;
    case "slow":
      await new Promise((resolve) => setTimeout(resolve, fault.delayMs ?? 1_000));
      return;
    case "truncate":
    case "disconnect":
    case "nextLinkLoop":
    case "nextLinkBroken":
    case "nextLinkLong":
    case "emptyPage":
    case "strayRows":
    case "signInPage":
      return;
  }
}
