import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { ClientRequest, IncomingMessage } from "node:http";

export interface Watched {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  /** Of the answer's body, as its header says. */
  readonly bytes: number;
}

/** Notes every request that this process makes over `node:http`, as the SDKs of storage do, while `work` runs. */
export async function watchRequests(work: () => Promise<void>): Promise<Watched[]> {
  const watched: Watched[] = [];
  const note = (message: unknown): void => {
    const { request, response } = message as { request: ClientRequest; response: IncomingMessage };
    const bytes = Number(response.headers["content-length"] ?? 0);
    watched.push({ method: request.method, url: decodeURIComponent(request.path), bytes });
  };
  subscribe("http.client.response.finish", note);
  try {
    await work();
  } finally {
    unsubscribe("http.client.response.finish", note);
  }
  return watched;
}
