import type { IncomingMessage, ServerResponse } from "node:http";
import { pipeline } from "node:stream/promises";
import type { Faults } from "../faults.ts";
import { parseQuery } from "../http/call.ts";
import { isDecorated } from "../http/user-agent.ts";
import type { StatsRecorder } from "../stats.ts";
import { bytesSeed, etagOf, type SharedFile } from "../tenant/files.ts";
import type { Tenant } from "../tenant/tenant.ts";
import { seal } from "./download-url.ts";
import { fileStream } from "./file-bytes.ts";

export interface ContentDeps {
  readonly tenant: Tenant;
  readonly downloadKey: string;
  readonly now: () => number;
  readonly faults: Faults;
  readonly stats: StatsRecorder;
}

/**
 * The download host of SharePoint and OneDrive, an origin of its own. Pre-authenticated addresses refuse an
 * Authorization header (401); sending Graph's token to it would hand it to another host.
 */
export function contentServer(
  deps: ContentDeps,
): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  return async (request, response) => {
    deps.stats.begin();
    deps.stats.count("download");
    if (!isDecorated(request)) deps.stats.add("undecoratedFileRequests");
    const status = await answer(deps, request, response);
    deps.stats.end("download", status);
  };
}

async function answer(deps: ContentDeps, request: IncomingMessage, response: ServerResponse): Promise<number> {
  const refuse = (status: number, message: string, headers: Record<string, string> = {}): number => {
    response.writeHead(status, { "Content-Type": "text/plain; charset=utf-8", ...headers });
    response.end(message);
    return status;
  };
  if (request.headers.authorization !== undefined) {
    deps.stats.add("authorizationAtContentHost");
    return refuse(401, "401 UNAUTHORIZED", {
      "WWW-Authenticate": 'Bearer realm="", client_id="00000003-0000-0ff1-ce00-000000000000"',
    });
  }
  const fault = deps.faults.draw("download", request.url ?? "");
  if (fault) deps.stats.add("faults");
  if (fault?.kind === "throttle")
    return refuse(429, "Too Many Requests", { "Retry-After": String(fault.retryAfter ?? 2) });
  if (fault?.kind === "status") return refuse(fault.status ?? 503, fault.message ?? "Service unavailable");
  if (fault?.kind === "reset") {
    response.destroy();
    return 0;
  }
  if (fault?.kind === "hang") return new Promise((resolve) => response.once("close", () => resolve(0)));
  if (request.method !== "GET" && request.method !== "HEAD") return refuse(405, "Method not allowed");
  const file = fileOf(deps, request.url ?? "");
  if (typeof file === "number")
    return refuse(file, file === 404 ? "Not found" : "Access denied. The address has expired or was altered.");
  return sendFile(file, request, response, fault?.kind === "truncate" || fault?.kind === "disconnect");
}

function fileOf(deps: ContentDeps, url: string): SharedFile | number {
  const query = parseQuery(url.split("?")[1] ?? "");
  const contentUrl = Buffer.from(query?.get("file") ?? "", "base64url").toString("utf8");
  const expires = Number(query?.get("expires"));
  if (query?.get("tempauth") !== seal(deps.downloadKey, contentUrl, expires) || expires < deps.now()) return 403;
  const file = deps.tenant.fileAt(contentUrl);
  return file === undefined || file.state !== "available" ? 404 : file;
}

/** Whole or, for one byte range, partial (RFC 9110 §14). */
async function sendFile(
  file: SharedFile,
  request: IncomingMessage,
  response: ServerResponse,
  cut: boolean,
): Promise<number> {
  const etag = etagOf(file);
  const range =
    request.headers["if-range"] === undefined || request.headers["if-range"] === etag
      ? rangeOf(request.headers.range, file.bytes)
      : undefined;
  const headers = {
    "Content-Type": file.contentType,
    "Accept-Ranges": "bytes",
    ETag: etag,
    "Content-Disposition": `attachment; filename*=UTF-8''${encodeURIComponent(file.driveName)}`,
  };
  if (range === "unsatisfiable") {
    response.writeHead(416, { "Content-Range": `bytes */${file.bytes}` });
    response.end();
    return 416;
  }
  const [start, end] = range ?? [0, file.bytes];
  const status = range ? 206 : 200;
  response.writeHead(status, {
    ...headers,
    "Content-Length": end - start,
    ...(range ? { "Content-Range": `bytes ${start}-${end - 1}/${file.bytes}` } : {}),
  });
  if (request.method === "HEAD") response.end();
  else if (cut) {
    for await (const chunk of fileStream(bytesSeed(file), start, start + ((end - start) >> 1))) response.write(chunk);
    response.destroy();
  } else await pipeline(fileStream(bytesSeed(file), start, end), response).catch(() => undefined);
  return status;
}

/** [start, end) of a single range; several ranges and nonsense are ignored, as the standard allows. */
function rangeOf(text: string | undefined, size: number): readonly [number, number] | "unsatisfiable" | undefined {
  const found = /^bytes=(\d*)-(\d*)$/.exec(text ?? "");
  if (found === null || (found[1] === "" && found[2] === "")) return undefined;
  if (found[1] === "") {
    const length = Math.min(size, Number(found[2]));
    return length === 0 ? "unsatisfiable" : [size - length, size];
  }
  const start = Number(found[1]);
  const end = found[2] === "" ? size : Math.min(size, Number(found[2]) + 1);
  if (start >= size) return "unsatisfiable";
  return end <= start ? undefined : [start, end];
}
