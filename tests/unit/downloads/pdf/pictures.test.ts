import { createHash, randomBytes } from "node:crypto";
import { Readable } from "node:stream";
import { expect, test } from "vitest";
import { readJpeg } from "../../../../shared/downloads/render/pdf/picture/jpeg.ts";
import { AppError } from "../../../../shared/platform/errors.ts";
import { readPdf } from "../../../support/pdf-text.ts";
import {
  JPEG,
  lyingPng,
  noisyPng,
  packedPng,
  pngOf,
  type PngRows,
  pngOfRows,
  pngWith,
  sizedJpeg,
  turnedJpeg,
} from "../../../support/pictures.ts";
import { type GivenContent, renderItem, renderPdf } from "../../../support/render-pdf.ts";

const hosted = (id: string): string =>
  `https://graph.microsoft.com/v1.0/chats/a/messages/1/hostedContents/${id}/$value`;
const picture = (id: string, more = ""): string => `<img src="${hosted(id)}" alt="image" ${more}>`;
const item = (content: string, given: readonly GivenContent[], id = "1") =>
  renderItem({ id, body: { contentType: "html", content } }, { given });
const images = (bytes: Buffer): number => bytes.toString("latin1").split("/Subtype /Image").length - 1;

async function one(name: string, bytes: Buffer): Promise<{ bytes: Buffer; text: string }> {
  const [document] = await renderPdf([item(`<p>look ${picture("p")}</p>`, [{ name, bytes }])]);
  const rendered = document?.bytes ?? Buffer.alloc(0);
  return { bytes: rendered, text: (await readPdf(rendered)).pages.join("") };
}

/** Eight pixels. */
function tiny(bits: number, type: number, row: readonly number[], palette?: number): Buffer {
  const size = [0, 0, 0, 8, 0, 0, 0, 1];
  return pngWith(
    [...size, bits, type, 0, 0, 0],
    Buffer.from(row),
    palette === undefined ? undefined : Buffer.alloc(palette),
  );
}

test.each([
  ["a JPEG", "image.jpg", JPEG, 1],
  ["a JPEG that lies on its side", "image.jpg", turnedJpeg(6), 1],
  ["a PNG", "image.png", pngOf(30, 20), 1],
  ["a PNG of 16 megapixels", "image.png", lyingPng(4_000, 4_000, 4_000 * (1 + 3 * 4_000)), 1],
  ["a grey PNG", "image.png", pngOf(30, 20, { colorType: 0 }), 1],
  ["a PNG of two colours", "image.png", tiny(1, 3, [4, 0x5a], 6), 1],
  ["a transparent PNG, with its mask", "image.png", pngOf(30, 20, { alpha: true, colorType: 6 }), 2],
])("%s stands in the document, with the name of its file", async (_, name, bytes, count) => {
  const rendered = await one(name, bytes);
  expect(images(rendered.bytes)).toBe(count);
  expect(rendered.text).toContain(`Attachments/${name}`);
});

test("a picture that Teams hosts stands in the document whatever type its source said, a file only as what it is called", async () => {
  expect(images((await one("content.bin", JPEG)).bytes)).toBe(1);
  expect(images((await one("image.bin", pngOf(30, 20))).bytes)).toBe(1);
  expect(images((await one("content.bin", Buffer.from("print(1)"))).bytes)).toBe(0);
  const attachments = [{ id: "f", contentType: "reference", contentUrl: "https://x.example/a.bin", name: "a.bin" }];
  const [document] = await renderPdf([renderItem({ attachments }, { given: [{ name: "a.bin", bytes: JPEG }] })]);
  expect(images(document?.bytes ?? Buffer.alloc(0))).toBe(0);
});

