import type { AppToken } from "../entra/tokens.ts";
import type { Faults } from "../faults.ts";
import type { FaultRule } from "../faults.ts";
import { type Call, header } from "../http/call.ts";
import type { StatsRecorder } from "../stats.ts";
import type { Tenant } from "../tenant/tenant.ts";
import type { SkipTokens } from "./skip-token.ts";

/** What every Graph handler works with. */
export interface GraphDeps {
  readonly tenant: Tenant;
  readonly now: () => number;
  readonly graphUrl: () => string;
  readonly contentUrl: () => string;
  readonly skip: SkipTokens;
  readonly stats: StatsRecorder;
  readonly faults: Faults;
  readonly emptyPageShare: number;
  readonly exportPageSize: number;
  readonly downloadKey: string;
}

/** A request that carries a valid token, and the fault that hits its body, if any. */
export interface GraphCall extends Call {
  readonly token: AppToken;
  readonly fault: FaultRule | undefined;
}

export type GraphHandler = (deps: GraphDeps, call: GraphCall) => Promise<void> | void;

/** True where `Prefer` asks for a preference, alone or among others. */
export function prefers(call: Call, preference: string): boolean {
  return (header(call, "prefer") ?? "").split(",").some((p) => p.trim().toLowerCase() === preference);
}

const jsonType = "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8";

export function sendJson(
  call: Call,
  status: number,
  body: object,
  headers: Readonly<Record<string, string>> = {},
): void {
  call.response.writeHead(status, { "Content-Type": jsonType, ...headers });
  call.response.end(JSON.stringify(body));
}

/** Writes a collection in chunks, as Graph streams it; `cut` ends it in the middle. */
export async function streamCollection(
  call: Call,
  envelope: Readonly<Record<string, unknown>>,
  items: Iterable<string>,
  cut: "truncate" | "disconnect" | undefined,
): Promise<void> {
  const { response } = call;
  response.writeHead(200, { "Content-Type": jsonType });
  let pending = `${JSON.stringify(envelope).slice(0, -1)},"value":[`;
  let first = true;
  let written = 0;
  for (const item of items) {
    pending += first ? item : `,${item}`;
    first = false;
    if (pending.length < 32_768) continue;
    if (cut !== undefined && written++ > 0) break;
    if (!response.write(pending))
      await new Promise((resolve) => response.once("drain", resolve).once("close", resolve));
    pending = "";
    if (response.destroyed) return;
  }
  if (cut === undefined) response.end(`${pending}]}`);
  else if (cut === "truncate") response.end(pending.slice(0, Math.ceil(pending.length * 0.7)));
  else response.write(pending.slice(0, Math.ceil(pending.length * 0.7)), () => response.destroy());
}

export const cutOf = (call: GraphCall): "truncate" | "disconnect" | undefined =>
  call.fault?.kind === "truncate" || call.fault?.kind === "disconnect" ? call.fault.kind : undefined;
