import type { PathKind } from "./path-kind.ts";
import { randomFrom, seedOf } from "./tenant/random.ts";

export type FaultKind =
  /** 429 with `retryAfter`. */
  | "throttle"
  /** An error answer with `status` (500, 502, 503, 504, 400, 401, 403, 404 …), `code` and `message`. */
  | "status"
  /** 402, as the licensing page documents it. */
  | "paymentRequired"
  /** An error with `status` (default 502) as a proxy gives it: a page of HTML, without a code. */
  | "html"
  /** 404 without a body, as seen in production. */
  | "emptyNotFound"
  /** 200 whose JSON or bytes end in the middle while the connection closes in order. */
  | "truncate"
  /** The connection breaks before an answer. */
  | "reset"
  /** The connection breaks in the middle of the body. */
  | "disconnect"
  /** No answer until the client gives up (at most 10 minutes). */
  | "hang"
  /** A pause of `delayMs` before the right answer. */
  | "slow"
  /** A page whose nextLink is the request itself. */
  | "nextLinkLoop"
  /** A page whose nextLink has lost the user's id (`users//chats…`). */
  | "nextLinkBroken"
  /** A page whose nextLink has some 40,000 characters, and leads on. */
  | "nextLinkLong"
  /** A page without items and with a nextLink. */
  | "emptyPage"
  /** A page with 20 rows more, which were changed at any time. */
  | "strayRows"
  /** `shareContent`: 200 with a sign-in page where the file's bytes were expected. */
  | "signInPage";

/** One rule; the first that applies to a request decides. */
export interface FaultRule {
  readonly kind: FaultKind;
  /** Kinds of request it applies to; absent: all except control. */
  readonly on?: PathKind | readonly PathKind[];
  /** Share of the requests hit, 0 to 1. Default 1. Drawn from the simulator's seed. */
  readonly probability?: number;
  /** How many requests are hit in all; then the rule is spent. Default: no end. */
  readonly count?: number;
  /** How many matching requests pass first. Default 0. */
  readonly skip?: number;
  /** Only requests whose path contains this text (an id of a user or chat), compared after decoding. */
  readonly pathIncludes?: string;
  readonly status?: number;
  readonly code?: string;
  readonly message?: string;
  /** Seconds, in one of the three legal forms by turns; or the header's text as it stands; null sends no header. Default 2. */
  readonly retryAfter?: number | string | null;
  readonly delayMs?: number;
}

export interface Faults {
  readonly set: (rules: readonly FaultRule[]) => void;
  readonly list: () => readonly FaultRule[];
  /** The rule that hits this request, counted as used. */
  readonly draw: (kind: PathKind, path: string) => FaultRule | undefined;
}

export function makeFaults(seed: string, initial: readonly FaultRule[]): Faults {
  let rules: { rule: FaultRule; seen: number; hits: number }[] = [];
  let random = randomFrom(0);
  const set = (next: readonly FaultRule[]): void => {
    rules = next.map((rule) => ({ rule, seen: 0, hits: 0 }));
    random = randomFrom(seedOf(seed, "faults", next.length));
  };
  set(initial);
  return {
    set,
    list: () => rules.map(({ rule }) => rule),
    draw: (kind, path) => {
      for (const state of rules) {
        const { rule } = state;
        if (!concerns(rule, kind, path)) continue;
        if (state.seen++ < (rule.skip ?? 0)) continue;
        if (rule.count !== undefined && state.hits >= rule.count) continue;
        if (random.next() >= (rule.probability ?? 1)) continue;
        state.hits++;
        return rule;
      }
      return undefined;
    },
  };
}

function concerns(rule: FaultRule, kind: PathKind, path: string): boolean {
  if (kind === "control") return false;
  if (rule.on !== undefined && !([] as PathKind[]).concat(rule.on).includes(kind)) return false;
  return rule.pathIncludes === undefined || path.toLowerCase().includes(rule.pathIncludes.toLowerCase());
}
