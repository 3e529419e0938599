import type { Run } from "./body.ts";

/** How a text looks; one object per look, since runs of the same object are joined. */
export type Format = Omit<Extract<Run, { kind: "text" }>, "kind" | "text">;

/** Collects the runs of one paragraph, with white space collapsed as HTML shows it. */
export class RunLine {
  #runs: Run[] = [];
  #text = "";
  #format: Format | undefined;
  /** The last thing is a space that counts for nothing before a space or the end; the beginning is like one. */
  #spaced = true;

  get isEmpty(): boolean {
    return this.#text === "" && this.#runs.length === 0;
  }

  text(piece: string, format: Format): void {
    const collapsed = piece.replace(/[ \t\r\n\f]+/g, " ");
    const shown = this.#spaced && collapsed.startsWith(" ") ? collapsed.slice(1) : collapsed;
    if (shown === "") return;
    if (format !== this.#format) this.#endText();
    this.#format = format;
    this.#text += shown;
    this.#spaced = shown.endsWith(" ");
  }

  add(run: Run): void {
    this.#endText();
    this.#runs.push(run);
    this.#spaced = false;
  }

  break(): void {
    this.#trim();
    this.#runs.push({ kind: "break" });
    this.#spaced = true;
  }

  /** The paragraph, which ends; undefined when nothing was put in. A break at its end shows nothing, alone it is an empty line. */
  take(): Run[] | undefined {
    if (this.isEmpty) return undefined;
    this.#trim();
    const runs = this.#runs;
    if (runs.at(-1)?.kind === "break") runs.pop();
    this.#runs = [];
    this.#spaced = true;
    return runs;
  }

  #endText(): void {
    if (this.#text === "") return;
    this.#runs.push({ kind: "text", text: this.#text.replaceAll("\u00a0", " "), ...this.#format });
    this.#text = "";
  }

  #trim(): void {
    this.#endText();
    const last = this.#runs.at(-1);
    if (!this.#spaced || last?.kind !== "text") return;
    this.#runs.pop();
    if (last.text.length > 1) this.#runs.push({ ...last, text: last.text.slice(0, -1) });
  }
}
