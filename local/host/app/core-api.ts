import { Module } from "node:module";
import { describeError, type HostLogger } from "../logger.ts";
import type {
  Binding,
  FunctionCallback,
  FunctionMetadata,
  HookCallback,
  HookName,
  ProgrammingModel,
} from "./functions-core.ts";

/** A function of the app, ready to be called. */
export interface RegisteredFunction {
  readonly metadata: FunctionMetadata;
  readonly callback: FunctionCallback;
  readonly triggerName: string;
  readonly trigger: Binding;
}

/** What the app has registered. Closed once the app is loaded, as in the real worker. */
export interface Registry {
  readonly functions: ReadonlyMap<string, RegisteredFunction>;
  readonly appHookData: Record<string, unknown>;
  hooks(name: HookName): readonly HookCallback[];
  model(): ProgrammingModel | undefined;
  close(): void;
}

const hookNames = new Set<string>(["appStart", "appTerminate", "preInvocation", "postInvocation", "log"]);

class Disposable {
  private readonly onDispose: () => void;
  constructor(onDispose: () => void) {
    this.onDispose = onDispose;
  }
  dispose(): void {
    this.onDispose();
  }
}

let installed = false;

/**
 * Makes `require("@azure/functions-core")` answer, which must happen before the app or a library asks for it.
 * @throws when called twice: the libraries keep the first answer, so one process can be one host only.
 */
export function installCoreApi(logger: HostLogger): Registry {
  if (installed) throw new Error("This process already runs a host: one process can be one host only.");
  installed = true;
  const functions = new Map<string, RegisteredFunction>();
  const hooks = new Map<string, HookCallback[]>();
  let model: ProgrammingModel | undefined;
  let closed = false;

  answerRequire({
    version: "3.9.1",
    hostVersion: "4.1037.0.0",
    Disposable,
    registerFunction(metadata: FunctionMetadata, callback: FunctionCallback): Disposable {
      if (closed) throw systemError(Error, `Function "${metadata.name}" is registered after the start of the app.`);
      if (functions.has(metadata.name)) throw systemError(Error, `Function "${metadata.name}" is registered twice.`);
      functions.set(metadata.name, { metadata, callback, ...triggerOf(metadata) });
      return new Disposable(() => functions.delete(metadata.name));
    },
    setProgrammingModel: (next: ProgrammingModel) => {
      model = next;
    },
    getProgrammingModel: () => model,
    registerHook(name: string, callback: HookCallback): Disposable {
      if (!hookNames.has(name)) throw systemError(RangeError, `There is no hook "${name}".`);
      const list = hooks.get(name) ?? [];
      hooks.set(name, [...list, callback]);
      return new Disposable(() =>
        hooks.set(
          name,
          (hooks.get(name) ?? []).filter((other) => other !== callback),
        ),
      );
    },
    log: (level: Parameters<HostLogger>[0]["level"], category: string, message: string) =>
      logger({ level, category: `Worker.${category}`, message }),
  });

  return {
    functions,
    appHookData: {},
    hooks: (name) => hooks.get(name) ?? [],
    model: () => model,
    close: () => {
      closed = true;
    },
  };
}

/** Runs the hooks of the app's start or end. A failing hook of the end must not keep the host from ending. */
export async function runAppHooks(
  registry: Registry,
  name: "appStart" | "appTerminate",
  appFolder: string,
): Promise<void> {
  const context = { hookData: {}, appHookData: registry.appHookData, functionAppDirectory: appFolder };
  for (const hook of registry.hooks(name)) {
    try {
      await hook(context);
    } catch (error) {
      if (name === "appStart")
        throw new Error(`A hook of the app's start failed: ${describeError(error)}`, { cause: error });
    }
  }
}

function triggerOf(metadata: FunctionMetadata): Pick<RegisteredFunction, "triggerName" | "trigger"> {
  const found = Object.entries(metadata.bindings).find(([, binding]) => /trigger$/i.test(binding.type));
  if (found === undefined) throw systemError(Error, `Function "${metadata.name}" has no trigger.`);
  return { triggerName: found[0], trigger: found[1] };
}

/** The libraries tell the host's own errors from the app's by this mark. */
function systemError(kind: ErrorConstructor | RangeErrorConstructor, message: string): Error {
  return Object.assign(new kind(message), { isAzureFunctionsSystemError: true });
}

/** The package exists nowhere on disk; the real worker answers in the same way. */
function answerRequire(core: object): void {
  const prototype = Module.prototype as unknown as { require: (this: unknown, id: string) => unknown };
  prototype.require = new Proxy(prototype.require, {
    apply: (original, self, args: [string]) =>
      args[0] === "@azure/functions-core" ? core : Reflect.apply(original, self, args),
  });
}
