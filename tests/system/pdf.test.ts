import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { temporaryFolder } from "../support/host.ts";
import { pdfOfParagraphs } from "../support/pdf-lines.ts";
import { words } from "../support/pdf-text.ts";
import { JPEG, pngOf, turnedJpeg } from "../support/pictures.ts";
import { runProgram } from "../support/program.ts";
import { renderItem, renderPdf } from "../support/render-pdf.ts";
import { ORDERED_SCRIPTS, SHAPED_SCRIPTS, SYMBOLS } from "../support/scripts.ts";

/* What people search and print PDFs with: Poppler and qpdf, which know nothing of how they were made. */

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeAll(async () => (folder = await temporaryFolder()));
afterAll(() => folder.remove());

let files = 0;
async function saved(bytes: Buffer): Promise<string> {
  const file = join(folder.path, `${++files}.pdf`);
  await writeFile(file, bytes);
  return file;
}
const textOf = async (bytes: Buffer): Promise<string> => runProgram("pdftotext", [await saved(bytes), "-"]);
const plain = (text: string): string =>
  text.normalize("NFC").replace(/[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, "");
const squeezed = (text: string): string => plain(text).replace(/\s+/g, "");

/** Stops and digits part what runs right to left into pieces that pdftotext leaves in the order in which they are seen. */
const HEBREW = "הפגישה מחר בשעה תשע בבוקר נא להביא את הדוח";

test.each([...Object.entries(ORDERED_SCRIPTS).filter(([name]) => name !== "Hebrew"), ["Hebrew", HEBREW] as const])(
  "pdftotext gives %s in reading order",
  async (_, text) => {
    for (const bold of [false, true]) {
      expect(squeezed(await textOf(await pdfOfParagraphs([text], bold)))).toBe(squeezed(text));
    }
  },
);

const SPACELESS = /[\p{Script=Khmer}\p{Script=Lao}\p{Script=Myanmar}]/u;

test.each([...Object.entries(SHAPED_SCRIPTS), ...Object.entries(ORDERED_SCRIPTS)])(
  "pdftotext gives every word of %s",
  async (name, text) => {
    const given = await textOf(await pdfOfParagraphs([`${name} is what follows in Latin letters`, text]));
    if (SPACELESS.test(text) || /Chinese|Traditional|Japanese|Thai/.test(name)) {
      return expect(squeezed(given)).toContain(squeezed(text));
    }
    const bare = (from: string) => words(from.replace(/[.,;،؛۔:!-]/g, " "));
    for (const word of bare(text)) expect(bare(given)).toContain(word);
  },
);

test.each([
  [
    "on a page that is mostly left to right",
    "The quick brown fox jumps over the lazy dog and runs into the dark forest again",
  ],
  ["on a page that is mostly right to left", "אבגדהוזחטי כלמנסעפצקר שתאבגדהו זחטיכלמנס עפצקרשת אבגדהוז חטיכלמ נסעפצקר"],
])("numbers and foreign words stay apart from what runs to the left beside them, %s", async (_, around) => {
  const texts = ["שלום 12 עולם 345", "نص ١٢٣ آخر Latin هنا", "abc שלום xyz 77 יום"];
  const given = words(await textOf(await pdfOfParagraphs([around, ...texts])));
  for (const word of texts.flatMap(words)) expect(given).toContain(word);
});

test("on a page that is mostly right to left, pdftotext gives Hebrew with stops, numbers and Latin in reading order", async () => {
  const texts = [
    "שאלה קצרה: הלקוח חתם על החוזה ABC-123 נתראה בשלוש. #84327",
    "הפגישה מחר, בשעה תשע. נא להביא 12 דוחות (3 עמודים)",
    "נא להביא 12 דוחות (עד 3), בשנת 2026.",
    "שלום 12 עולם 345 טוב",
  ];
  const given = plain(await textOf(await pdfOfParagraphs(texts))).replace(/\u00a0/g, " ");
  for (const text of texts) expect(given).toContain(text);
});

test.each([62, 63, 119, 130])("pdftotext gives a letter with %i marks, and all its marks", async (marks) => {
  const said = `before Q${"\u0301".repeat(marks)}uiet after`;
  expect(squeezed(await textOf(await pdfOfParagraphs([said])))).toBe(squeezed(said));
});

/** Of words that lie on each other and are the same, pdftotext gives one: of so many marks, some. */
test("pdftotext gives a letter with 500 marks", async () => {
  const given = await textOf(await pdfOfParagraphs([`before Q${"\u0301".repeat(500)}uiet after`]));
  expect(words(given)).toEqual(["before", "Quiet", "after"]);
});

test("pdftotext gives symbols and emoji", async () => {
  expect(squeezed(await textOf(await pdfOfParagraphs([SYMBOLS])))).toBe(squeezed(SYMBOLS));
});

test("pdftotext gives each line of a document's head by itself, and pdfinfo that it is not whole", async () => {
  const source = "https://graph.microsoft.com/v1.0/chats/a/messages/1/hostedContents/a/$value";
  const body = { contentType: "html", content: `<p>see <img src="${source}"></p>` };
  const members = [
    { id: "u1", name: "Adele Vance", address: "adele@contoso.test" },
    { id: "u2", name: "Megan" },
  ];
  const chat = { type: "meeting", topic: "Budget 2026", members: [...members, { id: "u3" }] };
  const given = [{ name: "picture", missing: "content.gone" }];
  const documents = await renderPdf(
    ["1", "2", "3"].map((id) => renderItem({ id, body }, { chat, given })),
    {
      ...{ timeZone: "Europe/Berlin", limits: { messages: 2, pictureBytes: 1 } },
      head: { asOf: Date.UTC(2026, 2, 15), attachments: false, incomplete: true },
    },
  );
  const ofBoth = [
    "PARTIAL: No backup has covered the whole history of the account yet; messages may be missing",
    "Account whose view it is: Adele Vance <adele@contoso.test>",
    "Range: 2026-01-01 01:00:00 +01:00 to 2027-01-01 00:59:59 +01:00; all times are those of Europe/Berlin",
    "As of: 2026-03-15 01:00:00 +01:00; nothing that came later is told",
    "Content: Messages and system events, text only",
    "Chat id: 19:a@thread.v2",
    "Participants: 3, as last known",
    ...["Adele Vance <adele@contoso.test>", "Megan (address not known)", "u3"],
  ];
  const kind = "Meeting chat in Microsoft Teams";
  const parts = [
    [`${kind}, part 1; goes on in the next document of the conversation`, "", "2 items are"],
    [`${kind}, part 2 of 2, the last`, " 2", "1 item is"],
  ] as const;
  expect(documents).toHaveLength(parts.length);
  for (const [at, [first, mark, missing]] of parts.entries()) {
    const file = await saved(documents[at]?.bytes ?? Buffer.alloc(0));
    const lines = (await runProgram("pdftotext", ["-layout", file, "-"])).split("\n").map((line) => plain(line).trim());
    const head = lines.slice(1, lines.indexOf("Monday, 2 March 2026")).filter(Boolean);
    const partial = `PARTIAL: ${missing} missing, see MISSING.csv`;
    expect(head).toEqual([first, `Conversation: Budget 2026${mark}`, partial, ...ofBoth]);
    const info = await runProgram("pdfinfo", [file]);
    expect(/^Title: +(.*)$/m.exec(info)?.[1]).toBe(`Budget 2026${mark}`);
    expect(info).toMatch(/^Subject: +PARTIAL\. Chat in Microsoft Teams from 2026-01-01 01:00:00 /m);
    expect(info).toContain("as of 2026-03-15 01:00:00 +01:00. Messages and system events, text only. As seen by Adele");
  }
});

test("qpdf and pdfinfo accept a document with everything in it, and find no script", async () => {
  const source = "https://graph.microsoft.com/v1.0/chats/a/messages/1/hostedContents";
  const pictures = ["a", "b", "c"].map((id) => `<img src="${source}/${id}/$value">`).join("");
  const table = "<table><tr><th>a</th><th>b</th></tr><tr><td>1</td><td>2</td></tr></table>";
  const texts = Object.values({ ...ORDERED_SCRIPTS, ...SHAPED_SCRIPTS, SYMBOLS });
  const content = `${pictures}${table}<p><a href="https://contoso.com">link</a></p>${texts.map((text) => `<p>${text}</p>`).join("")}`;
  const given = [
    { name: "a.jpg", bytes: turnedJpeg(6) },
    { name: "b.jpg", bytes: JPEG },
    { name: "c.png", bytes: pngOf(40, 30, { alpha: true, colorType: 6 }) },
  ];
  const items = Array.from({ length: 30 }, (_, at) =>
    renderItem({ id: `${at}`, body: { contentType: "html", content } }, { given }),
  );
  const [document] = await renderPdf(items);
  const file = await saved(document?.bytes ?? Buffer.alloc(0));
  expect(await runProgram("qpdf", ["--check", file])).toContain("No syntax or stream encoding errors found");
  const info = await runProgram("pdfinfo", [file]);
  expect(info).toMatch(/JavaScript:\s+no/);
  expect(info).toMatch(/Title:\s+Budget 2026/);
  expect(Number(/Pages:\s+(\d+)/.exec(info)?.[1])).toBeGreaterThan(20);
  expect(await runProgram("pdffonts", [file])).not.toMatch(/CID TrueType\s+\S+\s+(no|yes no|yes yes no)/);
});
