import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { App } from "../entra/apps.ts";
import type { FaultRule, Faults } from "../faults.ts";
import { bodyOf, type Call } from "../http/call.ts";
import type { StatsRecorder } from "../stats.ts";
import type { FileState } from "../tenant/files.ts";
import type { Mutators } from "../tenant/mutators.ts";
import type { CreatedRange, TenantQuery } from "./tenant-query.ts";

export interface ControlDeps {
  readonly query: TenantQuery;
  readonly mutate: Mutators;
  readonly faults: Faults;
  readonly stats: StatsRecorder;
  readonly app: App;
  readonly tenant: object;
  readonly invalidateTokens: () => void;
  readonly setConsent: (decision: "accept" | "decline") => void;
  readonly advance: (ms: number) => void;
  readonly setThrottling: (throttling: "documented" | "off" | number) => void;
}

/**
 * `/_simulator/…` on the Graph port: for tests and the demo, in other processes too. It has no counterpart in the real
 * service, needs no token and is reachable from this machine only.
 */
export function controlApi(deps: ControlDeps): (call: Call) => Promise<void> {
  return async (call) => {
    const [first, id, what] = call.segments;
    const { method } = call.request;
    if (method === "GET" && first === "accounts" && id && what === "messages")
      return sendLines(call, deps.query.messages(id, rangeOf(call)));
    if (method === "GET" && first === "accounts" && id && what === "contents")
      return sendLines(call, jsonLines(deps.query.contents(id, rangeOf(call))));
    let answer: unknown;
    try {
      answer = await action(deps, call, `${method} ${call.segments.join("/")}`);
    } catch (error) {
      call.response.writeHead(400, { "Content-Type": "application/json" });
      call.response.end(JSON.stringify({ error: String(error) }));
      return;
    }
    const text = JSON.stringify(
      answer === undefined ? { error: "No such control call; see docs/simulator.md." } : answer,
    );
    call.response.writeHead(answer === undefined ? 404 : 200, { "Content-Type": "application/json" });
    call.response.end(text);
  };
}

async function action(deps: ControlDeps, call: Call, name: string): Promise<unknown> {
  const body = async <T>(): Promise<T> => JSON.parse(await bodyOf(call.request)) as T;
  const done = (_: unknown): object => ({ done: true });
  switch (name) {
    case "GET tenant":
      return deps.tenant;
    case "GET accounts":
      return deps.query.accounts();
    case "GET stats":
      return deps.stats.read();
    case "DELETE stats":
      return done(deps.stats.reset());
    case "GET faults":
      return deps.faults.list();
    case "PUT faults":
      return done(deps.faults.set(await body<FaultRule[]>()));
    case "PATCH app":
      return done(Object.assign(deps.app, await body<Partial<App>>()));
    case "POST tokens/invalidate":
      return done(deps.invalidateTokens());
    case "PUT consent":
      return done(deps.setConsent((await body<{ decision: "accept" | "decline" }>()).decision));
    case "POST clock/advance":
      return done(deps.advance((await body<{ ms: number }>()).ms));
    case "PUT throttling":
      return done(deps.setThrottling((await body<{ throttling: "documented" | "off" | number }>()).throttling));
    case "POST messages/add": {
      const { chatId, fields, createdMs } = await body<{ chatId: string; fields?: object; createdMs?: number }>();
      return deps.mutate.addMessage(chatId, fields, createdMs);
    }
    case "POST messages/edit": {
      const { fields, ...key } = await body<{ chatId: string; messageId: string; fields: object }>();
      return deps.mutate.editMessage(key, fields);
    }
    case "POST messages/delete":
      return deps.mutate.deleteMessage(await body());
    case "POST messages/react": {
      const { reactionType, ...key } = await body<{ chatId: string; messageId: string; reactionType: string }>();
      return deps.mutate.reactToMessage(key, reactionType);
    }
    case "PUT users/state": {
      const { userId, state } = await body<{ userId: string; state: "live" | "left" | "gone" }>();
      return done(deps.mutate.setUserState(userId, state));
    }
    case "PUT files/bytes": {
      const { contentUrl, bytes } = await body<{ contentUrl: string; bytes?: number }>();
      return done(deps.mutate.replaceFile(contentUrl, bytes));
    }
    case "PUT files/state": {
      const { contentUrl, state } = await body<{ contentUrl: string; state: FileState }>();
      return done(deps.mutate.setFileState(contentUrl, state));
    }
    default:
      return undefined;
  }
}

function rangeOf(call: Call): CreatedRange {
  const instant = (name: string): number | undefined => {
    const text = call.query.get(name);
    return text === undefined ? undefined : Date.parse(text);
  };
  return { fromMs: instant("from"), toMs: instant("to") };
}

function* jsonLines(items: Iterable<object>): Generator<string> {
  for (const item of items) yield JSON.stringify(item);
}

function* inChunks(lines: Iterable<string>): Generator<string> {
  let pending = "";
  for (const line of lines) {
    pending += `${line}\n`;
    if (pending.length < 65_536) continue;
    yield pending;
    pending = "";
  }
  if (pending !== "") yield pending;
}

async function sendLines(call: Call, lines: Iterable<string>): Promise<void> {
  call.response.writeHead(200, { "Content-Type": "application/x-ndjson; charset=utf-8" });
  await pipeline(Readable.from(inChunks(lines)), call.response);
}
