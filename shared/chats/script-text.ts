const pairs = (plain: string, raised: string): ReadonlyMap<string, string> => {
  const marks = Array.from(raised);
  return new Map(Array.from(plain, (character, at) => [character, marks[at] ?? character]));
};

/** What Unicode has above and below the line, the space aside, which is the same. */
const SUPER = pairs(" 0123456789+-−=()abcdefghijklmnoprstuvwxyz", " ⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻ");
const SUB = pairs(" 0123456789+-−=()aehijklmnoprstuvx", " ₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ");

/** Text above or below the line as plain text: `10³`, `H₂O`; where Unicode lacks one of its characters, `^(Q1)` and `_(max.)`. */
export function scriptText(text: string, script: "super" | "sub"): string {
  if (text.trim() === "") return text;
  const marks = script === "super" ? SUPER : SUB;
  const raised = Array.from(text, (character) => marks.get(character));
  return raised.every((mark) => mark !== undefined) ? raised.join("") : `${script === "super" ? "^" : "_"}(${text})`;
}
