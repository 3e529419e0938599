import type { Handler } from "./call.ts";

export interface Route<Kind extends string> {
  readonly method: string;
  /** Segments; `:name` takes any one non-empty segment. Literals match without regard to case, as Graph's do. */
  readonly pattern: readonly string[];
  readonly kind: Kind;
  readonly handler: Handler;
}

export const route = <Kind extends string>(
  method: string,
  pattern: string,
  kind: Kind,
  handler: Handler,
): Route<Kind> => ({
  method,
  pattern: pattern.split("/").slice(1),
  kind,
  handler,
});

export interface Match<Kind extends string> {
  readonly route: Route<Kind>;
  readonly params: Record<string, string>;
}

/** "path" where the path exists with other methods. */
export function match<Kind extends string>(
  routes: readonly Route<Kind>[],
  method: string,
  segments: readonly string[],
): Match<Kind> | "path" | undefined {
  let pathKnown = false;
  for (const candidate of routes) {
    const params = bind(candidate.pattern, segments);
    if (params === undefined) continue;
    if (candidate.method === method) return { route: candidate, params };
    pathKnown = true;
  }
  return pathKnown ? "path" : undefined;
}

function bind(pattern: readonly string[], segments: readonly string[]): Record<string, string> | undefined {
  if (pattern.length !== segments.length) return undefined;
  const params: Record<string, string> = {};
  for (const [n, part] of pattern.entries()) {
    const segment = segments[n] as string;
    if (part.startsWith(":")) {
      if (segment === "") return undefined;
      params[part.slice(1)] = segment;
    } else if (part.toLowerCase() !== segment.toLowerCase()) return undefined;
  }
  return params;
}
