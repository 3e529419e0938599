import type { Context, Middleware } from "@microsoft/microsoft-graph-client";
import { GraphCall } from "./graph-call.ts";

/** One request on its way through the SDK's chain. */
export interface Sent {
  readonly call: GraphCall;
  readonly context: Context;
}

/** Makes a middleware of one function. `next` may be called again: each call is an attempt of the rest of the chain. */
export function step(run: (sent: Sent, next: () => Promise<Response>) => Promise<Response>): Middleware {
  let following: Middleware | undefined;
  return {
    setNext(next) {
      following = next;
    },
    async execute(context) {
      const call = context.middlewareControl?.getMiddlewareOptions(GraphCall);
      if (!(call instanceof GraphCall)) throw new Error("A request without its GraphCall");
      context.response = await run({ call, context }, async () => {
        await following?.execute(context);
        if (!context.response) throw new Error("The chain gave no response");
        return context.response;
      });
    },
  };
}

export function setHeader(context: Context, name: string, value: string): void {
  const headers = new Headers(context.options?.headers);
  headers.set(name, value);
  context.options = { ...context.options, headers };
}
