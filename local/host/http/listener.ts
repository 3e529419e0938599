import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { describeError, type HostLogger } from "../logger.ts";
import { emptyResponse, type HostRequest, type HostResponse, readRequest, writeResponse } from "./message.ts";

/** A route of the local mode that is no part of the app, such as a portal's files. */
export interface ExtraRoute {
  /** Default GET. */
  readonly method?: string;
  /** `/local/token`, which goes before the app's functions; or `/*`, which gets what nothing else answers. */
  readonly path: string;
  readonly handle: (request: Request) => Response | Promise<Response>;
}

/** Gives an answer, or undefined for "not mine". */
export type Answer = (request: HostRequest) => Promise<HostResponse | undefined> | HostResponse | undefined;

export interface ListenerOptions {
  /** Gives the answer for those who are not let in. */
  readonly gate: (request: HostRequest) => HostResponse | undefined;
  readonly answers: () => readonly Answer[];
  readonly logger: HostLogger;
}

/** Asks one after the other until one answers; nobody: 404, never 405, as on the real host. */
export function createListener({ gate, answers, logger }: ListenerOptions): RequestListener {
  const respond = async (message: IncomingMessage): Promise<HostResponse> => {
    const request = await readRequest(message);
    if ("status" in request) return request;
    const refusal = gate(request);
    if (refusal !== undefined) return refusal;
    for (const answer of answers()) {
      const response = await answer(request);
      if (response !== undefined) return response;
    }
    return emptyResponse(404);
  };
  return (message: IncomingMessage, target: ServerResponse) => {
    respond(message)
      .catch((error: unknown): HostResponse => {
        logger({ level: "error", category: "Host.Http", message: describeError(error) });
        return emptyResponse(500);
      })
      .then((response) => writeResponse(target, response))
      .catch((error: unknown) => {
        logger({ level: "error", category: "Host.Http", message: describeError(error) });
        target.destroy();
      });
  };
}

/** @param wildcards whether to take the routes that end in `*`, or the others */
export function answerExtraRoutes(routes: readonly ExtraRoute[], wildcards: boolean): Answer {
  const chosen = routes.filter(({ path }) => path.endsWith("*") === wildcards);
  return async (request) => {
    const route = chosen.find(
      ({ method = "GET", path }) =>
        method === request.method &&
        (wildcards ? request.url.pathname.startsWith(path.slice(0, -1)) : request.url.pathname === path),
    );
    return route === undefined ? undefined : fromResponse(await route.handle(toRequest(request)));
  };
}

function toRequest({ method, url, headers, body }: HostRequest): Request {
  const hasBody = body.length > 0 && method !== "GET" && method !== "HEAD";
  return new Request(url, { method, headers: { ...headers }, ...(hasBody ? { body: new Uint8Array(body) } : {}) });
}

async function fromResponse(response: Response): Promise<HostResponse> {
  const headers = Object.fromEntries(response.headers);
  return { status: response.status, headers, body: new Uint8Array(await response.arrayBuffer()) };
}
