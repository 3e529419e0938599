import { createHash } from "node:crypto";
import { parse } from "csv-parse/sync";
import { explainMissing } from "../../functions/dependencies/explain-missing.ts";
import type { RawMessage } from "../../shared/chats/message.ts";
import { buildPart } from "../../shared/downloads/build-part.ts";
import { finishDownload } from "../../shared/downloads/close-download.ts";
import { describeDownload } from "../../shared/downloads/describe-download.ts";
import { downloadBody } from "../../shared/downloads/download.contract.ts";
import { issueLinks } from "../../shared/downloads/issue-links.ts";
import { makingRoom } from "../../shared/downloads/making-room.ts";
import { openSets } from "../../shared/downloads/open-sets.ts";
import { renderSet } from "../../shared/downloads/render-set.ts";
import { requestDownload } from "../../shared/downloads/request-download.ts";
import { hashId, newId } from "../../shared/platform/new-id.ts";
import type { StorageClients } from "../../shared/storage/clients.ts";
import { downloadTables } from "../../shared/storage/download-tables.ts";
import { packageBlobs } from "../../shared/storage/package-blobs.ts";
import { type Azurite, startAzurite } from "../../local/azurite.ts";
import { seededArchive } from "./seeded-archive.ts";
import { clientsOf } from "./storage.ts";

/** Where downloads can be made without a host: the use cases over an Azurite. */
export interface DownloadPlace {
  readonly azurite: Azurite;
  readonly clients: StorageClients;
  readonly archive: ReturnType<typeof seededArchive>;
  /** What the use cases take for now; a test sets it. */
  now: number;
}

export async function startDownloadPlace(): Promise<DownloadPlace> {
  const azurite = await startAzurite();
  const clients = clientsOf(azurite);
  return { azurite, clients, archive: seededArchive(clients), now: Date.now() };
}

interface WorldOptions {
  readonly windowDays?: number;
  readonly partBytes?: number;
  /** Of a file set. Default: as the product has it. */
  readonly mostMessages?: number;
  /** Default: a new one. */
  readonly organizationId?: string;
}

