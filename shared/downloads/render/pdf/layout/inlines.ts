import type { Block, Run } from "../../../../chats/body.ts";
import type { Inline, TextStyle } from "../type/text-line.ts";
import type { Setting } from "./setting.ts";
import { ACCENT, LINK } from "./styles.ts";

type TextRun = Extract<Run, { kind: "text" }>;

/** Runs as text of a style; pictures stand apart, between the parts. */
export function inlinesOf(runs: readonly Run[], style: TextStyle, setting: Setting): Inline[] {
  return runs.flatMap((run): Inline[] => {
    switch (run.kind) {
      case "break":
        return [run];
      case "mention":
        return text(run.text, mentionStyle(style));
      case "emoji":
        return emoji(run, style, setting);
      case "text":
        return text(run.text, styleOf(run, style));
      case "picture":
        return [];
    }
  });
}

const mentionStyle = (base: TextStyle): TextStyle => styled("mention", base, () => ({ ...base, color: ACCENT }));

/** A style for each look, so that what looks alike is drawn together. */
const styles = new Map<string, TextStyle>();
const MOST_STYLES = 1_000;

function styleOf(run: TextRun, base: TextStyle): TextStyle {
  const { text: _, kind: __, ...look } = run;
  if (Object.keys(look).length === 0) return base;
  return look.href === undefined ? styled(JSON.stringify(look), base, () => lookOf(look, base)) : lookOf(look, base);
}

function styled(look: string, base: TextStyle, make: () => TextStyle): TextStyle {
  const key = `${look} ${JSON.stringify(base)}`;
  const known = styles.get(key);
  if (known) return known;
  if (styles.size >= MOST_STYLES) styles.clear();
  const style = make();
  styles.set(key, style);
  return style;
}

function lookOf(
  { bold, italic, underline, strike, code, script, href }: Omit<TextRun, "kind" | "text">,
  base: TextStyle,
) {
  return {
    ...base,
    ...(bold ? { bold } : {}),
    ...(italic ? { italic: base.italic !== true } : {}),
    ...(underline ? { underline } : {}),
    ...(strike ? { strike } : {}),
    ...(code ? { mono: true, shaded: true, size: base.size * 0.9 } : {}),
    ...(script ? { size: base.size * 0.7, rise: base.size * (script === "super" ? 0.35 : -0.12) } : {}),
    ...(href !== undefined && isLinked(href) ? { href, color: LINK } : {}),
  };
}

/** Other addresses lead where nobody expects it. */
export const isLinked = (href: string): boolean => /^(https?|mailto):/i.test(href);

/** Characters that control devices have no look; those that turn letters around only deceive, and would hide a text from search. */
const CONTROLS = /[\p{Cc}\u202d\u202e\ufffe\uffff]/gu;

/** Keeps what follows a name that runs to the left from running along: the left-to-right mark. */
export const APART = "\u200e";

/** Line ends become breaks. */
export function text(content: string, style: TextStyle): Inline[] {
  const lines = content.toWellFormed().split(/\r\n|[\r\n\u2028\u2029]/);
  return lines.flatMap((line, at): Inline[] => {
    const shown = line.replaceAll("\t", "    ").replace(CONTROLS, "");
    const inline: Inline[] = shown === "" ? [] : [{ kind: "text", text: shown, style }];
    return at === 0 ? inline : [{ kind: "break" }, ...inline];
  });
}

/** A sentence with the address that it ends with. */
export function noticeInlines(
  { text: said, href = "" }: Extract<Block, { kind: "notice" }>,
  style: TextStyle,
): Inline[] {
  const linked = isLinked(href) ? { ...style, href, color: LINK } : style;
  return [...text(said.slice(0, said.length - href.length), style), ...text(href, linked)];
}

function emoji(run: Extract<Run, { kind: "emoji" }>, style: TextStyle, setting: Setting): Inline[] {
  const drawn = run.content === undefined ? undefined : setting.picture(run.content);
  if (!drawn) return text(run.text, style);
  const height = style.size * 1.2;
  const width = Math.min((height * drawn.width) / drawn.height, height * 4);
  return [{ kind: "box", box: { name: drawn.name, width, height } }, ...text(run.text, { ...style, size: 5 })];
}
