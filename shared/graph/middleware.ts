import { HTTPMessageHandler, type Middleware } from "@microsoft/microsoft-graph-client";
import type { RateGate, RateScope } from "../backup/rate-gate.ts";
import { holds } from "../credentials/graph-roles.ts";
import { AppError } from "../platform/errors.ts";
import type { Logger } from "../platform/logger.ts";
import { ROLE_OF } from "./bucket-roles.ts";
import { graphError, readProblem } from "./graph-error.ts";
import { bodyText } from "./read-body.ts";
import type { ChatPace } from "./chat-pace.ts";
import { type RetryDeps, sendWithRetry } from "./send-with-retry.ts";
import { setHeader, step } from "./step.ts";
import type { TokenSource } from "./tenant-tokens.ts";

/** Seen in production: requests that hang for ever where 429 was meant. */
const HEADERS_MS = 45_000;
const MAX_REFUSAL_BYTES = 100_000;

/** The payment fence of one organization. */
export interface Payment {
  readonly check: () => Promise<void>;
  readonly raise: (said: Promise<string>) => Promise<void>;
}

export interface ChainDeps {
  readonly baseUrl: string;
  readonly tokens: TokenSource;
  readonly gate: RateGate;
  readonly scope: RateScope;
  readonly chats: ChatPace;
  readonly retry: Omit<RetryDeps, "throttled">;
  /** Absent for a look at a connection, which asks whatever was answered before. */
  readonly payment?: Payment;
  readonly log: Logger;
}

/** target → retry → pace → pay → authenticate → deadline → fetch. Authentication and pacing lie inside the retry: each attempt asks
 * for its turn and for a token, and none that waited goes out once payment is wanted. The SDK's own retry and redirect handlers are left out: they cap Retry-After at 180 s, ignore
 * network errors and follow redirects without asking. */
export const chain = (deps: ChainDeps): Middleware[] => [
  target(deps),
  retry(deps),
  pace(deps),
  pay(deps),
  authenticate(deps),
  deadline(),
  new HTTPMessageHandler(),
];

/** Uses the call's address to the letter, and lets no token go to another host. Keeps the error that the SDK would rewrap. */
const target = ({ baseUrl }: ChainDeps) =>
  step(async ({ call, context }, next) => {
    try {
      if (new URL(call.url).origin !== new URL(baseUrl).origin) {
        throw new AppError("internal", "graph.foreign_host", "A request for Microsoft Graph aimed at another host");
      }
      context.request = call.url;
      return await next();
    } catch (error) {
      call.failure = error;
      throw error;
    }
  });

const retry = ({ gate, scope, log, retry: deps }: ChainDeps) =>
  step(({ call }, next) => {
    const throttled = (notBefore: number) => {
      log.info("graph.throttled", { ...scope, bucket: call.bucket, waitMs: notBefore - deps.now() });
      call.refusals += 1;
      // Graph does not say which limit it was. Where the chat or user has one of its own, a first refusal speaks for that alone.
      if (call.subject !== undefined && call.refusals === 1) return Promise.resolve();
      return gate.fence(scope, call.bucket, notBefore);
    };
    return sendWithRetry(next, { ...deps, throttled }, call.signal);
  });

const pace = ({ gate, scope, chats }: ChainDeps) =>
  step(async ({ call }, next) => {
    await gate.turn(scope, call.bucket, call.signal);
    if (call.subject === undefined) return next();
    const subject = `${call.bucket} ${call.subject}`;
    await chats.turn(subject, call.signal);
    return next().finally(() => chats.answered(subject));
  });

/** Exports alone are metered. The status alone counts: what the answer says is no contract, and is kept for people. */
const pay = ({ payment }: ChainDeps) =>
  step(async ({ call }, next) => {
    if (!payment || call.bucket !== "export") return next();
    await payment.check();
    const response = await next();
    if (response.status !== 402) return response;
    const body = bodyText(response, MAX_REFUSAL_BYTES, call).catch(() => "");
    await payment.raise(body.then((text) => graphError(readProblem(402, text)).message));
    return new Response(await body, { status: 402, headers: response.headers });
  });

/** New tokens that one attempt may ask for: with many requests under way one may be revoked on its way. */
const MOST_RENEWALS = 2;

/** A token may have been revoked, or be older than the consent that the tenant has just given: a new one is tried after a 401,
 * and once after a 403 without the role. */
const authenticate = ({ tokens }: ChainDeps) =>
  step(async ({ call, context }, next) => {
    for (let renewals = 0; ; renewals++) {
      const token = await tokens.token();
      call.roles = token.roles;
      setHeader(context, "authorization", `Bearer ${token.text}`);
      const response = await next();
      const lacksRole = response.status === 403 && !holds(call.roles, ROLE_OF[call.bucket]);
      const stale = response.status === 401 ? renewals < MOST_RENEWALS : lacksRole && renewals === 0;
      if (!stale) return response;
      await response.body?.cancel();
      tokens.forget(token);
    }
  });

/** Limits the wait for the headers; whoever reads the body has a limit of their own. */
const deadline = () =>
  step(async ({ call, context }, next) => {
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(new Error("No answer in time")), HEADERS_MS);
    const signal = call.signal ? AbortSignal.any([call.signal, late.signal]) : late.signal;
    context.options = { ...context.options, signal };
    try {
      return await next();
    } finally {
      clearTimeout(timer);
    }
  });
