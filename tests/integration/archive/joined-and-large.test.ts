import { randomBytes } from "node:crypto";
import { Readable } from "node:stream";
import { expect, test } from "vitest";
import { chatKey } from "../../../shared/archive/chat-key.ts";
import type { ContentRecord } from "../../../shared/archive/content-store.ts";
import { sweepAccount } from "../../../shared/archive/removal/sweep-account.ts";
import { sweepContents } from "../../../shared/archive/removal/sweep-contents.ts";
import { newId } from "../../../shared/platform/new-id.ts";
import { contentTables } from "../../../shared/storage/content-tables.ts";
import { contentUploads } from "../../../shared/storage/content-uploads.ts";
import { leftoverBlobs } from "../../../shared/storage/leftover-blobs.ts";
import { organizationBlobs } from "../../../shared/storage/organization-blobs.ts";
import { file, message } from "../../support/download-world.ts";
import { oneAccount } from "../../support/one-account.ts";
import { verifyArchive } from "../../support/verify-archive.ts";
import { ownStorage } from "../../support/own-storage.ts";

const clients = ownStorage();

const DAY = 86_400_000;
const LARGE = 9 * 1024 * 1024;

/** An account whose runs were joined, and a chat of it with a large file in three states: stored, half of it here, all of it here and
 * not under its name. */
async function world() {
  const account = oneAccount(clients, Date.UTC(2025, 0, 1));
  const at = new Date(Date.UTC(2025, 0, 1)).toISOString();
  const files = ["stored", "half", "whole"].map((name) => file(name));
  account.receive(message(1, { createdDateTime: at, lastModifiedDateTime: at, attachments: files }));
  for (let n = 0; n < 36; n++) {
    account.send("chat", `message ${n}`);
    account.pass(3_600_000);
    await account.run();
  }
  const { organizationId } = account.of;
  const blobs = organizationBlobs(clients.blobs);
  const contents = contentTables(clients.table("contents"), clients.table("pendingContents"), blobs);
  const sleep = () => Promise.resolve();
  const uploads = contentUploads(clients.table("uploads"), blobs, { now: Date.now, sleep });
  const chat = chatKey(String(message(1)["chatId"]));
  const records = await Array.fromAsync(contents.ofChat(organizationId, chat));
  const [stored, half, whole] = records as [ContentRecord, ContentRecord, ContentRecord];
  const begin = async (record: ContentRecord, until: number) => {
    const begun = await uploads.begin(organizationId, record, { etag: "v1" });
    const body = Readable.from([randomBytes(LARGE), randomBytes(LARGE)]);
    return uploads.receive(organizationId, record, begun, body, { maxBytes: 3 * LARGE, until });
  };
  const upload = await begin(stored, Number.POSITIVE_INFINITY);
  const content = await uploads.finish(organizationId, stored, upload, Number.POSITIVE_INFINITY);
  if (!content) throw new Error("not finished");
  await contents.finish(organizationId, { ...stored, state: "stored", ...content });
  await begin(half, 0);
  await begin(whole, Number.POSITIVE_INFINITY);
  const container = clients.blobs.getContainerClient(`org-${organizationId}`);
  const deps = { archive: account.archive, contents, uploads, leftovers: leftoverBlobs(clients.blobs) };
  return {
    account,
    content,
    uploads,
    unfinished: [half, whole],
    stored,
    async names(prefix: string): Promise<string[]> {
      return (await Array.fromAsync(container.listBlobsFlat({ prefix }))).map(({ name }) => name);
    },
    /** As it would be so many days from now. */
    async sweep(days: number): Promise<void> {
      const now = () => Date.now() + days * DAY;
      await sweepAccount({ ...deps, now }, account.of, Number.POSITIVE_INFINITY);
      await sweepContents({ ...deps, now }, { organizationId, sweepId: newId(now()) }, Number.POSITIVE_INFINITY);
    },
    verify: () => verifyArchive(clients, organizationId, "all"),
  };
}

test("packs that were joined and files that are on their way are no problem, before and after they are swept", async () => {
  const { account, content, uploads, unfinished, stored, names, sweep, verify } = await world();
  const { organizationId, accountId } = account.of;
  const packs = async () => (await names(`messages/${accountId}/`)).length;
  const rows = () => Promise.all(unfinished.map((record) => uploads.find(organizationId, record)));
  const committed = (await Array.fromAsync(account.archive.packs(account.of))).length;
  expect(await packs()).toBeGreaterThan(committed + 30);
  expect(await verify()).toMatchObject({
    status: "Completed",
    problems: [],
    checked: { packs: committed, contents: 1 },
  });
  await uploads.discard(organizationId, stored);
  for (const days of [0, 5]) await sweep(days);
  expect(await packs()).toBe(committed);
  expect((await rows()).every((upload) => upload !== undefined)).toBe(true);
  expect(await verify()).toMatchObject({ problems: [] });
  await sweep(9);
  expect(await rows()).toEqual([undefined, undefined]);
  expect(await names("uploads/")).toEqual([]);
  expect(await names("contents/")).toEqual([`contents/${content.sha256}`]);
  expect(await verify()).toMatchObject({ problems: [], checked: { packs: committed, contents: 1 } });
  expect(await account.versions()).toHaveLength(37);
});
