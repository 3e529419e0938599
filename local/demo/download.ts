import { createWriteStream } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { setTimeout as delay } from "node:timers/promises";
import { z } from "zod";
import { Hopeless, type Progress, remembered } from "./progress.ts";
import type { DemoOrganization } from "./set-up.ts";

const part = z.object({
  name: z.string(),
  accountId: z.string(),
  number: z.number(),
  of: z.number(),
  bytes: z.number(),
  sha256: z.string(),
});
const download = z.object({
  id: z.string(),
  status: z.string(),
  progress: z.object({ done: z.number(), total: z.number(), percent: z.number() }),
  windows: z.array(z.object({ from: z.string(), to: z.string() })),
  parts: z.array(part),
  messages: z.number(),
  attachmentCount: z.number(),
  missing: z.array(z.object({ code: z.string(), count: z.number() })),
});
const links = z.object({ links: z.array(z.object({ part: z.string(), url: z.string() })) });
export type DemoDownload = z.output<typeof download>;

export interface SavedZip {
  readonly accountId: string;
  readonly file: string;
  readonly bytes: number;
  readonly sha256: string;
}

const POLL_MS = 1_000;
const SAY_EVERY_MS = 5_000;
const LINKS_AT_ONCE = 500;
const SAVED_AT_ONCE = 4;

/** The formats that there are. */
export const FORMATS = ["csv", "eml", "pdf"] as const;

export interface Wanted {
  readonly format: (typeof FORMATS)[number];
  readonly attachments: boolean;
  /** Dates, both included. Without them: the last 90 days. */
  readonly from?: string;
  readonly to?: string;
}

/** Asks for one download of all accounts and waits for it. Throws when it fails; with contents that nobody can have it is
 * Partial, and says so. */
export async function waitForDownload(
  { organizationId, admin, accounts }: DemoOrganization,
  wanted: Wanted,
  progress: Progress,
  say: (line: string) => void,
): Promise<DemoDownload> {
  const base = `/api/organizations/${organizationId}/downloads`;
  const name = `${wanted.format} ${wanted.attachments ? "with attachments" : "text only"}`;
  const known = await remembered(progress.marks.downloads?.[name], (id) => admin.get(`${base}/${id}`, download));
  const asked = { ...wanted, accountIds: accounts.map((one) => one.id) };
  const { id } = known ?? (await admin.send("POST", base, asked, download));
  await progress.set({ downloads: { ...progress.marks.downloads, [name]: id } });
  for (let said = Date.now(); ; await delay(POLL_MS)) {
    const now = await admin.get(`${base}/${id}`, download);
    if (now.status === "Failed" || now.status === "Expired")
      throw new Hopeless(`The download ended ${now.status}: ${JSON.stringify(now.missing)}`);
    if (now.status === "Ready" || now.status === "Partial") {
      const missing = now.missing.reduce((sum, { count }) => sum + count, 0);
      say(
        `download    ${name}: ${now.status}, ${now.messages} messages, ${now.attachmentCount} attachments, ${missing} missing, ${now.parts.length} zips`,
      );
      return now;
    }
    if (Date.now() - said < SAY_EVERY_MS) continue;
    say(`  ${name}: ${now.status}, ${now.progress.done} of ${now.progress.total} zips (${now.progress.percent} %)`);
    said = Date.now();
  }
}

/** Fetches all zips by their links, under the names that a browser would give them. */
export async function saveZips(
  { organizationId, admin }: DemoOrganization,
  ready: DemoDownload,
  folder: string,
): Promise<SavedZip[]> {
  await mkdir(folder, { recursive: true });
  const saved: SavedZip[] = [];
  for (let start = 0; start < ready.parts.length; start += LINKS_AT_ONCE) {
    const batch = ready.parts.slice(start, start + LINKS_AT_ONCE);
    const names = batch.map(({ name }) => name);
    const made = await admin.send(
      "POST",
      `/api/organizations/${organizationId}/downloads/${ready.id}/links`,
      { parts: names },
      links,
    );
    const urls = new Map(made.links.map(({ part: name, url }) => [name, url]));
    const queue = [...batch];
    const worker = async () => {
      for (let one = queue.shift(); one; one = queue.shift()) {
        const file = await save(urls.get(one.name) ?? "", folder);
        saved.push({ accountId: one.accountId, file, bytes: one.bytes, sha256: one.sha256 });
      }
    };
    await Promise.all(Array.from({ length: SAVED_AT_ONCE }, worker));
  }
  return saved;
}

async function save(url: string, folder: string): Promise<string> {
  const response = await fetch(url);
  if (!response.ok || !response.body) throw new Error(`A link answered ${response.status}`);
  const disposition = response.headers.get("content-disposition") ?? "";
  const encoded = /filename\*=UTF-8''([^;]+)/i.exec(disposition)?.[1];
  const name = encoded === undefined ? undefined : basename(decodeURIComponent(encoded));
  if (!name) throw new Error("A link gave no file name");
  const file = join(folder, name);
  await pipeline(Readable.fromWeb(response.body), createWriteStream(`${file}.part`));
  await rename(`${file}.part`, file);
  return file;
}

export const removeFolder = (folder: string): Promise<void> => rm(folder, { recursive: true, force: true });
