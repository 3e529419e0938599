import { once } from "node:events";
import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Azurite } from "../../local/azurite.ts";

/** A way to an Azurite's blobs that sees what is written, and can hold it back. */
export interface BlobGate {
  /** The Azurite's, with blobs by way of the gate. */
  readonly connectionString: string;
  /** Path and query of every write to a blob that was let through, in order. */
  readonly writes: string[];
  /** From now on keeps back that block, from 1, of each blob whose path matches, and what would follow; settles with the path once
   * one is kept back. The writer gets no answer. */
  hold(path: RegExp, block: number): Promise<string>;
  /** From now on lets all through. */
  release(): void;
  stop(): Promise<void>;
}

export async function startBlobGate(azurite: Azurite): Promise<BlobGate> {
  const writes: string[] = [];
  let hold: ((path: string, query: URLSearchParams) => boolean) | undefined;
  const server = createServer((asked, answer) => {
    const url = new URL(asked.url ?? "/", azurite.blobUrl);
    const path = decodeURIComponent(url.pathname);
    if (asked.method === "PUT" && hold?.(path, url.searchParams)) return;
    if (asked.method === "PUT" && !url.searchParams.has("restype")) writes.push(`${path}${url.search}`);
    forward(url, asked, answer);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const own = new URL(azurite.blobUrl);
  own.port = `${(server.address() as AddressInfo).port}`;
  return {
    connectionString: azurite.connectionString.replace(azurite.blobUrl, own.href),
    writes,
    hold(matches, block) {
      const { promise, resolve } = Promise.withResolvers<string>();
      const blocks = new Map<string, number>();
      hold = (path, query) => {
        if (!matches.test(path) || !(query.get("comp") ?? "").startsWith("block")) return false;
        const count = (blocks.get(path) ?? 0) + 1;
        blocks.set(path, count);
        if (count >= block) resolve(path);
        return count >= block;
      };
      return promise;
    },
    release: () => (hold = undefined),
    async stop() {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}

/** Signatures name account and path, not the host. */
function forward(url: URL, asked: IncomingMessage, answer: ServerResponse): void {
  const passed = request(url, { method: asked.method, headers: asked.headers }, (given) => {
    answer.writeHead(given.statusCode ?? 502, given.headers);
    given.pipe(answer);
  });
  passed.on("error", () => answer.destroy());
  answer.on("close", () => passed.destroy());
  asked.pipe(passed);
}
