import type { IncomingMessage, ServerResponse } from "node:http";

/** One request, taken apart. */
export interface Call {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Path segments after the version, percent-decoded, with OData keys `users('x')` already turned into `users/x`. */
  readonly segments: readonly string[];
  readonly version: "v1.0" | "beta" | "";
  readonly query: ReadonlyMap<string, string>;
  readonly requestId: string;
  /** Named parts of the route's pattern. */
  readonly params: Readonly<Record<string, string>>;
}

export type Handler = (call: Call) => Promise<void> | void;

export const header = (call: Call, name: string): string | undefined => {
  const value = call.request.headers[name];
  return Array.isArray(value) ? value.join(", ") : value;
};

const maxBodyBytes = 4 * 1024 * 1024;

export async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxBodyBytes) throw new Error("The request body is too large.");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** Query options as Graph reads them: `+` is a space, later doubles lose, malformed escapes are an error (undefined). */
export function parseQuery(search: string): Map<string, string> | undefined {
  const query = new Map<string, string>();
  for (const pair of search.split("&")) {
    if (pair === "") continue;
    const cut = pair.indexOf("=");
    const [name, value] = cut < 0 ? [pair, ""] : [pair.slice(0, cut), pair.slice(cut + 1)];
    try {
      const key = decodeURIComponent(name.replaceAll("+", " "));
      if (!query.has(key)) query.set(key, decodeURIComponent(value.replaceAll("+", " ")));
    } catch {
      return undefined;
    }
  }
  return query;
}

/** Segments of a path, or undefined where an escape is malformed. */
export function parsePath(path: string): string[] | undefined {
  const keyed = path.replace(/\/([A-Za-z]+)\((?:'|%27)([^/]*?)(?:'|%27)\)/g, "/$1/$2");
  try {
    return keyed.split("/").slice(1).map(decodeURIComponent);
  } catch {
    return undefined;
  }
}
