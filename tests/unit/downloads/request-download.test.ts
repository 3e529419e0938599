import { expect, test } from "vitest";
import type { ArchiveReader } from "../../../shared/archive/archive-reader.ts";
import type { ChatDirectory } from "../../../shared/archive/chat-directory.ts";
import { downloadBody } from "../../../shared/downloads/download.contract.ts";
import type { DownloadStore } from "../../../shared/downloads/download-store.ts";
import { requestDownload } from "../../../shared/downloads/request-download.ts";

const nothing = {
  downloads: {} as DownloadStore,
  accounts: { find: () => Promise.reject(new Error("asked")) },
  archive: {} as ArchiveReader,
  chats: {} as ChatDirectory,
  now: () => 0,
  windowDays: 90,
  partBytes: 1_000_000,
};
const body = (given: object) => downloadBody.parse({ accountIds: ["0".repeat(26)], attachments: false, ...given });

test("a range that ends before it begins says so in its detail", async () => {
  const asked = body({ format: "csv", from: "2026-02-02", to: "2026-02-01" });
  await expect(requestDownload(nothing, "o", "p", asked)).rejects.toThrow(
    "The range cannot be used: from must be before to",
  );
});

test("a moment that no message can have is refused as asOf, too", async () => {
  for (const asOf of ["0000-01-01T00:00:00Z", "9999-12-31T23:59:59-14:00"]) {
    await expect(requestDownload(nothing, "o", "p", body({ format: "csv", asOf }))).rejects.toMatchObject({
      code: "download.bad_range",
      options: { issues: [{ path: "asOf", message: "must lie from 2000-01-01 to 2099-12-31" }] },
    });
  }
});
