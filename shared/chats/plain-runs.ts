import type { Run } from "./body.ts";

/** Plain text as runs: every character, with breaks where its lines end. */
export const plainRuns = (text: string): Run[] =>
  text
    .split(/\r\n|[\r\n]/)
    .flatMap((line, at): Run[] => [
      ...(at === 0 ? [] : [{ kind: "break" } as const]),
      ...(line === "" ? [] : [{ kind: "text" as const, text: line }]),
    ]);
