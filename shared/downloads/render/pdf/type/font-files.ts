import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

/** Package of `@expo-google-fonts` → stem of its files. All are OFL and hold TrueType outlines. */
export const FONT_PACKAGES = {
  "noto-sans": "NotoSans",
  "noto-sans-mono": "NotoSansMono",
  vazirmatn: "Vazirmatn",
  "noto-sans-arabic": "NotoSansArabic",
  "noto-sans-hebrew": "NotoSansHebrew",
  "noto-sans-devanagari": "NotoSansDevanagari",
  "noto-sans-bengali": "NotoSansBengali",
  "noto-sans-gurmukhi": "NotoSansGurmukhi",
  "noto-sans-gujarati": "NotoSansGujarati",
  "noto-sans-oriya": "NotoSansOriya",
  "noto-sans-tamil": "NotoSansTamil",
  "noto-sans-telugu": "NotoSansTelugu",
  "noto-sans-kannada": "NotoSansKannada",
  "noto-sans-malayalam": "NotoSansMalayalam",
  "noto-sans-sinhala": "NotoSansSinhala",
  "noto-sans-thai": "NotoSansThai",
  "noto-sans-lao": "NotoSansLao",
  "noto-sans-khmer": "NotoSansKhmer",
  "noto-sans-myanmar": "NotoSansMyanmar",
  "noto-sans-armenian": "NotoSansArmenian",
  "noto-sans-georgian": "NotoSansGeorgian",
  "noto-sans-ethiopic": "NotoSansEthiopic",
  "noto-sans-sc": "NotoSansSC",
  "noto-sans-jp": "NotoSansJP",
  "noto-sans-kr": "NotoSansKR",
  "noto-emoji": "NotoEmoji",
  "noto-sans-symbols": "NotoSansSymbols",
  "noto-sans-symbols-2": "NotoSansSymbols2",
  "noto-sans-math": "NotoSansMath",
} as const;

export type FontName = keyof typeof FONT_PACKAGES;

/** Their strokes are thickened when bold: a second file would add 22 MB to what is deployed, or does not exist. */
const REGULAR_ONLY: ReadonlySet<FontName> = new Set([
  ...(["noto-sans-sc", "noto-sans-jp", "noto-sans-kr", "noto-emoji"] as const),
  ...(["noto-sans-symbols", "noto-sans-symbols-2", "noto-sans-math"] as const),
]);

export const hasBold = (name: FontName): boolean => !REGULAR_ONLY.has(name);

/** Its path in `@expo-google-fonts`; the last part is its name in the folder `fonts` beside the bundle. */
export function fontFile(name: FontName, bold: boolean): string {
  const weight = bold ? "700Bold" : "400Regular";
  return `${name}/${weight}/${FONT_PACKAGES[name]}_${weight}.ttf`;
}

/** Every file that the renderer may open. */
export const fontFiles = (): string[] =>
  (Object.keys(FONT_PACKAGES) as FontName[]).flatMap((name) =>
    hasBold(name) ? [fontFile(name, false), fontFile(name, true)] : [fontFile(name, false)],
  );

/** Where a font lies: deployed, beside the bundle; among the sources, in its package. */
export function fontPath(name: FontName, bold: boolean): string {
  const path = fontFile(name, bold);
  const beside = join(import.meta.dirname, "fonts", path.split("/").at(-1) ?? "");
  const resolve = () => createRequire(join(import.meta.dirname, "x")).resolve(`@expo-google-fonts/${path}`);
  return existsSync(beside) ? beside : resolve();
}
