import { afterAll, beforeAll, expect, test } from "vitest";
import { type Azurite, startAzurite } from "../../../local/azurite.ts";
import { hashId, newId } from "../../../shared/platform/new-id.ts";
import type { StorageClients } from "../../../shared/storage/clients.ts";
import { contentTables } from "../../../shared/storage/content-tables.ts";
import { organizationBlobs } from "../../../shared/storage/organization-blobs.ts";
import { clientsOf } from "../../support/storage.ts";

let azurite: Azurite;
let clients: StorageClients;
beforeAll(async () => {
  azurite = await startAzurite();
  clients = clientsOf(azurite);
});
afterAll(() => azurite.stop());

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
