import { PageContent } from "../../shared/downloads/render/pdf/file/page-content.ts";
import { PdfFile } from "../../shared/downloads/render/pdf/file/pdf-file.ts";
import { DocumentFonts } from "../../shared/downloads/render/pdf/type/cid-font.ts";
import { openFontFaces } from "../../shared/downloads/render/pdf/type/font-face.ts";
import { setParagraph } from "../../shared/downloads/render/pdf/type/paragraph.ts";
import type { TextLine } from "../../shared/downloads/render/pdf/type/text-line.ts";
import { Shaper } from "../../shared/downloads/render/pdf/type/shaper.ts";

const WIDTH = 400;
const LINE = 22;
const style = { size: 12, color: "0 0 0" };

/** Sets a paragraph in lines, as the renderer does. */
export async function linesOf(text: string, width = WIDTH, bold = false): Promise<TextLine[]> {
  const shaper = new Shaper(await openFontFaces());
  return setParagraph(shaper, [{ kind: "text", text, style: { ...style, bold } }], width);
}

/** A page of paragraphs and nothing else. */
export async function pdfOfParagraphs(texts: readonly string[], bold = false): Promise<Buffer> {
  const file = new PdfFile();
  const { context } = file;
  const fonts = new DocumentFonts(file);
  const content = new PageContent(fonts);
  const lines = (await Promise.all(texts.map((text) => linesOf(text, WIDTH, bold)))).flat();
  const height = (lines.length + 2) * LINE;
  lines.forEach((line, at) => content.text(line, 50, height - (at + 1) * LINE));
  const [dictionary, pages] = [file.reserve(), file.reserve()];
  fonts.write(dictionary);
  const page = context.obj({
    ...{ Type: "Page", Parent: pages, MediaBox: [0, 0, WIDTH + 100, height], Resources: { Font: dictionary } },
    Contents: file.putStream(Buffer.from(content.operators)),
  });
  file.put(context.obj({ Type: "Pages", Kids: [file.put(page)], Count: 1 }), pages);
  file.end(file.put(context.obj({ Type: "Catalog", Pages: pages })), file.put(context.obj({})));
  return Buffer.from(file.take());
}
