import type { DownloadFormat } from "../download.contract.ts";
import { csvRenderer } from "./csv/csv-renderer.ts";
import { emlRenderer } from "./eml/eml-renderer.ts";
import { pdfRenderer } from "./pdf/pdf-renderer.ts";
import type { Renderer, RenderMeans } from "./renderer.ts";

const RENDERERS: Readonly<Record<DownloadFormat, (means: RenderMeans) => Renderer>> = {
  csv: ({ head }) => csvRenderer(head.timeZone),
  eml: ({ head, open }) => emlRenderer(head.timeZone, open),
  pdf: (means) => pdfRenderer(means),
};

export const rendererFor = (format: DownloadFormat, means: RenderMeans): Renderer => RENDERERS[format](means);
