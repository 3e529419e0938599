import type { Block } from "./body.ts";

/** A block of code that is being read. It holds pieces: a text that grows and is looked at would cost its length each time. */
export class OpenCode {
  readonly #pieces: string[] = [];
  readonly #language: string | undefined;
  /** How many tags of code are open. */
  #depth: number;

  /** `named`: the class of its tag. */
  constructor(named: string | undefined, depth = 1) {
    this.#language = named?.replace(/^language-/, "").slice(0, 40);
    this.#depth = depth;
  }

  add(piece: string): void {
    if (piece !== "") this.#pieces.push(piece);
  }

  endLine(): void {
    if (this.#pieces.at(-1)?.endsWith("\n") === false) this.#pieces.push("\n");
  }

  deeper(): void {
    this.#depth += 1;
  }

  /** True when its last tag ended. */
  shallower(): boolean {
    this.#depth -= 1;
    return this.#depth === 0;
  }

  /** What goes on behind something that cannot stand among code. */
  rest(): OpenCode {
    return new OpenCode(this.#language, this.#depth);
  }

  block(): Block | undefined {
    const text = this.#pieces.join("").replace(/\r\n?/g, "\n").replaceAll("\u00a0", " ").replace(/^\n/, "").trimEnd();
    return text === "" ? undefined : { kind: "code", text, ...(this.#language ? { language: this.#language } : {}) };
  }
}
