import { isSystemEvent, readBody } from "../../../../chats/read-body.ts";
import { reactionText } from "../../../../chats/reaction-text.ts";
import type { RenderItem } from "../../renderer.ts";
import { setParagraph } from "../type/paragraph.ts";
import { blockRows } from "./block-rows.ts";
import { text } from "./inlines.ts";
import { gap, type Row, textRow } from "./row.ts";
import type { Setting } from "./setting.ts";
import { BODY, EVENT, SENDER, SMALL } from "./styles.ts";

/** The time of day, and with its day for what happened later. */
export interface Clock {
  readonly time: (instant: number) => string;
  readonly full: (instant: number) => string;
}

/** Keeps what follows a name that runs to the left from running along: the left-to-right mark. */
const APART = "\u200e";

/** A message: who and when, what it shows, what others made of it. An event stands in the middle. */
export function messageRows(item: RenderItem, width: number, clock: Clock, setting: Setting): Row[] {
  const { message } = item;
  const blocks = readBody(message, item.nameOf);
  const when = message.createdAt === undefined ? "time unknown" : clock.time(message.createdAt);
  if (isSystemEvent(message)) {
    const said = blocks.map((block) => (block.kind === "notice" ? block.text : "")).join(" ");
    const lines = setParagraph(setting.shaper, text(`${said}${APART}  ${when}`, EVENT), width * 0.86, "center");
    const indent = width * 0.07;
    return [gap(5), ...lines.map((line) => textRow({ ...line, indent: line.indent + indent }, EVENT.size)), gap(5)];
  }
  const marks = message.editedAt === undefined ? "" : `  ·  edited ${clock.full(message.editedAt)}`;
  const head = [...text(`${APART}${senderOf(item)}`, SENDER), ...text(`${APART}   ${when}${marks}`, SMALL)];
  const headRows = setParagraph(setting.shaper, head, width).map((line) => textRow(line, SENDER.size, { keep: true }));
  return [gap(7), ...headRows, ...blockRows(blocks, width, BODY, setting), ...reactionRows(item, width, setting)];
}

function senderOf({ from, message }: RenderItem): string {
  const name = from.name ?? message.from?.name ?? from.id ?? "Unknown sender";
  const { kind, onBehalfOf } = message.from ?? {};
  const behalf = onBehalfOf?.name === undefined ? "" : ` on behalf of ${onBehalfOf.name}`;
  return `${name}${kind === "application" ? " (app)" : ""}${behalf}`;
}

function reactionRows({ message, nameOf }: RenderItem, width: number, { shaper }: Setting): Row[] {
  if (message.reactions.length === 0) return [];
  const said = message.reactions.map((reaction) => reactionText(reaction, nameOf)).join("   ");
  return setParagraph(shaper, text(said, SMALL), width).map((line) => textRow(line, SMALL.size));
}
