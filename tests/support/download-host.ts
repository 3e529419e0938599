import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFinished } from "vitest";
import type { DownloadResource } from "../../shared/downloads/download.contract.ts";
import { requestDownload } from "../../shared/downloads/request-download.ts";
import { hashId, newId } from "../../shared/platform/new-id.ts";
import { downloadTables } from "../../shared/storage/download-tables.ts";
import { startAzurite } from "../../local/azurite.ts";
import { startTestHost, temporaryFolder, type TestHost } from "./host.ts";
import { seededArchive } from "./seeded-archive.ts";
import { sha256 } from "./zip-files.ts";
import { clientsOf } from "./storage.ts";

/** Messages of each account: one a day at noon, from the first of January 2026 on. */
export const DAYS = 60;
const START = Date.UTC(2026, 0, 1, 12);

/** Two accounts with messages in an Azurite, and hosts that serve downloads of them (`fixtures/host/download-app.ts`). */
export async function startWorld(everyDays = 1) {
  const [azurite, folder] = [await startAzurite(), await temporaryFolder()];
  onTestFinished(async () => {
    await azurite.stop();
    await folder.remove();
  });
  const clients = clientsOf(azurite);
  const archive = seededArchive(clients);
  const organizationId = newId(Date.now());
  const accounts = [hashId("a"), hashId("b")];
  const messages = Array.from({ length: DAYS }, (_, day) => {
    const at = new Date(START + day * everyDays * 86_400_000).toISOString();
    return {
      chatId: "19:a@thread.v2",
      id: `${day}`,
      etag: "1",
      createdDateTime: at,
      lastModifiedDateTime: at,
      body: { content: `day ${day}` },
    };
  });
  for (const accountId of accounts) await archive.addMessages({ organizationId, accountId }, messages);
  const start = (env: Readonly<Record<string, string>> = {}) =>
    startTestHost("host", {
      entry: "download-app.ts",
      stateDirectory: folder.path,
      env: { ...process.env, DATA_STORAGE: azurite.connectionString, ...env },
    });
  const downloads = downloadTables({
    downloads: clients.table("downloads"),
    downloadParts: clients.table("downloadParts"),
    downloadExpiries: clients.table("downloadExpiries"),
  });
  /** A request that was kept at that time, and nothing else. */
  const ask = async (at: number): Promise<string> => {
    const known = { find: () => Promise.resolve({ graphId: "g", displayName: "", userPrincipalName: "" }) };
    const stored = { archive: archive.reader, chats: archive.directory };
    const deps = { ...stored, downloads, accounts: known, now: () => at, windowDays: 10, partBytes: 1_000_000 };
    const range = { from: "2026-01-01", to: "2026-03-01", timeZone: "UTC" };
    const body = { accountIds: accounts, format: "csv", attachments: false, systemEvents: true, ...range } as const;
    return (await requestDownload(deps, organizationId, "p", body)).id;
  };
  return { azurite, archive, organizationId, accounts, downloads, stateDirectory: folder.path, start, ask };
}

export async function call<T>(
  host: TestHost,
  method: string,
  path: string,
  body?: object,
): Promise<{ status: number; body: T; location: string | null }> {
  const answer = await fetch(`${host.url}/api/${path}`, {
    method,
    headers: { authorization: "Bearer x", ...(body ? { "content-type": "application/json" } : {}) },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  const text = await answer.text();
  return {
    status: answer.status,
    body: (text === "" ? undefined : JSON.parse(text)) as T,
    location: answer.headers.get("location"),
  };
}

/** Waits until a download has ended. */
export async function ended(host: TestHost, path: string): Promise<DownloadResource> {
  for (let tries = 0; tries < 1_500; tries++) {
    const { body } = await call<DownloadResource>(host, "GET", path);
    if (!["Queued", "Planning", "Generating"].includes(body.status)) return body;
    expect(body.progress.percent).toBeLessThan(100);
    await sleep(100);
  }
  throw new Error(
    `The download does not end: ${JSON.stringify(await host.durable.status(`download:${path.split("/").pop()}`, "?showHistory=true&showHistoryOutput=true&showInput=true"))}`,
  );
}

/** SHA-256 of the zips of a download, in order. */
export async function digests(host: TestHost, path: string): Promise<string[]> {
  const { body } = await call<{ links: { part: string; url: string }[] }>(host, "POST", `${path}/links`, {});
  return Promise.all(body.links.map(async ({ url }) => sha256(Buffer.from(await (await fetch(url)).arrayBuffer()))));
}
