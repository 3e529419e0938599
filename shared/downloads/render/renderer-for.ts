import { AppError } from "../../platform/errors.ts";
import type { DownloadFormat } from "../download.contract.ts";
import { csvRenderer } from "./csv/csv-renderer.ts";
import { emlRenderer } from "./eml/eml-renderer.ts";
import { pdfRenderer } from "./pdf/pdf-renderer.ts";
import type { Renderer, RenderMeans } from "./renderer.ts";

type CreateRenderer = (means: RenderMeans) => Renderer;

const RENDERERS: Readonly<Record<DownloadFormat, CreateRenderer | undefined>> = {
  csv: ({ timeZone }) => csvRenderer(timeZone),
  eml: emlRenderer,
  pdf: pdfRenderer,
};

/** Throws `download.format`, with the formats that this release makes. */
export function rendererFor(format: DownloadFormat, means: RenderMeans): Renderer {
  return creatorOf(format)(means);
}

export const mustBeRendered = (format: DownloadFormat): void => void creatorOf(format);

function creatorOf(format: DownloadFormat): CreateRenderer {
  const create = RENDERERS[format];
  if (create) return create;
  const made = Object.entries(RENDERERS).flatMap(([name, creator]) => (creator ? [name] : []));
  const message = `must be ${made.length > 1 ? "one of " : ""}${made.join(", ")}`;
  throw new AppError(
    "invalid",
    "download.format",
    `This release cannot make ${format} downloads; it makes ${made.join(", ")}`,
    {
      issues: [{ path: "format", message }],
    },
  );
}
