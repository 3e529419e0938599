import { fstatSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { ExtraRoute } from "./http/listener.ts";
import { describeError, printAll, printProblems } from "./logger.ts";
import { type HostOptions, startHost } from "./start-host.ts";

/**
 * The options of a host in a process of its own: JSON in the first argument, or else in the setting HOST_OPTIONS.
 * `extraRoutes` is the path of a module whose export `routes`, or whose default export, is the list.
 */
export interface HostProcessOptions extends Omit<HostOptions, "extraRoutes" | "logger"> {
  readonly extraRoutes?: string;
  /** Prints every line of the host and of the functions; default: warnings and errors only. */
  readonly verbose?: boolean;
}

/** Prints `{"ready":"http://localhost:…"}` once it listens, and ends with SIGTERM, SIGINT or its parent. */
async function main(): Promise<void> {
  const { extraRoutes, verbose = false, ...options } = readOptions();
  const host = await startHost({
    ...options,
    logger: verbose ? printAll : printProblems,
    ...(extraRoutes === undefined ? {} : { extraRoutes: await loadRoutes(extraRoutes) }),
  });
  let isEnding = false;
  const end = (): void => {
    if (isEnding) return;
    isEnding = true;
    host.stop().then(() => process.exit(0), fail);
  };
  process.on("SIGTERM", end);
  process.on("SIGINT", end);
  process.on("disconnect", end);
  // A pipe ends with its other end; a terminal or /dev/null says nothing about a parent.
  const stdin = fstatSync(0);
  if (stdin.isFIFO() || stdin.isSocket()) process.stdin.on("end", end).on("close", end).resume();
  console.log(JSON.stringify({ ready: host.url }));
}

function readOptions(): HostProcessOptions {
  const text = process.argv[2] ?? process.env["HOST_OPTIONS"];
  if (text === undefined) throw new Error("Give the options as JSON, in the first argument or in HOST_OPTIONS.");
  return JSON.parse(text) as HostProcessOptions;
}

async function loadRoutes(path: string): Promise<readonly ExtraRoute[]> {
  const loaded = (await import(pathToFileURL(resolve(path)).href)) as Record<string, unknown>;
  const routes = loaded["routes"] ?? loaded["default"];
  if (!Array.isArray(routes)) throw new Error(`${path} exports no list of routes.`);
  return routes as readonly ExtraRoute[];
}

function fail(error: unknown): never {
  console.error(describeError(error));
  process.exit(1);
}

main().catch(fail);
