import type { DocumentFonts } from "../type/cid-font.ts";
import type { Placed, TextLine, TextStyle } from "../type/text-line.ts";

/** A place on the page that leads somewhere. */
export interface LinkArea {
  readonly box: readonly [number, number, number, number];
  readonly uri: string;
}

const FIRST_ROOM = 65_536;

/** Collects what one page shows, and then the next: its memory is used again, for pages are many. Coordinates are points from the
 * left and the bottom edge. */
export class PageContent {
  readonly #fonts: DocumentFonts;
  #bytes = Buffer.allocUnsafe(FIRST_ROOM);
  #length = 0;
  #fill = "";
  #links: LinkArea[] = [];
  readonly #pictures = new Set<string>();

  constructor(fonts: DocumentFonts) {
    this.#fonts = fonts;
  }

  /** As they are until the page is cleared. */
  get operators(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  get links(): readonly LinkArea[] {
    return this.#links;
  }

  /** Names of the pictures on it. */
  get pictures(): ReadonlySet<string> {
    return this.#pictures;
  }

  clear(): void {
    [this.#length, this.#fill, this.#links] = [0, "", []];
    this.#pictures.clear();
  }

  rectangle(x: number, y: number, width: number, height: number, color: string): void {
    this.#color(color);
    this.#put(`${n(x)} ${n(y)} ${n(width)} ${n(height)} re f\n`);
  }

  picture(name: string, x: number, y: number, width: number, height: number): void {
    this.#pictures.add(name);
    this.#put(`q ${n(width)} 0 0 ${n(height)} ${n(x)} ${n(y)} cm /${name} Do Q\n`);
  }

  /** Draws a part that pages share, moved. */
  form(name: string, x: number, y: number): void {
    this.#pictures.add(name);
    this.#put(`q 1 0 0 1 ${n(x)} ${n(y)} cm /${name} Do Q\n`);
  }

  /** Draws a line of text with its base line at `y`. */
  text(line: TextLine, x: number, y: number): void {
    let at = x + line.indent;
    for (let from = 0; from < line.placed.length; ) {
      const first = line.placed[from] as Placed;
      if ("box" in first) {
        const { name, width, height } = first.box;
        this.picture(name, at, y - height * 0.2, width, height);
        at += width;
        from++;
        continue;
      }
      let end = from;
      let width = 0;
      for (let one = line.placed[end]; one && "word" in one && one.style === first.style; one = line.placed[++end]) {
        width += one.width;
      }
      this.#run(line.placed.slice(from, end), first.style, { x: at, y, width });
      at += width;
      from = end;
    }
  }

  #run(placed: readonly Placed[], style: TextStyle, { x, y, width }: { x: number; y: number; width: number }): void {
    const { size, color, href } = style;
    if (style.shaded) this.rectangle(x - 1, y - size * 0.3, width + 2, size * 1.3, "0.93 0.93 0.94");
    this.#color(color);
    const slant = style.italic ? "0.2" : "0";
    const rise = style.rise ?? 0;
    this.#put(`BT 1 0 ${slant} 1 ${n(x)} ${n(y + rise)} Tm\n`);
    this.#show(placed, style);
    this.#put("ET\n");
    const line = (above: number) =>
      this.rectangle(x, y + rise + size * above, width, Math.max(0.4, size * 0.05), color);
    if (style.underline) line(-0.16);
    if (style.strike) line(0.28);
    if (href !== undefined) this.#links.push({ box: [x, y - size * 0.25, x + width, y + size], uri: href });
  }

  #show(placed: readonly Placed[], { size, color }: TextStyle): void {
    let [font, shown, thick] = ["", "", false];
    const flush = () => {
      if (shown !== "") this.#put(`[(${shown})] TJ\n`);
      shown = "";
    };
    for (const one of placed) {
      if (!("word" in one)) continue;
      for (const { name, thicken, elements } of this.#fonts.encode(one.word)) {
        if (name !== font) {
          flush();
          this.#put(`/${name} ${n(size)} Tf\n`);
          if (thicken !== thick) this.#put(thicken ? `2 Tr ${n(size * 0.035)} w ${color} RG\n` : "0 Tr\n");
          [font, thick] = [name, thicken];
        }
        shown += elements;
      }
    }
    flush();
    if (thick) this.#put("0 Tr\n");
  }

  /** One byte for each character. */
  #put(operators: string): void {
    const needed = this.#length + operators.length;
    if (needed > this.#bytes.length) {
      const larger = Buffer.allocUnsafe(Math.max(needed, 2 * this.#bytes.length));
      larger.set(this.operators);
      this.#bytes = larger;
    }
    this.#length += this.#bytes.write(operators, this.#length, "latin1");
  }

  #color(color: string): void {
    if (color !== this.#fill) this.#put(`${color} rg\n`);
    this.#fill = color;
  }
}

/** Numbers as PDF writes them: no exponent, two digits are a fiftieth of a pixel. */
const n = (value: number): string => String(Math.round(value * 100) / 100);
