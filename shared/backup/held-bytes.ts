/** Of all windows that this process fetches: beyond it, one that holds more than its share lets go of some. */
const MOST_HELD = 16 * 1024 * 1024;
let heldByAll = 0;
let holders = 0;

/** What one window holds of what all of this process may. */
export class HeldBytes {
  #own = 0;

  add(bytes: number): void {
    holders += Number(this.#own + bytes > 0) - Number(this.#own > 0);
    this.#own += bytes;
    heldByAll += bytes;
  }

  get isMuch(): boolean {
    return heldByAll >= MOST_HELD && this.#own >= MOST_HELD / holders;
  }

  drop(): void {
    this.add(-this.#own);
  }
}
