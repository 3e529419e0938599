import { seenText } from "../seen-text.ts";
import type { RenderChat, RenderItem } from "./renderer.ts";

/** More names than these are counted. */
const MOST_NAMES = 4;
/** As long as a topic can be. Source: Microsoft Graph, "Update chat". */
const LONGEST = 250;

const KINDS: ReadonlyMap<string, string> = new Map([
  ["oneOnOne", "Chat"],
  ["group", "Group chat"],
  ["meeting", "Meeting chat"],
]);

export const kindOfChat = ({ type = "" }: RenderChat): string => KINDS.get(type) ?? "Chat";

/** What a conversation as a whole is called, by what was last known of it. */
export const conversationName = ({ chat, conversation = chat, nameOf }: RenderItem): string =>
  conversationTitle({ chat: conversation, nameOf });

/** What a conversation is called: its topic, else who takes part, else what it is. One line, never empty. */
export function conversationTitle({ chat, nameOf }: Pick<RenderItem, "chat" | "nameOf">): string {
  const topic = oneLine(chat.topic ?? "");
  if (topic !== "") return topic;
  const people = chat.members ?? [];
  const names = people
    .slice(0, MOST_NAMES)
    .map(({ id, name, address }) => oneLine(name ?? nameOf(id) ?? address ?? id));
  const more = people.length - names.length;
  const title = `${names.join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
  return title || kindOfChat(chat);
}

/** Whole, without what would break the line. */
export const withoutLineEnds = (text: string): string => text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, " ");

/** Without what would break the line or hide in it, cut to what a person reads. */
export function oneLine(text: string): string {
  const seen = seenText(withoutLineEnds(text)).replace(/\s+/g, " ").trim();
  const characters = Array.from(seen);
  // Once more, since a cut can leave what hides.
  return characters.length > LONGEST ? seenText(characters.slice(0, LONGEST).join("")) : seen;
}
