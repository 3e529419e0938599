/** They end where the next of their kind begins. */
const ENDED_BY_NEXT: ReadonlySet<string> = new Set(["p", "li", "td", "th", "tr"]);
const DEEPEST = 50;

/** Which way the blocks that are open while HTML is read run by their `dir`, which holds for what is in them. Every step looks at
 * no more than a bounded depth; what is nested deeper runs as the deepest. */
export class OpenDirections {
  readonly #open: { readonly tag: string; readonly rightToLeft: boolean }[] = [];

  get rightToLeft(): boolean {
    return this.#open.at(-1)?.rightToLeft ?? false;
  }

  open(tag: string, dir = ""): void {
    const last = this.#open.at(-1)?.tag;
    if (last === "p" || (last === tag && ENDED_BY_NEXT.has(tag))) this.#open.pop();
    if (this.#open.length >= DEEPEST) return;
    const rightToLeft = /^rtl$/i.test(dir) || (this.rightToLeft && !/^(ltr|auto)$/i.test(dir));
    this.#open.push({ tag, rightToLeft });
  }

  close(tag: string): void {
    const at = this.#open.findLastIndex((one) => one.tag === tag);
    if (at >= 0) this.#open.length = at;
  }
}
