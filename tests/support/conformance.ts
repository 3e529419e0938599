import { readFileSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { fixturePath } from "./host.ts";

/** One exchange with the real host. */
export interface Exchange {
  readonly name: string;
  readonly note?: string;
  readonly request: {
    readonly method: string;
    readonly path: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string;
  };
  readonly response: Reply;
}

export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What the real worker was given, or gave back. */
export interface WorkerRecord {
  readonly dir: "in" | "out";
  readonly function?: string;
  readonly fn?: string;
  readonly inputs?: readonly unknown[];
  readonly triggerMetadata?: unknown;
  readonly result?: unknown;
  readonly error?: string;
}

export function readRecording<T>(file: string, folder = fixturePath("conformance")): T[] {
  const text = readFileSync(join(folder, file), "utf8");
  return text
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line) as T);
}

export type SentRequest = Omit<Exchange["request"], "body"> & { readonly body: string | Buffer };

/** Sends a request as it was recorded: the path untouched, no header but those named. */
export async function send(hostUrl: string, outgoingRequest: SentRequest): Promise<Reply> {
  const { method, path, headers, body } = outgoingRequest;
  const { promise, resolve, reject } = Promise.withResolvers<Reply>();
  const { port } = new URL(hostUrl);
  const hasBody = method === "POST" || method === "PUT";
  const length = hasBody ? { "content-length": String(Buffer.byteLength(body)) } : {};
  const outgoing = request(
    {
      host: "127.0.0.1",
      port,
      method,
      path,
      headers: { host: "localhost:7071", connection: "close", ...headers, ...length },
    },
    (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
      incoming.on("end", () =>
        resolve({
          status: incoming.statusCode ?? 0,
          headers: plainHeaders(incoming.headers),
          body: Buffer.concat(chunks).toString("utf8"),
        }),
      );
    },
  );
  outgoing.on("error", reject);
  outgoing.end(hasBody ? body : undefined);
  return promise;
}

/** The recordings leave these out; of several cookies they hold the first. */
const unrecorded = new Set(["date", "server", "connection", "keep-alive", "content-length", "transfer-encoding"]);

function plainHeaders(headers: NodeJS.Dict<string | string[]>): Record<string, string> {
  const entries = Object.entries(headers).filter(([name]) => !unrecorded.has(name));
  return Object.fromEntries(entries.map(([name, value]) => [name, [value].flat()[0] ?? ""]));
}
