import { setParagraph } from "../type/paragraph.ts";
import { isLinked, text } from "./inlines.ts";
import { gap, type Row, textRow } from "./row.ts";
import type { DrawnPicture, Setting } from "./setting.ts";
import { LINK, SMALL } from "./styles.ts";

/** A pixel of CSS. */
const POINTS = 0.75;
const HIGHEST = 320;

export interface PictureLike {
  readonly alt: string;
  readonly content?: string;
  readonly href?: string;
  readonly width?: number;
  readonly height?: number;
}

/** A picture at a sensible size with the name of its file below; where it cannot be drawn, a line that says what it is and where. */
export function pictureRows(picture: PictureLike, width: number, setting: Setting): Row[] {
  const drawn = picture.content === undefined ? undefined : setting.picture(picture.content);
  const place = placeOf(picture.content, setting);
  if (drawn) {
    const caption = linesOf([place, picture.alt].filter(Boolean).join(" · "), width, setting);
    return [drawnRow(drawn, picture, width), ...caption, gap(3)];
  }
  const label = [picture.alt === "" ? "Picture" : `Picture: ${picture.alt}`, place].filter(Boolean).join(" · ");
  return linesOf(`[${label}${picture.href === undefined ? "" : ` · ${picture.href}`}]`, width, setting, picture.href);
}

/** Where a content lies in the zip, or why it is missing. */
export function placeOf(key: string | undefined, setting: Setting): string {
  const content = key === undefined ? undefined : setting.content(key);
  if (key !== undefined && content?.entry !== undefined) {
    return [content.entry, setting.undrawn(key)].filter(Boolean).join(" · ");
  }
  return content?.missing === undefined ? "" : `missing: ${content.missing}`;
}

function drawnRow(drawn: DrawnPicture, wanted: PictureLike, width: number): Row {
  const ratio = drawn.height / drawn.width;
  const asked = wanted.width ?? (wanted.height === undefined ? drawn.width : wanted.height / ratio);
  const shown = Math.max(1, Math.min(asked * POINTS, width, HIGHEST / ratio));
  const height = Math.max(1, shown * ratio);
  return {
    height: height + 4,
    paint: (page, x, top) => page.picture(drawn.name, x, top - height - 2, shown, height),
    keep: true,
  };
}

function linesOf(caption: string, width: number, { shaper }: Setting, href?: string): Row[] {
  if (caption === "") return [];
  const style = href !== undefined && isLinked(href) ? { ...SMALL, href, color: LINK } : SMALL;
  return setParagraph(shaper, text(caption, style), width).map((line) => textRow(line, SMALL.size));
}