test.each([
  ["what is damaged", "image.png", pngOf(30, 20).subarray(0, 60)],
  ["a PNG of 17 megapixels", "image.png", lyingPng(4_250, 4_000, 4_000 * (1 + 3 * 4_250))],
  ["a JPEG of 17 megapixels", "image.jpg", sizedJpeg(4_250, 4_000)],
  ["a JPEG without height", "image.jpg", sizedJpeg(16, 0)],
  ["what unpacks to less than it says", "image.png", lyingPng(100, 100, 50)],
  ["what unpacks to more than it says", "image.png", lyingPng(10, 10, 50_000_000)],
  ["a grey PNG of 3 bits", "image.png", tiny(3, 0, [0, 0x5a, 0x5a, 0x5a])],
  ["a PNG of colours of 4 bits", "image.png", tiny(4, 2, [0, ...Buffer.alloc(12)])],
  ["a PNG of 65536 named colours", "image.png", tiny(16, 3, [0, ...Buffer.alloc(16)], 6)],
  ["a PNG without a colour to name", "image.png", tiny(8, 3, [0, ...Buffer.alloc(8)], 0)],
  ["a PNG of which a colour is cut off", "image.png", tiny(8, 3, [0, ...Buffer.alloc(8)], 5)],
  ["a PNG whose row is packed as nobody knows", "image.png", tiny(8, 0, [5, ...Buffer.alloc(8)])],
  ["what is another kind than its name says", "image.jpg", Buffer.from("<html>sign in</html>")],
  ["what is another kind", "image.gif", Buffer.from("GIF89a")],
])("%s is a line that names its file", async (_, name, bytes) => {
  const rendered = await one(name, bytes);
  expect(images(rendered.bytes)).toBe(0);
  expect(rendered.text).toContain(`[Picture · Attachments/${name}]`);
});

test("a picture that is missing is a line that says why, and one that was not asked for a line that says so much", async () => {
  const missing = item(picture("a"), [{ name: "picture", missing: "no_access" }]);
  const unasked = item(picture("b"), [{ name: "picture" }], "2");
  const [document] = await renderPdf([missing, unasked]);
  const { pages } = await readPdf(document?.bytes ?? Buffer.alloc(0));
  expect(pages.join("")).toContain("[Picture · missing: no_access]");
  expect(pages.join("")).toContain("[Picture]");
});

test("one picture is in a document once, however often it is shown", async () => {
  const given = [{ name: "image.png", bytes: pngOf(30, 20) }];
  const [document] = await renderPdf(["1", "2", "3"].map((id) => item(picture("p"), given, id)));
  expect(images(document?.bytes ?? Buffer.alloc(0))).toBe(1);
});

test("a document ends before its pictures are too many, and each has its own", async () => {
  const items = [10, 11, 12, 13].map((size) =>
    item(picture(`p${size}`), [{ name: `${size}.png`, bytes: pngOf(10 * size, 100) }], `${size}`),
  );
  const documents = await renderPdf(items, { limits: { messages: 100, pictureBytes: 1_500 } });
  expect(documents.length).toBeGreaterThan(1);
  expect(documents.reduce((sum, { bytes }) => sum + images(bytes), 0)).toBe(4);
});

/** As a camera's: of any length, and nothing to pack. */
const photo = (length: number): Buffer => Buffer.concat([JPEG, randomBytes(length - JPEG.length)]);

test.each([
  ["a JPEG", "image.jpg", () => photo(150_000)],
  ["a PNG that is small as a file and large when it is packed anew", "image.png", () => noisyPng(200, 200)],
])("%s that no zip could take beside the text is a line, and the document is whole", async (_, name, make) => {
  const most = 120_000;
  const given = [{ name, bytes: make() }];
  const documents = await renderPdf([item(`<p>before ${picture("p")} after</p>`, given)], {
    fits: (bytes) => bytes <= most,
  });
  expect(documents.map(({ messages }) => messages)).toEqual([1]);
  const bytes = documents[0]?.bytes ?? Buffer.alloc(0);
  expect(bytes.length).toBeLessThanOrEqual(most);
  expect(images(bytes)).toBe(0);
  const text = (await readPdf(bytes)).pages.join("");
  for (const said of ["before", `[Picture · Attachments/${name}]`, "after"]) expect(text).toContain(said);
});