/** An organization with one account, and everything that makes its downloads. */
export function downloadWorld(
  place: DownloadPlace,
  { organizationId = newId(Date.now()), mostMessages, ...more }: WorldOptions = {},
) {
  const { clients, archive } = place;
  const accountId = hashId(organizationId);
  const account = { graphId: "u1", displayName: "Adèle Vance", userPrincipalName: "adèle@contoso.test" };
  const deps = {
    archive: archive.reader,
    contents: archive.contents,
    chats: archive.directory,
    accounts: {
      find: (org: string, id: string) =>
        Promise.resolve(org === organizationId && id === accountId ? account : undefined),
    },
    downloads: downloadTables({
      downloads: clients.table("downloads"),
      downloadParts: clients.table("downloadParts"),
      downloadExpiries: clients.table("downloadExpiries"),
    }),
    packages: packageBlobs(clients.blobs, () => Date.now()),
    version: "1.0.0",
    explain: explainMissing,
    room: makingRoom(),
    ...{ windowDays: 90, partBytes: 1_000_000, linkMs: 60_000, keepMs: 86_400_000, now: () => place.now, ...more },
  };
  const ask = (body: object) => {
    const range = { from: "2026-01-01", to: "2026-02-28" };
    const asked = downloadBody.parse({ accountIds: [accountId], format: "csv", attachments: true, ...range, ...body });
    return requestDownload(deps, organizationId, "p", asked);
  };
  const most = mostMessages === undefined ? [] : [{ csv: mostMessages, eml: mostMessages, pdf: mostMessages }];
  const plan = async (of: { organizationId: string; downloadId: string }): Promise<number[]> => {
    const sets: number[] = [];
    for (let next = 0; ; ) {
      const both = await Promise.all([0, 1].map(() => openSets(deps, { ...of, next }, ...most)));
      const step = both.find(({ status }) => status === "done");
      if (step?.status !== "done") continue;
      if (step.result.sets.length === 0) return sets;
      sets.push(...step.result.sets);
      next = Math.max(...sets) + 1;
    }
  };
  const make = async (downloadId: string) => {
    const of = { organizationId, downloadId };
    const sets = await plan(of);
    const buildOnce = async (set: number): Promise<boolean> => {
      const [first, again] = await Promise.all([renderSet(deps, { ...of, set }), renderSet(deps, { ...of, set })]);
      if (first.status !== "done" || again.status !== "done" || first.result.parts !== again.result.parts)
        throw new Error("Two renderings of one file set differ");
      const isWritten: boolean[] = [];
      for (let part = 1; part <= first.result.parts; part++) {
        const twice = [buildPart(deps, { ...of, set, part }), buildPart(deps, { ...of, set, part })];
        for (const step of await Promise.all(twice)) isWritten.push(step.status === "done" && step.result.isWritten);
      }
      return isWritten.every(Boolean);
    };
    for (const set of sets) if (!(await buildOnce(set)) && !(await buildOnce(set))) throw new Error("Not built");
    await finishDownload(deps, { ...of, codes: [] });
  };
  const show = async (downloadId: string) => {
    const found = await deps.downloads.find(organizationId, downloadId);
    if (!found) throw new Error("no download");
    return (await describeDownload(deps.downloads, organizationId, found.value)).resource;
  };
  const fetchAll = async (downloadId: string) => {
    const links = await issueLinks(deps, organizationId, downloadId);
    return Promise.all(links.map(async ({ part, url }) => ({ part, url, response: await fetch(url) })));
  };
  return {
    ...{ organizationId, accountId, of: { organizationId, accountId }, deps, ask, plan, make, show, fetchAll },
    /** Asks for a download and makes it, every step by two workers at the same time. */
    async run(body: object) {
      const { id } = await ask(body);
      await make(id);
      return id;
    },
    async zips(downloadId: string) {
      const answers = await fetchAll(downloadId);
      return Promise.all(
        answers.map(async ({ part, response }) => {
          const bytes = Buffer.from(await response.arrayBuffer());
          if (response.status === 200) return bytes;
          throw new Error(`${part}: ${response.status} ${bytes.toString("utf8", 0, 300)}`);
        }),
      );
    },
    /** Names of everything that is stored for a download. */
    async blobs(downloadId: string) {
      const container = clients.blobs.getContainerClient(`org-${organizationId}`);
      const found = await Array.fromAsync(container.listBlobsFlat({ prefix: downloadId }));
      return found.map(({ name }) => name);
    },
  };
}

export const CHAT = "19:b8577894a63548969c5c92bb9c80c5e1@thread.v2";
export const START = Date.UTC(2026, 0, 10, 9);

/** A message of the minute after `START` that is its number. */
export function message(id: number, more: RawMessage = {}): RawMessage {
  const at = new Date(START + id * 60_000).toISOString();
  return {
    ...{ chatId: CHAT, id: `${START + id * 60_000}`, etag: `${id}`, messageType: "message" },
    ...{ createdDateTime: at, lastModifiedDateTime: at, importance: "normal" },
    from: { user: { id: "u2", displayName: null, userIdentityType: "aadUser" } },
    body: { contentType: "text", content: `message ${id}` },
    ...more,
  };
}

/** An attachment of a message. */
export const file = (name: string, url = `https://contoso.sharepoint.com/${name}`) => ({
  id: name,
  contentType: "reference",
  contentUrl: url,
  name,
});

/** Incompressible bytes, the same for the same name. */
export const noise = (name: string, length: number): Buffer =>
  length === 0 ? Buffer.alloc(0) : createHash("shake256", { outputLength: length }).update(name).digest();

export const rows = (entries: Map<string, Buffer>, name = "messages.csv"): Record<string, string>[] =>
  parse(entries.get(name) ?? "", { bom: true, columns: true, record_delimiter: "\r\n" });
