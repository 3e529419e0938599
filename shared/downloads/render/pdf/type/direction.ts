import bidiFactory, { type Bidi } from "bidi-js";

/** A text without these runs to the right. */
export const RIGHT_TO_LEFT =
  /[\u0590-\u08ff\u200f\u202a-\u202e\u2066-\u2069\ufb1d-\ufdff\ufe70-\ufeff\u{10800}-\u{10fff}\u{1e800}-\u{1eeff}]/u;
/** Its types speak of an ES module; what is published is CommonJS. */
export const bidi = (bidiFactory as unknown as () => Bidi)();
