import { getDocument } from "pdfjs-dist/legacy/build/pdf.mjs";

export interface ReadPdf {
  /** Of each page, with a line end behind each line. */
  readonly pages: readonly string[];
  /** What is drawn at once, with its points from the left edge and its width. */
  readonly placed: readonly { readonly text: string; readonly x: number; readonly width: number }[];
  /** Addresses that links lead to. */
  readonly links: readonly string[];
  readonly outline: readonly string[];
  readonly info: Readonly<Record<string, unknown>>;
  /** Names of scripts, open actions and files inside. */
  readonly active: readonly string[];
}

/** Reads a PDF with a reader that knows nothing of how it was made. */
export async function readPdf(data: Uint8Array): Promise<ReadPdf> {
  const task = getDocument({ data: new Uint8Array(data), useSystemFonts: false, verbosity: 0 });
  const document = await task.promise;
  try {
    const [pages, links]: [string[], string[]] = [[], []];
    const placed: { text: string; x: number; width: number }[] = [];
    for (let number = 1; number <= document.numPages; number++) {
      const page = await document.getPage(number);
      const { items } = await page.getTextContent();
      pages.push(items.map((item) => ("str" in item ? `${item.str}${item.hasEOL ? "\n" : ""}` : "")).join(""));
      for (const item of items) {
        if ("str" in item) placed.push({ text: item.str, x: Number(item.transform[4]), width: item.width });
      }
      for (const { url } of (await page.getAnnotations()) as { url?: string }[]) if (url) links.push(url);
      page.cleanup();
    }
    const outline = ((await document.getOutline()) as Entry[] | null) ?? [];
    const { info } = await document.getMetadata();
    const active = [
      ...Object.keys((await document.getJSActions()) ?? {}),
      ...((await document.getOpenAction()) ? ["open action"] : []),
      ...Object.keys((await document.getAttachments()) ?? {}),
    ];
    return { pages, placed, links, outline: titles(outline), info: info as Record<string, unknown>, active };
  } finally {
    await task.destroy();
  }
}

interface Entry {
  readonly title: string;
  readonly items: readonly Entry[];
}

const titles = (entries: readonly Entry[]): string[] =>
  entries.flatMap(({ title, items }) => [title, ...titles(items)]);

/** A text's words without marks and the controls of direction, compatibility characters resolved. */
export const words = (text: string): string[] =>
  text
    .normalize("NFKD")
    .replace(/[\p{M}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, "")
    .normalize("NFC")
    .split(/\s+/)
    .filter((word) => word !== "");
