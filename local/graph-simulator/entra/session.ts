/** What changes at the authority while it runs. */
export interface Session {
  readonly consent: () => "accept" | "decline";
  readonly setConsent: (decision: "accept" | "decline") => void;
  readonly tokensValidFromMs: () => number;
  readonly invalidateTokens: () => void;
}

export function session(now: () => number, advance: (ms: number) => void): Session {
  let consent: "accept" | "decline" = "accept";
  let validFromMs = 0;
  return {
    consent: () => consent,
    setConsent: (decision) => {
      consent = decision;
    },
    tokensValidFromMs: () => validFromMs,
    invalidateTokens: () => {
      // Strictly later than any token of this millisecond, and not later than the next one.
      validFromMs = now() + 1;
      advance(1);
    },
  };
}
