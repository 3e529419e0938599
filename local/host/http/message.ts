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

/** The host's limit for one request. */
const maxBodyBytes = 100 * 1024 * 1024;

/** @returns undefined when the body is over the limit */
export async function readRequest(message: IncomingMessage): Promise<HostRequest | undefined> {
  const { method = "GET", url = "/" } = message;
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of message as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes <= maxBodyBytes) chunks.push(chunk);
  }
  if (bytes > maxBodyBytes) return undefined;
  return { method, url: requestUrl(message, url), headers: headersOf(message), body: Buffer.concat(chunks) };
}

function requestUrl(message: IncomingMessage, path: string): URL {
  return new URL(`http://${message.headers.host ?? "localhost"}${path.startsWith("/") ? path : "/"}`);
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
