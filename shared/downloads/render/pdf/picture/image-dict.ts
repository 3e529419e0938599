import type { PDFDict } from "pdf-lib";
import type { PdfFile } from "../file/pdf-file.ts";

/** What a PDF says of an image; its size is in pixels. */
export const imageDict = (
  file: PdfFile,
  { width, height }: { readonly width: number; readonly height: number },
  entries: Readonly<Record<string, string | number>>,
): PDFDict => file.context.obj({ Type: "XObject", Subtype: "Image", Width: width, Height: height, ...entries });
