import { setTimeout as delay } from "node:timers/promises";
import { z } from "zod";
import { Gone } from "./progress.ts";

/** The product's API, spoken to as one person. */
export interface ApiClient {
  get<T>(path: string, shape: z.ZodType<T>): Promise<T>;
  send<T>(method: "POST" | "PUT" | "PATCH", path: string, body: unknown, shape: z.ZodType<T>): Promise<T>;
  /** All items of a list, page by page. */
  list<T>(path: string, item: z.ZodType<T>): AsyncGenerator<T>;
}

/** The host may be starting again; for this long a refused connection is no failure. */
const PATIENCE_MS = 60_000;
const PAUSE_MS = 500;

/** `role` and its scope as the local issuer takes them. Each call that finds nobody listening, or a host that is starting, is
 * repeated: every call here may be. Any other answer than 2xx throws with what the problem document says. */
export async function apiClient(url: string, role: Readonly<Record<string, string>>): Promise<ApiClient> {
  const tokenShape = z.object({ token: z.string() });
  const authorization = { authorization: "" };
  const call = async <T>(method: string, path: string, body: unknown, shape: z.ZodType<T>): Promise<T> => {
    const headers = { ...authorization, ...(body === undefined ? {} : { "content-type": "application/json" }) };
    const init = { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
    for (const giveUpAt = Date.now() + PATIENCE_MS; ; await delay(PAUSE_MS)) {
      const response = await fetch(`${url}${path}`, init).catch(() => undefined);
      const starting =
        response === undefined ||
        (response.status === 404 && response.headers.get("content-type") === null) ||
        response.status === 503;
      if (starting && Date.now() < giveUpAt) continue;
      if (!response) throw new Error(`${method} ${path}: nobody answers at ${url}`);
      const text = await response.text();
      if (response.status === 404) throw new Gone(`${method} ${path}: ${response.status} ${text}`);
      if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
      return shape.parse(JSON.parse(text));
    }
  };
  const { token } = await call("GET", `/local/token?${new URLSearchParams(role)}`, undefined, tokenShape);
  authorization.authorization = `Bearer ${token}`;
  return {
    get: (path, shape) => call("GET", path, undefined, shape),
    send: call,
    async *list(path, item) {
      const page = z.object({ items: z.array(item), nextCursor: z.string().nullable() });
      let cursor: string | null = "";
      while (cursor !== null) {
        const query: string = cursor === "" ? "top=500" : `top=500&cursor=${encodeURIComponent(cursor)}`;
        const { items, nextCursor }: z.output<typeof page> = await call("GET", `${path}?${query}`, undefined, page);
        yield* items;
        cursor = nextCursor;
      }
    },
  };
}
