import { randomBytes } from "node:crypto";
import { mkdir, readFile, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { PDFDocument, rgb } from "pdf-lib";
import { PNG } from "pngjs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { temporaryFolder } from "../support/host.ts";
import { packedPng, pngOfRows } from "../support/pictures.ts";
import { runProgram } from "../support/program.ts";
import { pictureItem, renderItem, renderPdf } from "../support/render-pdf.ts";

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
  const [document] = await renderPdf([pictureItem(name, bytes)]);
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

const SAMPLES = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 } as const;

/** Rows of each filter in turn, most of their bytes 0. */
function sparseRows(width: number, height: number, bits: number, type: keyof typeof SAMPLES): Buffer {
  const length = 1 + Math.ceil((width * SAMPLES[type] * bits) / 8);
  let state = 1;
  const next = () => (state = (state * 48_271) % 2_147_483_647) >> 8;
  const rows = Buffer.alloc(length * height, 0);
  for (let at = 0; at < rows.length; at++) {
    rows[at] = at % length === 0 ? (at / length) % 5 : next() % 3 === 0 ? next() & 255 : 0;
  }
  return rows;
}

/** Of the pictures in a document, in the order of Poppler. */
async function picturesIn(pdf: Uint8Array): Promise<PNG[]> {
  const own = join(folder.path, `${++files}`);
  await mkdir(own);
  await writeFile(join(own, "in.pdf"), pdf);
  await runProgram("pdfimages", ["-png", join(own, "in.pdf"), join(own, "image")]);
  const names = (await readdir(own)).filter((name) => name.startsWith("image")).sort();
  return Promise.all(names.map(async (name) => PNG.sync.read(await readFile(join(own, name)))));
}

const palette = (bits: number) => Buffer.from(Array.from({ length: 3 << bits }, (_, at) => (at * 37) & 255));

test.each([
  ["grey of 1 bit, one transparent", { bits: 1, type: 0, transparent: [0, 0] }],
  ["grey of 4 bits, one transparent", { bits: 4, type: 0, transparent: [0, 0] }],
  ["grey of 16 bits, one transparent", { bits: 16, type: 0, transparent: [0, 0] }],
  ["of 8 bits", { bits: 8, type: 2 }],
  ["of 8 bits, one transparent", { bits: 8, type: 2, transparent: [0, 0, 0, 0, 0, 0] }],
  ["of 16 bits, one transparent", { bits: 16, type: 2, transparent: [0, 0, 0, 0, 0, 0] }],
  ["of a palette of 2 bits with opacity", { bits: 2, type: 3, transparent: [9, 255, 80] }],
  ["of a palette of 8 bits with opacity", { bits: 8, type: 3, transparent: [9, 255, 80] }],
  ["grey of 8 bits with opacity", { bits: 8, type: 4 }],
  ["grey of 16 bits with opacity", { bits: 16, type: 4 }],
  ["of 8 bits with opacity", { bits: 8, type: 6 }],
  ["of 16 bits with opacity", { bits: 16, type: 6 }],
] as const)("pixels %s come out as they went in, whatever their filters", async (_, { bits, type, ...more }) => {
  const [width, height] = [37, 25];
  const bytes = pngOfRows(width, height, {
    ...{ bits, type, rows: sparseRows(width, height, bits, type) },
    ...(type === 3 ? { palette: palette(bits) } : {}),
    ...("transparent" in more ? { transparent: Buffer.from(more.transparent) } : {}),
  });
  const [document] = await renderPdf([pictureItem("a.png", bytes)]);
  const [image, mask] = await picturesIn(document?.bytes ?? Buffer.alloc(0));
  const { data } = PNG.sync.read(bytes);
  let [colors, opacity] = [0, 0];
  for (let at = 0; at < data.length; at++) {
    const given = at % 4 < 3 ? image?.data[at] : (mask?.data[at - 3] ?? 255);
    const difference = Math.abs((given ?? -1_000) - (data[at] ?? 0));
    if (at % 4 < 3) colors = Math.max(colors, difference);
    else opacity = Math.max(opacity, difference);
  }
  // Of 16 bits the lower eight are rounded, or left out.
  const rounding = bits === 16 ? 1 : 0;
  expect(colors).toBeLessThanOrEqual(rounding);
  expect(opacity).toBeLessThanOrEqual(rounding);
  expect(mask !== undefined).toBe(type === 4 || type === 6 || "transparent" in more);
});

/** Less than such a picture unpacks to; the engine lets some 64 MB of buffers gather that nothing needs any longer. */
const LITTLE = 90_000_000;

/** What rendering a picture takes in a process of its own, in bytes of resident memory. */
async function memoryFor(bytes: Buffer, isDrawn = true): Promise<number> {
  const file = join(folder.path, `${++files}.png`);
  await writeFile(file, bytes);
  const script = fileURLToPath(new URL("../support/pdf-of-picture.ts", import.meta.url));
  const [memory, images] = (await runProgram(process.execPath, [script, file])).trim().split(" ").map(Number);
  expect((images ?? 0) > 0).toBe(isDrawn);
  return memory ?? Number.POSITIVE_INFINITY;
}

test.each([
  ["of 16 bits with opacity", { bits: 16, type: 6 }],
  ["of 8 bits with opacity", { bits: 8, type: 6 }],
  ["of 16 bits", { bits: 16, type: 2 }],
  ["of 16 bits, one transparent", { bits: 16, type: 2, transparent: Buffer.alloc(6) }],
] as const)("a PNG of 16 megapixels %s takes little more memory than a small one", async (_, kind) => {
  const of = (width: number, height: number) =>
    pngOfRows(width, height, {
      ...kind,
      rows: Buffer.alloc(height * (1 + (width * SAMPLES[kind.type] * kind.bits) / 8)),
    });
  const small = await memoryFor(of(16, 16));
  expect((await memoryFor(of(4_000, 4_000))) - small).toBeLessThan(LITTLE);
});

test("an interlaced PNG that unpacks to more than it says takes little more memory than one that does not", async () => {
  const of = (bytes: number) => pngOfRows(100, 100, { bits: 8, type: 0, interlaced: true, rows: Buffer.alloc(bytes) });
  expect((await memoryFor(of(200_000_000), false)) - (await memoryFor(of(100), false))).toBeLessThan(LITTLE);
});

test("a PNG of a million chunks takes little more memory than a small one", async () => {
  const [width, height] = [1_000, 1_000];
  const rows = randomBytes(height * (1 + width));
  for (let at = 0; at < rows.length; at += 1 + width) rows[at] = 0;
  const small = await memoryFor(pngOfRows(16, 16, { bits: 8, type: 0, rows: Buffer.alloc(16 * 17) }));
  expect((await memoryFor(pngOfRows(width, height, { bits: 8, type: 0, rows, chunkBytes: 1 }))) - small).toBeLessThan(
    LITTLE,
  );
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
