import type { Reaction } from "./message.ts";
import type { NameOf } from "./system-event.ts";

/** Teams' six words for reactions; every other type is an emoji by itself, or `custom`. */
const GLYPHS: ReadonlyMap<string, string> = new Map([
  ["like", "👍"],
  ["angry", "😠"],
  ["sad", "😢"],
  ["laugh", "😆"],
  ["heart", "❤️"],
  ["surprised", "😮"],
]);

/** `👍 Adele`: what somebody reacted with, and who, where that is known. */
export function reactionText({ type, name, by }: Reaction, nameOf: NameOf): string {
  const shown = type === "custom" ? `:${name ?? "custom"}:` : (GLYPHS.get(type) ?? type);
  const who = by.name ?? (by.id === undefined ? undefined : (nameOf(by.id) ?? by.id));
  return who === undefined ? shown : `${shown} ${who}`;
}
