import { Client, ResponseType } from "@microsoft/microsoft-graph-client";
import type { TransferTime } from "../backup/content-source.ts";
import type { RateBucket } from "../backup/rate-gate.ts";
import { holds, type RoleNeed } from "../credentials/graph-roles.ts";
import { AppError, isAppError } from "../platform/errors.ts";
import { ROLE_OF } from "./bucket-roles.ts";
import { GraphCall } from "./graph-call.ts";
import { graphError, readProblem, type RoleState } from "./graph-error.ts";
import { type ChainDeps, chain } from "./middleware.ts";
import { bodyText, type Limits } from "./read-body.ts";

/** Graph and SharePoint serve undecorated traffic last.
 * @see https://learn.microsoft.com/sharepoint/dev/general-development/how-to-avoid-getting-throttled-or-blocked-in-sharepoint-online */
export const USER_AGENT = "ISV|TeamsChatVault|TeamsChatVault/0.1";
/** 250 messages of Teams' largest size (28 KB of text, as much again in cards) stay far below. */
const MAX_JSON_BYTES = 64_000_000;
const MAX_ERROR_BYTES = 100_000;
/** Tries of what arrived as success and was none. */
const TRIES = 5;

export interface GetOptions {
  readonly bucket: RateBucket;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
  /** For answers that are read here; other bodies are their readers' own. */
  readonly time?: TransferTime | undefined;
  /** The chat or user of a request that Graph limits to one a second for each of them. */
  readonly subject?: string;
}

export type Json = Readonly<Record<string, unknown>>;

/** GET requests to one tenant's Graph. Every error is an AppError (see `graphError`, `sendWithRetry`, `entraError`) or the
 * signal's reason. */
export interface GraphApi {
  /** A path under the Graph host (`/v1.0/…`, encoded, with its query), or a nextLink to the letter. */
  json(address: string, options: GetOptions): Promise<Json>;
  /** The answer itself when its status is below 400. Redirects are not followed. The caller reads or cancels the body. */
  open(address: string, options: GetOptions): Promise<Response>;
}

export function createGraphApi(deps: ChainDeps): GraphApi {
  const client = Client.initWithMiddleware({ baseUrl: deps.baseUrl, middleware: chain(deps) });
  const send = async (call: GraphCall, headers: Readonly<Record<string, string>>): Promise<Response> => {
    try {
      // RAW: the SDK neither parses nor throws, so that status and body stay together. The target middleware sets the address.
      return (await client
        .api("/")
        .headers({ ...headers, "user-agent": USER_AGENT })
        .option("redirect", "manual")
        .middlewareOptions([call])
        .responseType(ResponseType.RAW)
        .get()) as Response;
    } catch (error) {
      throw call.failure ?? error;
    }
  };
  const open = async (
    address: string,
    { bucket, headers = {}, signal, time, subject }: GetOptions,
  ): Promise<Response> => {
    const call = new GraphCall(address.startsWith("/") ? deps.baseUrl + address : address, bucket, signal, subject);
    const response = await send(call, headers);
    if (response.status < 400) return response;
    // An error whose text breaks off is still that error.
    const body = await bodyText(response, MAX_ERROR_BYTES, { signal, time }).catch(() => "-");
    throw graphError(readProblem(response.status, body), roleState(call.roles, ROLE_OF[bucket]), bucket === "export");
  };
  return {
    open,
    async json(address, options) {
      for (let attempt = 1; ; attempt++) {
        const answer = await tolerant(() => open(address, options));
        const value = answer instanceof Response ? await readJson(answer, options) : answer;
        if (!(value instanceof Error)) return value;
        if (attempt >= TRIES) throw isAppError(value) ? value : unreadable(value);
        await deps.retry.sleep(attempt * 1_000, options.signal);
      }
    },
  };
}

const roleState = (roles: readonly string[], need: RoleNeed): RoleState =>
  holds(roles, need) ? "held" : roles.length === 0 ? "none" : "missing";

/** Errors that were seen to pass at the next try come back as values. */
async function tolerant(open: () => Promise<Response>): Promise<Response | AppError> {
  try {
    return await open();
  } catch (error) {
    if (!isAppError(error)) throw error;
    const { status, graphCode } = error.options.context ?? {};
    const odd =
      (status === 404 && error.code === "graph.unavailable") || (status === 400 && graphCode === "invalidRequest");
    if (!odd) throw error;
    return error;
  }
}

/** Answers are streamed: what fails midway arrives as half a document under 200. */
async function readJson(response: Response, limits: Limits): Promise<Json | Error> {
  try {
    const value: unknown = JSON.parse(await bodyText(response, MAX_JSON_BYTES, limits));
    if (typeof value !== "object" || value === null) return new Error("Not an object");
    return { ...value };
  } catch (error) {
    if (limits.signal?.aborted || isAppError(error) || !(error instanceof Error)) throw error;
    return error;
  }
}

/** The parser quotes the text, so it is not kept as the cause. */
const unreadable = (error: Error): AppError =>
  new AppError("unavailable", "graph.unavailable", "Microsoft Graph's answers break off", {
    context: { reason: error.name },
  });
