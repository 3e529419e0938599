import { spawn, type ChildProcess } from "node:child_process";
import { createRequire } from "node:module";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { ownGroup } from "./own-group.ts";

/** A running Azurite of one's own, on free loopback ports. */
export interface Azurite {
  /** Works for blobs, queues and tables, as a value of `AzureWebJobsStorage` or `DATA_STORAGE`. */
  readonly connectionString: string;
  readonly accountName: string;
  readonly accountKey: string;
  readonly blobUrl: string;
  readonly queueUrl: string;
  readonly tableUrl: string;
  /** Settles when the process is gone, in whatever manner. */
  readonly ended: Promise<void>;
  stop(): Promise<void>;
  /** By SIGKILL, as if the machine had failed. */
  kill(): Promise<void>;
}

export interface AzuriteOptions {
  /** Folder that keeps the data over a restart; without it everything is in memory and gone with `stop()`. */
  readonly location?: string;
  /** Ports to ask for, instead of free ones (a restart on the same addresses). */
  readonly ports?: { readonly blob: number; readonly queue: number; readonly table: number };
  /** Folder with `server.pem` and `server.key`: speaks TLS, and takes tokens of Entra beside the account's key. */
  readonly certificate?: string;
}

/** The well-known development account, the same in every Azurite. */
const accountName = "devstoreaccount1";
const accountKey = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

/** What runs in its process beside it. */
const COMPANION = new URL("azurite-process.ts", import.meta.url).href;

const readyLimitMs = 30_000;

/**
 * Starts Azurite as a child process and resolves once its three services listen.
 * @throws when it ends or stays silent for 30 seconds before that; the message holds what it printed.
 */
export async function startAzurite(options: AzuriteOptions = {}): Promise<Azurite> {
  const ports = options.ports ?? { blob: 0, queue: 0, table: 0 };
  const child = spawn(
    process.execPath,
    [
      ...[
        "--disable-warning=ExperimentalWarning",
        "--import",
        COMPANION,
        createRequire(import.meta.url).resolve("azurite/dist/src/azurite.js"),
      ],
      ...["--blobPort", `${ports.blob}`, "--queuePort", `${ports.queue}`, "--tablePort", `${ports.table}`],
      ...(options.location === undefined ? ["--inMemoryPersistence"] : ["--location", options.location]),
      ...(options.certificate === undefined ? [] : tls(options.certificate)),
      // The newest SDKs speak versions that Azurite does not list yet; and nothing here may call home.
      ...["--silent", "--skipApiVersionCheck", "--disableTelemetry"],
    ],
    { stdio: ["pipe", "pipe", "pipe"], ...ownGroup },
  );
  const { promise: gone, resolve: end } = Promise.withResolvers<void>();
  child.once("close", () => end());
  const [blob, queue, table] = await listening(child);
  const blobUrl = `${blob}/${accountName}`;
  const queueUrl = `${queue}/${accountName}`;
  const tableUrl = `${table}/${accountName}`;
  const connectionString = [
    `DefaultEndpointsProtocol=${new URL(blob).protocol.slice(0, -1)}`,
    `AccountName=${accountName}`,
    `AccountKey=${accountKey}`,
    `BlobEndpoint=${blobUrl}`,
    `QueueEndpoint=${queueUrl}`,
    `TableEndpoint=${tableUrl}`,
  ].join(";");
  return {
    connectionString,
    accountName,
    accountKey,
    blobUrl,
    queueUrl,
    tableUrl,
    ended: gone,
    kill: () => ended(child, "SIGKILL"),
    stop: () => ended(child, options.location === undefined ? "SIGKILL" : "SIGTERM"),
  };
}

const tls = (folder: string): string[] => [
  ...["--cert", join(folder, "server.pem"), "--key", join(folder, "server.key"), "--oauth", "basic"],
];

/** Reads `Azurite Blob service is successfully listening at http://…` and its two sisters. */
async function listening(child: ChildProcess): Promise<[string, string, string]> {
  const { promise, resolve, reject } = Promise.withResolvers<[string, string, string]>();
  const found = new Map<string, string>();
  const printed: string[] = [];
  const fail = (why: string): void => {
    child.kill("SIGKILL");
    reject(new Error([`Azurite, the storage, ${why}. Start again to go on.`, ...printed].join("\n")));
  };
  const limit = setTimeout(() => fail("did not start in time"), readyLimitMs);
  child.once("error", (error) => fail(error.message));
  child.once("exit", (code, signal) => fail(`ended before it was ready (${signal ?? `code ${code}`})`));
  const read = (line: string): void => {
    printed.push(line);
    const [, service, url] = /Azurite (\w+) service.* listening (?:at|on) (https?:\S+)/.exec(line) ?? [];
    if (service !== undefined && url !== undefined) found.set(service, url.replace(/\/$/, ""));
    const [blob, queue, table] = ["Blob", "Queue", "Table"].map((name) => found.get(name));
    if (blob !== undefined && queue !== undefined && table !== undefined) resolve([blob, queue, table]);
  };
  for (const stream of [child.stdout, child.stderr]) if (stream) createInterface(stream).on("line", read);
  try {
    return await promise;
  } finally {
    clearTimeout(limit);
    child.removeAllListeners("exit");
  }
}

/** Data on disk is written out at a gentle end only; what is in memory needs no gentleness. */
async function ended(child: ChildProcess, signal: "SIGTERM" | "SIGKILL"): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  child.once("exit", () => resolve());
  child.kill(signal);
  const limit = setTimeout(() => child.kill("SIGKILL"), 10_000);
  await promise;
  clearTimeout(limit);
}
