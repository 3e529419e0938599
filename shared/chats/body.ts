/** What a message shows, parted into blocks: the one reading that the text, EML, PDF and preview start from. Nothing in it is
 * HTML: every text is plain, every address is http(s), mailto or tel, every picture is named, never fetched. Depth is bounded.
 * A paragraph without runs, or of one space, is an empty line. */
export type Block =
  /** `rightToLeft`: whatever it begins with. */
  | {
      readonly kind: "paragraph";
      readonly runs: readonly Run[];
      readonly heading?: 1 | 2 | 3 | 4 | 5 | 6;
      readonly rightToLeft?: true;
    }
  /** Line ends are `\n`; white space counts. */
  | { readonly kind: "code"; readonly text: string; readonly language?: string }
  | { readonly kind: "quote"; readonly blocks: readonly Block[] }
  | { readonly kind: "list"; readonly ordered: boolean; readonly start: number; readonly items: readonly Block[][] }
  /** `rightToLeft`: the first column is the rightmost. */
  | { readonly kind: "table"; readonly rows: readonly TableCell[][]; readonly rightToLeft?: true }
  | { readonly kind: "rule" }
  /** A reply's or a forward's original: a line that says whose, then what it said. */
  | { readonly kind: "original"; readonly heading: string; readonly blocks: readonly Block[] }
  | { readonly kind: "card"; readonly blocks: readonly Block[] }
  /** A file, Loop component, voice clip, meeting, tab …: a label as a person would say it, and where it leads. `content` is the
   * key of its bytes among the message's references (`ContentReference.key`), where it has some. */
  | { readonly kind: "attachment"; readonly label: string; readonly href?: string; readonly content?: string }
  /** A sentence about the message itself: deleted, blocked by a policy, a system event. `href`: the address that it ends with, where
   * that leads somewhere. */
  | { readonly kind: "notice"; readonly text: string; readonly href?: string };

export interface TableCell {
  readonly header: boolean;
  readonly columns: number;
  readonly rows: number;
  readonly blocks: readonly Block[];
}

export type Run =
  | {
      readonly kind: "text";
      readonly text: string;
      readonly bold?: true;
      readonly italic?: true;
      readonly underline?: true;
      readonly strike?: true;
      readonly code?: true;
      readonly script?: "super" | "sub";
      readonly href?: string;
    }
  | { readonly kind: "break" }
  /** `text` as Teams shows it, behind an `@`. */
  | { readonly kind: "mention"; readonly text: string }
  /** The glyph, or `:name:` of a custom one, whose picture is `content` (as of a picture). */
  | { readonly kind: "emoji"; readonly text: string; readonly content?: string }
  /** `content` is the key of the picture among the message's references (`ContentReference.key`), where Teams hosts it; `href`
   * its address, where it lies on the open web. Sizes are CSS pixels as the message gives them. */
  | {
      readonly kind: "picture";
      readonly alt: string;
      readonly content?: string;
      readonly href?: string;
      readonly width?: number;
      readonly height?: number;
    };
