/** The part of a route template between two slashes. */
type Segment =
  | { readonly kind: "text"; readonly text: string }
  | {
      readonly kind: "parameter";
      readonly name: string;
      readonly constraints: readonly string[];
      readonly isOptional: boolean;
      readonly otherwise: string | undefined;
    }
  | { readonly kind: "rest"; readonly name: string };

/** @param path without the slash at its beginning @returns the parameters when it matches, an escaped slash still escaped */
export type MatchRoute = (path: string) => Record<string, string> | undefined;

/**
 * Understands the templates that Functions takes: `{id}`, `{id:int}`, `{id?}`, `{id=7}`, `{*rest}`. Paths are compared
 * without regard to case; one slash at the end makes no difference, an empty segment matches nothing.
 */
export function compileRoute(template: string): MatchRoute {
  const segments = template
    .split("/")
    .filter((text) => text !== "")
    .map(parseSegment);
  return (path) => {
    const parts = path.replace(/\/$/, "").split("/");
    if (parts.length === 1 && parts[0] === "") parts.pop();
    return parts.includes("") ? undefined : match(segments, parts);
  };
}

function parseSegment(text: string): Segment {
  const inner = /^\{(.+)\}$/.exec(text)?.[1];
  if (inner === undefined) return { kind: "text", text: text.toLowerCase() };
  if (inner.startsWith("*")) return { kind: "rest", name: inner.replace(/^\*+/, "") };
  const [before = "", otherwise] = inner.split("=");
  const isOptional = before.endsWith("?");
  const [name = "", ...constraints] = before.replace(/\?$/, "").split(":");
  return { kind: "parameter", name, constraints, isOptional, otherwise };
}

function match(segments: readonly Segment[], parts: readonly string[]): Record<string, string> | undefined {
  const found: Record<string, string> = {};
  for (const [index, segment] of segments.entries()) {
    const part = parts[index];
    if (segment.kind === "rest") {
      const rest = parts.slice(index).map(unescape).join("/");
      if (rest !== "") found[segment.name] = rest;
      return found;
    }
    if (segment.kind === "text") {
      if (part === undefined || unescape(part).toLowerCase() !== segment.text) return undefined;
      continue;
    }
    const value = part === undefined ? segment.otherwise : unescape(part);
    if (value === undefined && !segment.isOptional) return undefined;
    if (value === undefined) continue;
    if (!segment.constraints.every((constraint) => fits(value, constraint))) return undefined;
    found[segment.name] = value;
  }
  return parts.length > segments.length ? undefined : found;
}

/** An escaped slash stays escaped, as in the real host; everything else is taken apart. */
function unescape(part: string): string {
  try {
    return part.split(/%2f/i).map(decodeURIComponent).join("%2F");
  } catch {
    return part;
  }
}

const patterns: Readonly<Record<string, RegExp>> = {
  int: /^-?\d+$/,
  long: /^-?\d+$/,
  alpha: /^[a-z]*$/i,
  bool: /^(true|false)$/i,
  guid: /^[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}$/i,
};

/** Constraints that nobody has needed yet are an error rather than a wrong answer. */
function fits(value: string, constraint: string): boolean {
  const pattern = patterns[constraint];
  if (pattern === undefined) throw new Error(`The route constraint "${constraint}" is not known to this host.`);
  return pattern.test(value);
}
