import { mkdirSync } from "node:fs";
import { createServer } from "node:http";
import { join, resolve } from "node:path";
import { createCall } from "./app/call.ts";
import { installCoreApi, type Registry, runAppHooks } from "./app/core-api.ts";
import { createInvoke } from "./app/invocation.ts";
import { loadEntry } from "./app/load-entry.ts";
import type { ChaosOptions } from "./durable/chaos.ts";
import { clientBinding, type DurableUrls, webhookPath } from "./durable/client-binding.ts";
import { durableFunctions } from "./durable/durable-functions.ts";
import { Engine } from "./durable/engine.ts";
import { isDamage, Store } from "./durable/store.ts";
import { answerWebhook } from "./durable/webhooks.ts";
import { readHostSettings } from "./host-json.ts";
import { createGate } from "./http/gate.ts";
import { createHttpFunctions } from "./http/http-functions.ts";
import { type Answer, answerExtraRoutes, createListener, type ExtraRoute } from "./http/listener.ts";
import { closeServer, listenOnLoopback } from "./http/server.ts";
import { describeError, type HostLogger, printProblems } from "./logger.ts";
import { createOpenQueue } from "./triggers/queue-client.ts";
import { createPutOutputs } from "./triggers/queue-outputs.ts";
import { createTriggers } from "./triggers/triggers.ts";

export interface HostOptions {
  /** The folder of host.json and package.json. */
  readonly appFolder: string;
  /** Entry file or files, relative to the folder; default: what `main` of package.json names. */
  readonly entry?: string | readonly string[];
  /** Default: `host.json` in the folder. */
  readonly hostJson?: string;
  /** Where orchestrations and timers are kept; made when missing. One process at a time. */
  readonly stateDirectory: string;
  /** Default 0: any free port. */
  readonly port?: number;
  /** The address under which a tunnel or proxy brings callers to the app; by default only loopback names are answered. */
  readonly publicUrl?: string;
  /** For queue triggers and outputs; default: the setting that a binding names, `AzureWebJobsStorage` as a rule. */
  readonly queueConnection?: string;
  /** Makes the host unkind on purpose; default: off. */
  readonly chaos?: ChaosOptions;
  readonly extraRoutes?: readonly ExtraRoute[];
  /** Default: prints warnings and errors. */
  readonly logger?: HostLogger;
}

export interface Host {
  /** `http://localhost:…` without a slash at the end. */
  readonly url: string;
  readonly port: number;
  /** Lets running work finish for a moment; what does not, runs again at the next start. */
  stop(): Promise<void>;
}

/** Handlers of HTTP calls, queue messages and timers get this long at the end, activities a second. */
const stopGraceMs = 5_000;
const activityGraceMs = 1_000;

/**
 * Starts the app as Azure Functions would, on the loopback interface only. One process can start one host once.
 * @throws with a message for the person at the terminal: port taken, state directory in use, entry missing or broken.
 */
export async function startHost(options: HostOptions): Promise<Host> {
  const closers: (() => Promise<void> | void)[] = [];
  const stop = async (): Promise<void> => {
    for (const close of closers.splice(0).reverse()) await close();
  };
  try {
    const host = await open(options, (close) => closers.push(close));
    return { ...host, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** @param onStop takes what has to be undone; the last is undone first */
async function open(
  options: HostOptions,
  onStop: (close: () => Promise<void> | void) => void,
): Promise<Omit<Host, "stop">> {
  const { logger = printProblems } = options;
  const appFolder = resolve(options.appFolder);
  const settings = await readHostSettings(options.hostJson ?? join(appFolder, "host.json"), process.env);
  const registry = installCoreApi(logger);
  const store = openStore(options.stateDirectory);
  onStop(() => store.close());

  let answers: readonly Answer[] = [() => ({ status: 503, body: "Function host is not running." })];
  const gate = createGate(options.publicUrl);
  const server = createServer(createListener({ gate, answers: () => answers, logger }));
  const port = await listenOnLoopback(server, options.port ?? 0);
  const url = `http://localhost:${port}`;
  // durable-functions takes its URLs to localhost:7071 unless this is set.
  process.env["WEBSITE_HOSTNAME"] = `localhost:${port}`;

  try {
    await loadApp(registry, appFolder, options.entry);
  } catch (error) {
    await closeServer(server, 0);
    throw error;
  }
  onStop(() => runAppHooks(registry, "appTerminate", appFolder));
  const invoke = createInvoke(registry, logger);
  const engine = new Engine({
    store,
    functions: durableFunctions(registry, invoke),
    limits: settings.durable,
    logger,
    ...(options.chaos === undefined ? {} : { chaos: options.chaos }),
  });
  engine.start();
  onStop(() => engine.stop(activityGraceMs));
  const urls: DurableUrls = { base: `${url}${webhookPath}`, hubName: settings.hubName };
  const openQueue = createOpenQueue(options.queueConnection, process.env);
  const putOutputs = createPutOutputs(openQueue, settings.queues.base64);
  const call = createCall({ invoke, durableClient: clientBinding(urls), putOutputs });
  const functions = [...registry.functions.values()];
  const triggers = createTriggers({ functions, settings, call, openQueue, store, logger });
  const routes = options.extraRoutes ?? [];
  answers = [
    answerExtraRoutes(routes, false),
    (request) => answerWebhook({ engine, urls }, request),
    triggers.answer,
    createHttpFunctions({ functions, routePrefix: settings.routePrefix, call, logger }),
    answerExtraRoutes(routes, true),
  ];
  triggers.start();
  onStop(async () => {
    await Promise.all([closeServer(server, stopGraceMs), triggers.stop(stopGraceMs)]);
  });
  return { url, port };
}

function openStore(directory: string): Store {
  mkdirSync(directory, { recursive: true });
  const file = join(directory, "durable.sqlite");
  try {
    return new Store(file);
  } catch (error) {
    if (/locked/.test(describeError(error)))
      throw new Error(`The state directory ${directory} is in use by another process.`, { cause: error });
    if (isDamage(error)) throw new Error(`${file} is damaged: ${remedy(directory)}`, { cause: error });
    throw error;
  }
}

const remedy = (directory: string): string =>
  `remove the folder ${directory} and start again. Orchestrations that are under way are forgotten with it; ` +
  "the local mode takes their work up again from what is stored.";

async function loadApp(registry: Registry, appFolder: string, entry: HostOptions["entry"]): Promise<void> {
  await loadEntry({ appFolder, ...(entry === undefined ? {} : { entry }) });
  await runAppHooks(registry, "appStart", appFolder);
  const capabilities = await registry.model()?.getCapabilities({});
  if (capabilities?.["HttpUri"] !== undefined) throw new Error("This host does not stream HTTP (enableHttpStream).");
  registry.close();
  if (registry.functions.size === 0) throw new Error(`The app in ${appFolder} registers no functions.`);
}
