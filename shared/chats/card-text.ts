import { htmlToText } from "./html-text.ts";

/** A hostile card nests and repeats without end. */
const DEEPEST = 40;
const MOST_NODES = 20_000;

const SHOWN = new Set(["title", "subtitle", "text", "summary", "altText", "label", "price", "total", "tax", "value"]);
/** What a click would send or open is not text of the card. */
const HIDDEN = new Set(["tap", "selectAction", "data", "invoke", "msteams", "style", "speak", "fallback"]);

/** Every text that a card of any kind shows (adaptive, hero, list, receipt, connector …), in its own order, one per line.
 * `content` is the attachment's JSON text; what is no JSON is read as HTML. */
export function cardText(content: string): string {
  let card: unknown;
  try {
    card = JSON.parse(content);
  } catch {
    return htmlToText(content);
  }
  const lines: string[] = [];
  let nodes = 0;
  const visit = (value: unknown, key: string, depth: number): void => {
    if (++nodes > MOST_NODES || depth > DEEPEST) return;
    if (typeof value === "string") {
      if (SHOWN.has(key)) add(lines, value);
    } else if (Array.isArray(value)) {
      for (const item of value) visit(item, key, depth + 1);
    } else if (typeof value === "object" && value !== null) {
      visitObject(value as Record<string, unknown>, depth, visit);
    }
  };
  visit(card, "", 0);
  return lines.join("\n");
}

type Visit = (value: unknown, key: string, depth: number) => void;

function visitObject(object: Record<string, unknown>, depth: number, visit: Visit): void {
  const { title, value, type } = object;
  const isAction =
    typeof type === "string" && /^Action\.|messageBack|openUrl|imBack|postBack|invoke|signin/i.test(type);
  if (isAction) return typeof title === "string" ? visit(`[${title}]`, "title", depth + 1) : undefined;
  if (typeof title === "string" && typeof value === "string") return visit(`${title}: ${value}`, "text", depth + 1);
  for (const [key, inner] of Object.entries(object)) if (!HIDDEN.has(key)) visit(inner, key, depth + 1);
}

function add(lines: string[], value: string): void {
  const text = /[<&]/.test(value) ? htmlToText(value) : value.trim();
  if (text !== "" && lines.at(-1) !== text) lines.push(text);
}
