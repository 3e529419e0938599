import { randomUUID } from "node:crypto";
import type { HostLogger } from "../logger.ts";
import type { Registry, RegisteredFunction } from "./core-api.ts";
import type { CoreContext, InvocationRequest, InvocationResponse } from "./functions-core.ts";

/** Calls a function of the app once, hooks included. Rejects with whatever the function threw. */
export type Invoke = (target: RegisteredFunction, request: InvocationRequest) => Promise<InvocationResponse>;

/** The steps of one call, in the order of the real worker; the library does the conversions at both ends. */
export function createInvoke(registry: Registry, logger: HostLogger): Invoke {
  return async (target, request) => {
    const model = registry.model();
    if (model === undefined) throw new Error("The app has not loaded @azure/functions.");
    const invocationId = randomUUID();
    const context: CoreContext = {
      invocationId,
      metadata: target.metadata,
      request: { ...request, invocationId },
      state: undefined,
      log: (level, category, message) =>
        logger({
          level,
          category: category === "user" ? `Function.${target.metadata.name}` : `Worker.${category}`,
          message,
        }),
    };
    const invocation = model.getInvocationModel(context);
    const { context: invocationContext, inputs } = await invocation.getArguments();

    const before = registry.hooks("preInvocation");
    const after = registry.hooks("postInvocation");
    if (before.length === 0 && after.length === 0) {
      const result = await invocation.invokeFunction(invocationContext, inputs, target.callback);
      return invocation.getResponse(invocationContext, result);
    }

    const shared = { hookData: {}, appHookData: registry.appHookData, invocationContext };
    const pre = { ...shared, inputs, functionCallback: target.callback };
    context.state = "preInvocationHooks";
    for (const hook of before) await hook(pre);

    context.state = "invocation";
    const post: { inputs: unknown[]; result: unknown; error: unknown } & typeof shared = {
      ...shared,
      inputs: pre.inputs,
      result: null,
      error: null,
    };
    try {
      post.result = await invocation.invokeFunction(invocationContext, pre.inputs, pre.functionCallback);
    } catch (error) {
      post.error = error;
    }

    context.state = "postInvocationHooks";
    for (const hook of after) await hook(post);
    if (post.error !== null && post.error !== undefined) throw post.error as Error;
    return invocation.getResponse(invocationContext, post.result);
  };
}
