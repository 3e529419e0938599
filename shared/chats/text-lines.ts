/** Deeper quotes look like this one. */
const DEEPEST_QUOTE = 10;

/** Collects text line by line, with white space collapsed as HTML shows it, unless preserved. */
export class TextLines {
  readonly #done: string[] = [];
  /** Pieces of the open line: a text that grows and is looked at for each piece would cost its length each time. */
  #line: string[] = [];
  #quotes = 0;
  #preserved = 0;
  /** Something that shows stands on the line, be it only a space that must not be broken. */
  #filled = false;

  /** Pieces on the open line. */
  get length(): number {
    return this.#line.length;
  }

  /** What the open line got since it had `length` characters. */
  since(length: number): string {
    return this.#line.slice(length).join("");
  }

  add(text: string): void {
    if (text === "") return;
    this.#line.push(text);
    this.#filled = true;
  }

  text(text: string): void {
    if (this.#preserved > 0) {
      text.split(/\r\n|[\r\n]/).forEach((part, at) => {
        if (at > 0) this.break();
        this.add(part.replaceAll("\u00a0", " "));
      });
      return;
    }
    const collapsed = text.replace(/[ \t\r\n\f]+/g, " ");
    const spaced = this.#line.at(-1)?.endsWith(" ") ?? true;
    const joined = spaced ? collapsed.replace(/^ /, "") : collapsed;
    if (joined === "") return;
    this.#line.push(joined.replaceAll("\u00a0", " "));
    this.#filled ||= joined !== " ";
  }

  cell(): void {
    if (!this.#filled) return;
    for (let last = this.#line.pop(); last !== undefined; last = this.#line.pop()) {
      const trimmed = last.trimEnd();
      if (trimmed === "") continue;
      this.#line.push(trimmed);
      break;
    }
    this.#line.push(" | ");
  }

  /** Ends the line if anything stands on it. */
  end(): void {
    if (this.#filled) this.break();
    else this.#line = [];
  }

  /** Ends the line even if it is empty. */
  break(): void {
    this.#done.push(
      `${"> ".repeat(Math.max(0, Math.min(this.#quotes, DEEPEST_QUOTE)))}${this.#line.join("")}`.trimEnd(),
    );
    this.#line = [];
    this.#filled = false;
  }

  /** Lines of their own. */
  block(text: string): void {
    this.end();
    for (const line of text.split("\n")) {
      this.#line = [line];
      this.break();
    }
  }

  quote(by: 1 | -1): void {
    this.#quotes += by;
  }

  preserve(by: 1 | -1): void {
    this.#preserved += by;
  }

  finish(): string {
    this.end();
    const { length } = this.#done;
    let first = 0;
    let last = length;
    while (first < last && this.#done[first] === "") first++;
    while (last > first && this.#done[last - 1] === "") last--;
    return this.#done.slice(first, last).join("\n");
  }
}
