import { Readable } from "node:stream";
import { expect, test } from "vitest";
import { hashId, newId } from "../../../shared/platform/new-id.ts";
import { contentTables } from "../../../shared/storage/content-tables.ts";
import { contentUploads } from "../../../shared/storage/content-uploads.ts";
import { organizationBlobs } from "../../../shared/storage/organization-blobs.ts";
import { ownStorage } from "../../support/own-storage.ts";

const clients = ownStorage();

const hosted = (hostedId: string) => ({ kind: "hosted", key: hashId(hostedId), hostedId }) as const;

test.each([
  ["one message", "1"],
  ["a chat", undefined],
])("many that forget the contents of %s at once all succeed, and leave none", async (_, messageId) => {
  const organizationId = newId(Date.now());
  const blobs = organizationBlobs(clients.blobs);
  const contents = contentTables(clients.table("contents"), clients.table("pendingContents"), blobs);
  const entries = Array.from({ length: 350 }, (__, n) => ({ messageId: "1", reference: hosted(`picture ${n}`) }));
  await contents.add(organizationId, "chat", [...entries, { messageId: "2", reference: hosted("other") }]);
  await Promise.all(Array.from({ length: 4 }, () => contents.forget(organizationId, "chat", messageId)));
  expect(await contents.ofMessage(organizationId, "chat", "1")).toEqual([]);
  expect(await contents.ofMessage(organizationId, "chat", "2")).toHaveLength(messageId === undefined ? 0 : 1);
});

test("an upload that is whole stays as it is while it is copied, however often its end is asked for", async () => {
  const organizationId = newId(Date.now());
  const blobs = organizationBlobs(clients.blobs);
  const uploads = contentUploads(clients.table("uploads"), blobs, { now: Date.now, sleep: () => Promise.resolve() });
  const record = { chatId: "chat", messageId: "1", reference: hosted("large"), state: "pending" } as const;
  const begun = await uploads.begin(organizationId, record, {});
  const limits = { maxBytes: 100, until: Number.POSITIVE_INFINITY };
  const whole = await uploads.receive(organizationId, record, begun, Readable.from([Buffer.from("bytes")]), limits);
  const upload = await blobs(organizationId).blob(`uploads/${begun.uploadId}`);
  const finish = async () => {
    expect(await uploads.finish(organizationId, record, whole, limits.until)).toMatchObject({ bytes: 5 });
    return (await upload.getProperties()).etag;
  };
  expect(await finish()).toBe(await finish());
});
