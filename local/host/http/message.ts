import type { IncomingMessage, ServerResponse } from "node:http";

/** A request with its body read. */
export interface HostRequest {
  readonly method: string;
  /** With the scheme and host that the caller used. */
  readonly url: URL;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export interface HostResponse {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: string | Uint8Array;
}

export const emptyResponse = (status: number): HostResponse => ({ status });

export const jsonResponse = (status: number, value: unknown, headers: Record<string, string> = {}): HostResponse => ({
  status,
  headers: { "content-type": "application/json; charset=utf-8", ...headers },
  body: JSON.stringify(value),
});

export const textResponse = (status: number, body: string): HostResponse => ({
  status,
  headers: { "content-type": "text/plain; charset=utf-8" },
  body: `${body}\n`,
});

/** The host's limit for one request. */
const maxBodyBytes = 100 * 1024 * 1024;

/** @returns the answer instead, when the request cannot be read */
export async function readRequest(message: IncomingMessage): Promise<HostRequest | HostResponse> {
  const url = requestUrl(message);
  if (url === undefined)
    return textResponse(400, "The Host header must be one name or address, with a port or without.");
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of message as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes <= maxBodyBytes) chunks.push(chunk);
  }
  if (bytes > maxBodyBytes) return emptyResponse(500);
  return { method: message.method ?? "GET", url, headers: headersOf(message), body: Buffer.concat(chunks) };
}

/** A name or an address, and perhaps a port: nothing that would make another part of a URL of it. */
const hostPattern = /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(:\d+)?$/i;

function requestUrl({ headersDistinct: { host = [] }, url: path = "/" }: IncomingMessage): URL | undefined {
  const [name = ""] = host;
  const text = `http://${name}${path.startsWith("/") ? path : "/"}`;
  return host.length === 1 && hostPattern.test(name) && URL.canParse(text) ? new URL(text) : undefined;
}

function headersOf(message: IncomingMessage): Record<string, string> {
  const entries = Object.entries(message.headersDistinct).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([name, values = []]) => [name, values.join(name === "cookie" ? "; " : ", ")]));
}

export function writeResponse(target: ServerResponse, { status, headers = {}, body }: HostResponse): void {
  for (const [name, value] of Object.entries(headers)) target.setHeader(name, value);
  target.statusCode = status;
  target.end(body);
}
