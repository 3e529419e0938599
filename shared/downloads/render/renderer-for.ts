import { AppError } from "../../platform/errors.ts";
import type { DownloadFormat } from "../download.contract.ts";
import { csvRenderer } from "./csv/csv-renderer.ts";
import type { Renderer } from "./renderer.ts";

type CreateRenderer = (timeZone: string) => Renderer;

const RENDERERS: Readonly<Record<DownloadFormat, CreateRenderer | undefined>> = {
  csv: csvRenderer,
  eml: undefined,
  pdf: undefined,
};

export const isRendered = (format: DownloadFormat): boolean => RENDERERS[format] !== undefined;

export function rendererFor(format: DownloadFormat, timeZone: string): Renderer {
  const create = RENDERERS[format];
  if (!create) throw new AppError("invalid", "download.format", "This format cannot be made yet");
  return create(timeZone);
}
