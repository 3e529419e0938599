import type { HttpRequest } from "@azure/functions";
import { z } from "zod";
import { AppError } from "../../shared/platform/errors.ts";

export const MAX_BODY_BYTES = 1_048_576;
const nothing = z.strictObject({});

/** Checks one part of a request. Only what a caller sent is their mistake: an error of zod from anywhere else is a bug. */
export function check<T>(schema: z.ZodType<T> | undefined, given: unknown, where: "query" | "body"): T {
  const parsed = (schema ?? (nothing as unknown as z.ZodType<T>)).safeParse(given);
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.flatMap(({ path, message, ...issue }) =>
    issue.code === "unrecognized_keys"
      ? issue.keys.map((key) => ({ path: [...path, key].map(String).join("."), message: "is not known here" }))
      : [{ path: path.map(String).join("."), message }],
  );
  throw new AppError("invalid", `request.${where}`, `The ${where} does not match its description`, { issues });
}

/** The body as JSON; an empty one is `{}` where the route takes none. Throws `request.too_large` above 1 MiB without reading
 * on, and `request.content_type`, `request.json`. */
export async function readJson(request: HttpRequest): Promise<unknown> {
  const bytes = await readBytes(request);
  if (bytes.length === 0) return {};
  const type = request.headers.get("content-type") ?? "";
  if (!/^application\/(json|[\w.+-]+\+json)\s*(;|$)/i.test(type)) {
    throw new AppError("invalid", "request.content_type", "The body must be application/json");
  }
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    throw new AppError("invalid", "request.json", "The body is not JSON");
  }
}

async function readBytes(request: HttpRequest): Promise<Uint8Array> {
  const tooLarge = () =>
    new AppError("too_large", "request.too_large", `A body may have ${MAX_BODY_BYTES} bytes at most`);
  if (Number(request.headers.get("content-length") ?? 0) > MAX_BODY_BYTES) throw tooLarge();
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request.body ?? []) {
    const bytes = chunk as Uint8Array;
    size += bytes.length;
    if (size > MAX_BODY_BYTES) throw tooLarge();
    chunks.push(bytes);
  }
  return Buffer.concat(chunks, size);
}
