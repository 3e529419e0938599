import type { Word } from "./shaper.ts";

export interface TextStyle {
  /** Points. */
  readonly size: number;
  /** `r g b`, each from 0 to 1. */
  readonly color: string;
  readonly bold?: boolean;
  readonly italic?: boolean;
  readonly mono?: boolean;
  readonly underline?: boolean;
  readonly strike?: boolean;
  readonly shaded?: boolean;
  readonly href?: string;
  /** Points above the line. */
  readonly rise?: number;
}

export type Inline =
  | { readonly kind: "text"; readonly text: string; readonly style: TextStyle }
  | { readonly kind: "break" }
  /** A small picture in the line. */
  | { readonly kind: "box"; readonly box: InlineBox };

/** Points. */
export interface InlineBox {
  readonly name: string;
  readonly width: number;
  readonly height: number;
}

/** What stands on a line, from left to right. */
export type Placed =
  | { readonly word: Word; readonly style: TextStyle; readonly width: number }
  | { readonly box: InlineBox; readonly width: number };

export interface TextLine {
  readonly placed: readonly Placed[];
  /** Points from the left edge. */
  readonly indent: number;
  readonly width: number;
  /** It begins at the right. */
  readonly leftward?: true;
}
