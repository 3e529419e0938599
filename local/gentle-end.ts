/** Signals that come sooner after one another are one wish: npm passes on what the terminal sends to all. */
const BOUNCE_MS = 1_000;
/** As of a program that a closed pipe ends: 128 and the number of SIGPIPE. */
const PIPE_CLOSED = 141;

export interface GentleEnd {
  /** Aborted once the end is asked for. */
  readonly signal: AbortSignal;
  /** The first call counts. */
  end(code: number, why?: string): void;
}

/** Ends this process once: at Ctrl-C, SIGTERM, when nobody reads its lines any more, or when `end` is called. `stop` has all the
 * time it needs; only another Ctrl-C, a second after the first or later, cuts it short. `say` gets what is said of it. */
export function gentleEnd(
  stop: () => Promise<unknown>,
  say: (line: string) => void,
  signals: Readonly<Record<"SIGINT" | "SIGTERM", readonly [code: number, why?: string]>>,
): GentleEnd {
  const asked = new AbortController();
  let askedAt = 0;
  const end = (code: number, why?: string): void => {
    if (asked.signal.aborted) return;
    askedAt = Date.now();
    asked.abort();
    if (why) say(why);
    stop().then(
      () => process.exit(code),
      () => process.exit(1),
    );
  };
  for (const name of ["SIGINT", "SIGTERM"] as const) {
    process.on(name, () => {
      if (asked.signal.aborted && Date.now() - askedAt > BOUNCE_MS) process.exit(signals[name][0]);
      end(...signals[name]);
    });
  }
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => end(PIPE_CLOSED));
  return { signal: asked.signal, end };
}
