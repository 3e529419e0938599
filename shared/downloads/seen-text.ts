/** Marks that reorder, hide or show nothing: `photo\u202Egpj.exe` must not look like `photoexe.jpg`, nor two names like one; and
 * flags of parts of countries, which are a black flag and hidden letters (`gbsct` of Scotland). Source: UTS #51, "Emoji Tag
 * Sequence", and CLDR's subdivision codes. */
const UNSEEN =
  /\u{1F3F4}[\u{E0030}-\u{E0039}\u{E0061}-\u{E007A}]{3,7}\u{E007F}|[\p{Cf}\p{Cs}\p{Co}\p{Default_Ignorable_Code_Point}\u{FFFE}\u{FFFF}]/gu;
const BLACK_FLAG = "\u{1F3F4}";
const JOINERS = /^[\u200c\u200d]$/;
const VARIANTS = /^[\ufe00-\ufe0f]$/;
const PICTURE = /\p{Extended_Pictographic}$/u;
/** An emoji with its skin tone or shape, before another. */
const JOINED_PICTURE = /\p{Extended_Pictographic}[\p{Emoji_Modifier}\ufe0f]?$/u;
const KEY = /[#*0-9]$/;
const JOINED = /[\p{L}\p{M}]$/u;
const NEVER_JOINED = /[\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}\p{Script=Han}]\p{Mn}*$/u;

/** A text for one line, a name or a header without what no reader sees. Joiners and choices of shape stay where emoji and
 * scripts such as Persian and Hindi need them. Control characters and breaks are left to the caller. */
export function seenText(text: string): string {
  const whole = text.toWellFormed();
  return whole.replace(UNSEEN, (mark, at: number) => {
    if (mark.startsWith(BLACK_FLAG)) return mark;
    const before = whole.slice(Math.max(0, at - 8), at);
    const after = whole.slice(at + mark.length, at + mark.length + 2);
    return isNeeded(mark, before, after) ? mark : "";
  });
}

function isNeeded(mark: string, before: string, after: string): boolean {
  if (VARIANTS.test(mark)) return PICTURE.test(before) || (KEY.test(before) && after.startsWith("\u20e3"));
  if (!JOINERS.test(mark)) return false;
  if (JOINED_PICTURE.test(before)) return mark === "\u200d" && /^\p{Extended_Pictographic}/u.test(after);
  return JOINED.test(before) && !NEVER_JOINED.test(before) && /^[\p{L}\p{M}]/u.test(after);
}
