import { mkdir, readFile, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { PDFDocument, rgb } from "pdf-lib";
import { PNG } from "pngjs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { temporaryFolder } from "../support/host.ts";
import { packedPng } from "../support/pictures.ts";
import { runProgram } from "../support/program.ts";
import { renderItem, renderPdf } from "../support/render-pdf.ts";

/* Pictures as Poppler draws them, in documents and by itself. */

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeAll(async () => (folder = await temporaryFolder()));
afterAll(() => folder.remove());

let files = 0;
async function drawn(pdf: Uint8Array, ...options: string[]): Promise<Buffer> {
  const own = join(folder.path, `${++files}`);
  await mkdir(own);
  await writeFile(join(own, "in.pdf"), pdf);
  await runProgram("pdftoppm", ["-r", "72", "-f", "1", "-l", "1", ...options, join(own, "in.pdf"), join(own, "page")]);
  const name = (await readdir(own)).find((one) => one.startsWith("page"));
  return readFile(join(own, name ?? ""));
}

/** Red at the left, blue at the right. */
async function twoColors(): Promise<Uint8Array> {
  const document = await PDFDocument.create();
  const page = document.addPage([160, 80]);
  page.drawRectangle({ x: 0, y: 0, width: 80, height: 80, color: rgb(1, 0, 0) });
  page.drawRectangle({ x: 80, y: 0, width: 80, height: 80, color: rgb(0, 0, 1) });
  return document.save();
}

/** The colours that a document's first page shows, each with the number of its pixels, coarse: text and edges aside. */
async function colorsOf(name: string, bytes: Buffer): Promise<ReadonlyMap<string, number>> {
  const source = "https://graph.microsoft.com/v1.0/chats/a/messages/1/hostedContents/a/$value";
  const body = { contentType: "html", content: `<p><img src="${source}" width="160" height="80"></p>` };
  const [document] = await renderPdf([renderItem({ body }, { given: [{ name, bytes }] })]);
  const { data } = PNG.sync.read(await drawn(document?.bytes ?? Buffer.alloc(0), "-png"));
  const found = new Map<string, number>();
  for (let at = 0; at < data.length; at += 4) {
    const color = [0, 1, 2].map((part) => Math.round((data[at + part] ?? 0) / 64)).join("");
    found.set(color, (found.get(color) ?? 0) + 1);
  }
  return found;
}
/** Nearly half of 160 by 80 pixels of CSS. */
const HALF = 3_000;

test.each([
  ["JPEG", ["-jpeg"], "400", "004"],
  ["grey JPEG", ["-jpeg", "-gray"], "111", "000"],
  ["progressive JPEG", ["-jpeg", "-jpegopt", "progressive=y"], "400", "004"],
  ["JPEG in Adobe's inks, as inks look", ["-jpegcmyk"], "401", "112"],
])("a %s has its colours", async (_, options, left, right) => {
  const colors = await colorsOf("a.jpg", await drawn(await twoColors(), ...options));
  expect(
    [colors.get(left) ?? 0, colors.get(right) ?? 0].every((count) => count > HALF),
    JSON.stringify([...colors]),
  ).toBe(true);
});

test.each([
  ["of 16 bits", { bits: 16, type: 2 }],
  ["that is interlaced", { bits: 8, type: 2, interlaced: true }],
  ["of 16 bits that is interlaced", { bits: 16, type: 2, interlaced: true }],
  ["with a palette", { bits: 8, type: 3 }],
  ["with a palette of four bits", { bits: 4, type: 3 }],
  ["with a palette and transparency", { bits: 8, type: 3, transparent: true }],
  ["of 16 bits with opacity", { bits: 16, type: 6 }],
] as const)("a PNG %s has its colours", async (_, kind) => {
  const colors = await colorsOf("a.png", packedPng(16, 8, kind));
  const wanted = "transparent" in kind ? ["400", "444"] : ["400", "004"];
  expect(
    wanted.every((color) => (colors.get(color) ?? 0) > HALF),
    JSON.stringify([...colors]),
  ).toBe(true);
});

/** Of a page, how high the highest stroke is that stands between two distances from the left edge, in points. */
async function highestStroke(content: string, from: number, to: number): Promise<number> {
  const [document] = await renderPdf([renderItem({ body: { contentType: "html", content } })]);
  const { data, width, height } = PNG.sync.read(await drawn(document?.bytes ?? Buffer.alloc(0), "-png", "-r", "144"));
  let highest = 0;
  for (let x = Math.floor(from * 2); x <= Math.ceil(to * 2); x++) {
    let run = 0;
    for (let y = 0; y < height; y++) {
      run = (data[4 * (y * width + x)] ?? 255) < 245 ? run + 1 : 0;
      highest = Math.max(highest, run);
    }
  }
  return highest / 2;
}
/** Of what messages say, which stands 14 points in. */
const [LEFT, RIGHT] = [56 + 14, 595.28 - 56];

test("a cell that spans rows has its edges beside all of them", async () => {
  const table = (first: string, ...others: string[]) =>
    `<table><tr>${first}<td>x</td></tr>${others.map((cell) => `<tr>${cell}<td>y</td></tr>`).join("")}</table>`;
  const whole = await highestStroke(table("<td>a</td>", "<td>b</td>", "<td>c</td>"), LEFT, LEFT + 1);
  expect(whole).toBeGreaterThan(50);
  expect(await highestStroke(table('<td rowspan="3">a</td>', "", ""), LEFT, LEFT + 1)).toBeCloseTo(whole, 0);
});

test("the bar of a quote stands where its text begins", async () => {
  const quote = (said: string) => `<blockquote>${said}<br>${said}<br>${said}</blockquote>`;
  const [english, hebrew] = [quote("said"), quote("\u05d0\u05de\u05e8")];
  expect(await highestStroke(english, LEFT, LEFT + 4)).toBeGreaterThan(40);
  expect(await highestStroke(english, RIGHT - 4, RIGHT)).toBeLessThan(20);
  expect(await highestStroke(hebrew, RIGHT - 4, RIGHT)).toBeGreaterThan(40);
  expect(await highestStroke(hebrew, LEFT, LEFT + 4)).toBeLessThan(20);
});
