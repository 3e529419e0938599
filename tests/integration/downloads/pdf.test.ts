import { afterAll, beforeAll, expect, test } from "vitest";
import {
  CHAT,
  type DownloadPlace,
  downloadWorld,
  file,
  message,
  startDownloadPlace,
} from "../../support/download-world.ts";
import { readPdf } from "../../support/pdf-text.ts";
import { pngOf } from "../../support/pictures.ts";
import { readZip, sha256 } from "../../support/zip-files.ts";

const picture = "https://graph.microsoft.com/v1.0/chats/19:b/messages/1/hostedContents/a/$value";
let place: DownloadPlace;

beforeAll(async () => {
  place = await startDownloadPlace();
});
afterAll(() => place.azurite.stop());

test("a download of PDF has one document for each conversation, with its pictures and what is missing", async () => {
  const { of, organizationId, run, show, zips } = downloadWorld(place);
  const members = [{ id: "u1", name: "Adèle Vance" }, { id: "u2" }].map((one) => ({ name: "Megan Bowen", ...one }));
  await place.archive.directory.record(organizationId, { chatId: CHAT, type: "oneOnOne", members }, 1);
  const two = message(2, {
    body: { contentType: "html", content: `<p>see <img src="${picture}" alt="chart"></p>` },
    attachments: [file("gone.docx")],
  });
  await place.archive.addMessages(of, [message(1), two, message(3, { chatId: "19:other@thread.v2" })]);
  const bytes = pngOf(40, 30);
  await place.archive.addContents(organizationId, two, [{ bytes, type: "image/png" }, { reason: "file.gone" }]);

  const downloadId = await run({ format: "pdf" });
  expect(await show(downloadId)).toMatchObject({ status: "Partial", format: "pdf", messages: 3, attachmentCount: 1 });
  const files = await zips(downloadId);
  const entries = new Map((await Promise.all(files.map(readZip))).flatMap((zip) => [...zip]));
  const documents = [...entries.keys()].filter((name) => name.endsWith(".pdf"));
  expect(documents).toEqual(["Adèle Vance, Megan Bowen.pdf", "Chat.pdf"]);
  const { pages } = await readPdf(entries.get(documents[0] ?? "") ?? Buffer.alloc(0));
  for (const said of ["Megan Bowen", "Attachments/image.png", "gone.docx", "missing: file.gone"]) {
    expect(pages.join("")).toContain(said);
  }
  expect(entries.get("Attachments/image.png")?.equals(bytes)).toBe(true);

  // Packed once more and another way round, at another time: the same bytes.
  await place.archive.addMessages(of, [two]);
  await place.archive.addMessages(of, [message(3, { chatId: "19:other@thread.v2" }), message(1)]);
  place.now += 3_600_000;
  expect((await zips(await run({ format: "pdf" }))).map(sha256)).toEqual(files.map(sha256));
});
