import type { Block } from "./body.ts";
import { CardReader } from "./card-reader.ts";
import { paragraph } from "./card-parts.ts";

/** Everything that a card of any kind shows (adaptive, hero, list, receipt, connector …), in its own order. `content` is the
 * attachment's JSON text; what is no JSON is text. */
export function cardBlocks(content: string): Block[] {
  let card: unknown;
  try {
    card = JSON.parse(content);
  } catch {
    return paragraph(content.trim());
  }
  return new CardReader().read(card, "text");
}
