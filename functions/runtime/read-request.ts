import type { HttpRequest } from "@azure/functions";
import { z } from "zod";
import { AppError } from "../../shared/platform/errors.ts";
import { wordIssue } from "./word-issue.ts";

export const MAX_BODY_BYTES = 1_048_576;
const nothing = z.strictObject({});

/** Told one by one; the rest is counted. */
const MOST_ISSUES = 100;
const IN_DETAIL = 3;

/** Checks one part of a request. Only what a caller sent is their mistake: an error of zod from anywhere else is a bug. Throws
 * `request.query` or `request.body`, whose detail begins with what is wrong, for those who show it alone. */
export function check<T>(schema: z.ZodType<T> | undefined, given: unknown, where: "query" | "body"): T {
  const parsed = (schema ?? (nothing as unknown as z.ZodType<T>)).safeParse(given, { error: wordIssue });
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.flatMap((issue) => told(issue));
  // A value may break several rules that are told in the same words.
  const once = new Map(issues.map((issue) => [JSON.stringify(issue), issue]));
  throw refused(where, [...once.values()]);
}

function refused(where: "query" | "body", issues: readonly Told[]): AppError {
  const shown = issues.slice(0, IN_DETAIL).map(({ path, message }) => `${path === "" ? "it" : path} ${message}`);
  const more = issues.length - shown.length;
  const detail = [...shown, ...(more > 0 ? [`and ${more.toLocaleString("en")} more`] : [])].join("; ");
  return new AppError("invalid", `request.${where}`, `The ${where} is not right: ${detail}`, {
    issues: issues.slice(0, MOST_ISSUES),
  });
}

interface Told {
  readonly path: string;
  readonly message: string;
}

function told(issue: z.core.$ZodIssue, above: readonly PropertyKey[] = []): Told[] {
  const path = [...above, ...issue.path];
  const at = (...deeper: PropertyKey[]) => [...path, ...deeper].map((key) => String(key).slice(0, 100)).join(".");
  if (issue.code === "unrecognized_keys") return issue.keys.map((key) => ({ path: at(key), message: issue.message }));
  const meant = issue.code === "invalid_union" ? meantBranch(issue.errors) : undefined;
  return meant ? meant.flatMap((inner) => told(inner, path)) : [{ path: at(), message: issue.message }];
}

/** Of a choice of shapes, the one that knows every name that was given; none where that leaves a choice. */
function meantBranch(branches: readonly z.core.$ZodIssue[][]): z.core.$ZodIssue[] | undefined {
  const [meant, ...others] = branches.filter((issues) => !issues.some(({ code }) => code === "unrecognized_keys"));
  return others.length === 0 && branches.length > 1 ? meant : undefined;
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
