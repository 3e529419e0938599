import type { PlacedContent } from "../../renderer.ts";
import type { Shaper } from "../type/shaper.ts";

/** A picture that the document holds. */
export interface DrawnPicture {
  /** Among the pictures of the document. */
  readonly name: string;
  /** Pixels, as it is looked at. */
  readonly width: number;
  readonly height: number;
}

/** What rows of one message are made with. */
export interface Setting {
  readonly shaper: Shaper;
  /** What became of a content, by its key. */
  content(key: string): PlacedContent | undefined;
  /** The content as a picture, where it is one that can be drawn. */
  picture(key: string): DrawnPicture | undefined;
  /** Why a content is no picture though it could be one; absent where nothing needs to be said. */
  undrawn(key: string): string | undefined;
}
