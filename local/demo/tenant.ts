import { readFile } from "node:fs/promises";
import { request } from "node:https";
import type { IncomingMessage } from "node:http";
import { createInterface } from "node:readline";
import type { SpawnedSimulator } from "../spawn-simulator.ts";

export interface TenantMessage {
  readonly id: string;
  readonly chatId: string;
  readonly etag: string;
  readonly messageType: string;
  readonly createdDateTime: string;
  readonly lastModifiedDateTime: string;
  readonly body: { readonly contentType: string; readonly content: string | null };
}

export interface TenantContent {
  readonly chatId: string;
  readonly messageId: string;
  readonly sha256: string | null;
  readonly available: boolean;
}

/** What the simulated tenant holds, asked past the API that the product uses. */
export interface Tenant {
  messages(userId: string): AsyncGenerator<TenantMessage>;
  contents(userId: string): AsyncGenerator<TenantContent>;
}

export async function tenantOf({ graphUrl, caFile }: SpawnedSimulator): Promise<Tenant> {
  const ca = await readFile(caFile);
  async function* lines<T>(path: string): AsyncGenerator<T> {
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      request(`${graphUrl}/_simulator/${path}`, { ca }, resolve).once("error", reject).end();
    });
    if (response.statusCode !== 200) throw new Error(`The simulator answered ${response.statusCode} to ${path}`);
    for await (const line of createInterface(response)) if (line !== "") yield JSON.parse(line) as T;
  }
  return {
    messages: (userId) => lines(`accounts/${userId}/messages`),
    contents: (userId) => lines(`accounts/${userId}/contents`),
  };
}
