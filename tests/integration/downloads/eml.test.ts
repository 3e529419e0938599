import { simpleParser } from "mailparser";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  CHAT,
  type DownloadPlace,
  downloadWorld,
  file,
  message,
  noise,
  startDownloadPlace,
} from "../../support/download-world.ts";
import { readZip, sha256 } from "../../support/zip-files.ts";

const picture = (id: string) => `https://graph.microsoft.com/v1.0/chats/19:b/messages/1/hostedContents/${id}/$value`;
const png = (name: string, length: number) =>
  Buffer.concat([Buffer.from("89504e470d0a1a0a", "hex"), noise(name, length)]);
let place: DownloadPlace;

beforeAll(async () => {
  place = await startDownloadPlace();
});
afterAll(() => place.azurite.stop());

test("a download of mails has one for each message, with its pictures inside, in folders by conversation", async () => {
  const { of, organizationId, run, show, zips } = downloadWorld(place);
  const { archive } = place;
  const members = [
    { id: "u1", name: "Adèle Vance", address: "adele@contoso.test" },
    { id: "u2", name: "Megan Bowen", address: "megan@contoso.test" },
  ];
  await archive.directory.record(organizationId, { chatId: CHAT, type: "oneOnOne", members }, 1);
  const html = (content: string) => ({ body: { contentType: "html", content } });
  const one = message(1);
  const two = message(2, {
    ...html(`<p>see <img src="${picture("a")}" alt="chart"><img src="${picture("b")}"></p>`),
    attachments: [file("Plan.docx"), file("gone.docx")],
  });
  await archive.addMessages(of, [one, two, message(3, { chatId: "19:other@thread.v2" })]);
  const [small, large] = [png("a", 2_000), png("b", 900_000)];
  await archive.addContents(organizationId, two, [
    { bytes: small, type: "image/png" },
    { bytes: large, type: "image/png" },
    { bytes: Buffer.from("plan") },
    { reason: "file.gone" },
  ]);

  const downloadId = await run({ format: "eml" });
  expect(await show(downloadId)).toMatchObject({ status: "Partial", format: "eml", messages: 3, attachmentCount: 3 });
  const files = await zips(downloadId);
  const entries = new Map((await Promise.all(files.map(readZip))).flatMap((zip) => [...zip]));
  const mails = [...entries.keys()].filter((name) => name.endsWith(".eml"));
  expect(mails).toEqual([
    "Adèle Vance, Megan Bowen/2026-01-10 090100 Megan Bowen 1768035660000.eml",
    "Adèle Vance, Megan Bowen/2026-01-10 090200 Megan Bowen 1768035720000.eml",
    "Chat/2026-01-10 090300 Megan Bowen 1768035780000.eml",
  ]);
  const mail = await simpleParser(entries.get(mails[1] ?? "") ?? "", { skipImageLinks: true, skipTextToHtml: true });
  // Both together fit no zip of this size: they lie beside the mail.
  expect(mail.attachments).toEqual([]);
  expect(mail.html).toContain("[picture: chart, Attachments/image.png]");
  expect(mail.html).toContain("[picture, Attachments/image (2).png]");
  expect(mail.html).toContain(
    '[<a href="https://contoso.sharepoint.com/Plan.docx">File: Plan.docx</a>: Attachments/Plan.docx]',
  );
  expect(mail.text).toContain("[Missing: gone.docx (file.gone)]");
  expect(mail.from?.value).toEqual([{ name: "Megan Bowen", address: "megan@contoso.test" }]);
  expect(entries.get("Attachments/image (2).png")?.equals(large)).toBe(true);
  const manifest = JSON.parse(entries.get("manifest.json")?.toString() ?? "") as {
    entries: { kind: string; messages?: number }[];
  };
  expect(manifest.entries.filter(({ kind }) => kind === "message").every(({ messages }) => messages === 1)).toBe(true);

  // Packed once more and another way round, at another time: the same bytes.
  await archive.addMessages(of, [two]);
  await archive.addMessages(of, [message(3, { chatId: "19:other@thread.v2" }), one]);
  place.now += 3_600_000;
  expect((await zips(await run({ format: "eml" }))).map(sha256)).toEqual(files.map(sha256));
});

test("a picture that fits is inside of the mail, and of a text-only download none is", async () => {
  const { of, organizationId, run, zips } = downloadWorld(place);
  const raw = message(1, { body: { contentType: "html", content: `<p><img src="${picture("a")}" width="40"></p>` } });
  await place.archive.addMessages(of, [raw]);
  const bytes = png("a", 20_000);
  await place.archive.addContents(organizationId, raw, [{ bytes, type: "application/octet-stream" }]);
  const read = async (attachments: boolean) => {
    const [zip] = await zips(await run({ format: "eml", attachments }));
    const entries = await readZip(zip ?? Buffer.alloc(0));
    const [, mail] = [...entries].find(([name]) => name.endsWith(".eml")) ?? [];
    return simpleParser(mail ?? "", { skipImageLinks: true, skipTextToHtml: true });
  };
  const whole = await read(true);
  expect(whole.attachments.map(({ content, contentType }) => [content.equals(bytes), contentType])).toEqual([
    [true, "image/png"],
  ]);
  expect(whole.html).toMatch(/<img src="cid:[0-9a-f]{32}@teams-chat-vault\.invalid" alt="" width="40">/);
  const plain = await read(false);
  expect(plain.attachments).toEqual([]);
  expect(plain.html).toContain("[picture]");
});