test("of many pictures in one message one is in memory at a time, and those that do not fit are lines", async () => {
  const [count, size, most] = [40, 50_000, 1_000_000];
  const photos = Array.from({ length: count }, () => photo(size));
  const given = photos.map((bytes, at) => ({ name: `${at}.jpg`, bytes }));
  const shown = given.map((_, at) => picture(`p${at}`)).join("");
  let [held, mostHeld, written] = [0, 0, 0];
  const bySha = new Map(photos.map((bytes) => [createHash("sha256").update(bytes).digest("hex"), bytes]));
  const [document] = await renderPdf([item(`<p>first ${shown} last</p>`, given)], {
    fits: (bytes) => bytes <= most,
    open(sha256) {
      held += size;
      mostHeld = Math.max(mostHeld, held);
      return Promise.resolve(Readable.from([bySha.get(sha256) ?? Buffer.alloc(0)]));
    },
    wrote(bytes) {
      written = Math.max(written, bytes);
      held = Math.max(0, held - bytes);
    },
  });
  expect([mostHeld <= 2 * size, written <= 2 * size]).toEqual([true, true]);
  const bytes = document?.bytes ?? Buffer.alloc(0);
  expect(bytes.length).toBeLessThanOrEqual(most);
  expect(images(bytes)).toBeGreaterThan(10);
  const text = (await readPdf(bytes)).pages.join("");
  for (const { name } of given) expect(text).toContain(`Attachments/${name}`);
  expect(text).toContain("last");
  expect(text.match(/\[Picture/g)?.length).toBe(count - images(bytes));
});

test("a content of which the body says nothing has a line with its place, or why it is missing; one that it names has none", async () => {
  const reaction = (id: string) => ({
    ...{ reactionType: "custom", displayName: "wave", reactionContentUrl: hosted(id) },
    ...{ createdDateTime: "2026-03-02T09:00:00Z", user: { user: { id: "u", displayName: "U" } } },
  });
  const given = [
    { name: "shown.gif", bytes: Buffer.from("GIF89a") },
    { name: "wave.gif", bytes: Buffer.from("GIF89a2") },
    { name: "lost.gif", missing: "content.gone" },
  ];
  const raw = {
    body: { contentType: "html", content: `<p>look ${picture("p")}</p>` },
    reactions: [reaction("a"), reaction("b")],
  };
  const [document] = await renderPdf([renderItem(raw, { given })]);
  const text = (await readPdf(document?.bytes ?? Buffer.alloc(0))).pages.join("");
  expect(text).toContain("wave.gif · Attachments/wave.gif");
  expect(text).toContain("lost.gif · missing: content.gone");
  expect(text.split("shown.gif").length).toBe(2);
});

test("the contents of a deleted message have their lines", async () => {
  const [document] = await renderPdf([
    renderItem(
      {
        ...{ deletedDateTime: "2026-03-02T10:00:00Z", body: { contentType: "html", content: "" } },
        attachments: [{ id: "f", contentType: "reference", contentUrl: "https://x.example/a.docx", name: "a.docx" }],
      },
      { given: [{ name: "a.docx", bytes: Buffer.from("x") }] },
    ),
  ]);
  expect((await readPdf(document?.bytes ?? Buffer.alloc(0))).pages.join("")).toContain("Attachments/a.docx");
});

test("one message's pictures end where a document has enough of them", async () => {
  const given = [1, 2, 3].map((at) => ({ name: `${at}.jpg`, bytes: photo(10_000) }));
  const shown = given.map((_, at) => picture(`p${at}`)).join("");
  const limits = { messages: 100, pictureBytes: 15_000 };
  const [document] = await renderPdf([item(shown, given)], { limits });
  expect(images(document?.bytes ?? Buffer.alloc(0))).toBe(2);
  expect((await readPdf(document?.bytes ?? Buffer.alloc(0))).pages.join("")).toContain("[Picture · Attachments/3.jpg]");
});

test("a content that is longer than its record says is read no further than a picture may be long", async () => {
  let read = 0;
  async function* endless() {
    for (;;) {
      read += 1_000_000;
      yield Buffer.alloc(1_000_000);
    }
  }
  const given = [{ name: "image.png", bytes: pngOf(30, 20) }];
  const [document] = await renderPdf([item(picture("p"), given)], {
    open: () => Promise.resolve(Readable.from(endless(), { highWaterMark: 1 })),
  });
  expect(read).toBeLessThan(40_000_000);
  expect((await readPdf(document?.bytes ?? Buffer.alloc(0))).pages.join("")).toContain(
    "[Picture · Attachments/image.png]",
  );
});

test("a picture whose bytes are gone is a line, and storage that fails is an error", async () => {
  const open = (code: string) => () => Promise.reject(new AppError("unavailable", code, "x"));
  const given = [{ name: "image.png", bytes: pngOf(30, 20) }];
  const gone = item(picture("p"), given);
  const [document] = await renderPdf([gone], { open: open("storage.not_found") });
  expect((await readPdf(document?.bytes ?? Buffer.alloc(0))).pages.join("")).toContain(
    "[Picture · Attachments/image.png]",
  );
  await expect(renderPdf([gone], { open: open("storage.unavailable") })).rejects.toThrow("x");
});

test("an interlaced PNG of many pixels is a line that says why, a smaller one stands in the document", async () => {
  const interlaced = { bits: 8, type: 2, interlaced: true } as const;
  const large = await one("large.png", packedPng(2_000, 1_100, interlaced));
  expect(images(large.bytes)).toBe(0);
  expect(large.text).toContain("[Picture · Attachments/large.png · too large for an interlaced PNG]");
  expect(images((await one("small.png", packedPng(40, 30, interlaced))).bytes)).toBe(1);
});

test.each([
  ["one with opacity that unpacks to less than it says", { type: 6, data: 4_000 }],
  ["one with opacity that unpacks to more than it says", { type: 6, data: 50_000_000 }],
  ["one with a filter that there is not", { type: 6, data: 100 * 401, filter: 5 }],
  ["one with bits that its kind has not", { type: 6, data: 100 * 401, bits: 4 }],
  ["an interlaced one that unpacks to less than it says", { type: 0, data: 10_000, interlaced: true }],
  ["an interlaced one that unpacks to more than it says", { type: 0, data: 50_000_000, interlaced: true }],
  ["one whose palette ends within a colour", { type: 3, data: 100 * 101, palette: Buffer.alloc(4) }],
  ["one whose palette is less than a colour", { type: 3, data: 100 * 101, palette: Buffer.alloc(2) }],
  ["one whose palette is too long", { type: 3, data: 100 * 101, palette: Buffer.alloc(771) }],
  ["one without its palette", { type: 3, data: 100 * 101 }],
] as const)("%s is a line", async (_, { type, data, ...more }) => {
  const { filter = 0, ...kind }: { readonly filter?: number } & Partial<PngRows> = more;
  const bytes = pngOfRows(100, 100, { bits: 8, ...kind, type, rows: Buffer.alloc(data, filter) });
  const rendered = await one("image.png", bytes);
  expect(images(rendered.bytes)).toBe(0);
  expect(rendered.text).toContain("[Picture · Attachments/image.png]");
});

test("a JPEG says its size, colours and how it lies, and cut off it is none", () => {
  expect(readJpeg(JPEG)).toEqual({ width: 16, height: 8, components: 3, inverted: false, orientation: 1 });
  expect(readJpeg(turnedJpeg(6))?.orientation).toBe(6);
  for (let length = 0; length < 160; length++) expect(readJpeg(turnedJpeg(6).subarray(0, length))).toBeUndefined();
});
