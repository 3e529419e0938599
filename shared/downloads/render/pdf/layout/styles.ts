import type { TextStyle } from "../type/text-line.ts";

const INK = "0.13 0.13 0.14";
export const GREY = "0.42 0.42 0.45";
export const PALE = "0.84 0.84 0.87";
export const SHADE = "0.95 0.95 0.96";
export const LINK = "0.05 0.31 0.66";
export const ACCENT = "0.36 0.37 0.65";

/** Sizes in points. */
export const BODY: TextStyle = { size: 10, color: INK };
export const QUOTED: TextStyle = { size: 9.5, color: "0.25 0.25 0.28" };
export const CODE: TextStyle = { size: 8.5, color: INK, mono: true };
export const SMALL: TextStyle = { size: 8, color: GREY };
export const NOTICE: TextStyle = { size: 9, color: GREY, italic: true };
export const EVENT: TextStyle = { size: 9, color: GREY };
export const SENDER: TextStyle = { size: 10, color: INK, bold: true };
export const DAY: TextStyle = { size: 9.5, color: GREY, bold: true };
export const TITLE: TextStyle = { size: 14, color: INK, bold: true };
export const LABEL: TextStyle = { size: 8.5, color: ACCENT, bold: true };
export const FACT: TextStyle = { size: 8.5, color: INK };
export const MANY_PEOPLE: TextStyle = { size: 7, color: INK };
export const HEADINGS: readonly TextStyle[] = [15, 13.5, 12, 11, 10, 10].map((size) => ({ ...BODY, size, bold: true }));

/** A text's lines are so much higher than its size: tall scripts need the room. */
export const LEADING = 1.42;
