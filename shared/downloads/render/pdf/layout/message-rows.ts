import { writtenAt } from "../../../../chats/message.ts";
import { isSystemEvent, readBody } from "../../../../chats/read-body.ts";
import { reactionText } from "../../../../chats/reaction-text.ts";
import { oneLine, withoutLineEnds } from "../../conversation-title.ts";
import type { RenderItem } from "../../renderer.ts";
import { setParagraph } from "../type/paragraph.ts";
import { blockRows } from "./block-rows.ts";
import { APART, noticeInlines, text } from "./inlines.ts";
import { placeOf } from "./picture-rows.ts";
import { gap, marked, type Row, textRow } from "./row.ts";
import type { Setting } from "./setting.ts";
import { ACCENT, BODY, EVENT, SENDER, SMALL } from "./styles.ts";

/** The time of day, and with its day for what happened later. */
export interface Clock {
  readonly time: (instant: number) => string;
  readonly full: (instant: number) => string;
}

/** A message: who and when, what it shows, what others made of it. An event stands in the middle. */
export function messageRows(item: RenderItem, width: number, clock: Clock, setting: Setting): Row[] {
  const { message } = item;
  const blocks = readBody(message, item.nameOf);
  const at = writtenAt(message);
  const when = at === undefined ? "time unknown" : clock.time(at);
  if (isSystemEvent(message)) {
    const said = blocks.flatMap((block, at) => {
      if (block.kind !== "notice") return [];
      const inlines = noticeInlines({ ...block, text: withoutLineEnds(block.text) }, EVENT);
      return at === 0 ? inlines : [...text(" ", EVENT), ...inlines];
    });
    const inlines = [...said, ...text(`${APART}  ${when}`, EVENT)];
    const lines = setParagraph(setting.shaper, inlines, width * 0.86, "center");
    const indent = width * 0.07;
    const rows = lines.map((line) => textRow({ ...line, indent: line.indent + indent }, EVENT.size));
    return [gap(5), ...rows, ...otherRows(item, new Set(), width, setting), gap(5)];
  }
  const marks = message.editedAt === undefined ? "" : `  ·  edited ${clock.full(message.editedAt)}`;
  const head = [...text(`${APART}${senderOf(item)}`, SENDER), ...text(`${APART}   ${when}${marks}`, SMALL)];
  const [first, ...more] = setParagraph(setting.shaper, head, width - INDENT).map((line) =>
    textRow(line, SENDER.size, { keep: true }),
  );
  const named = new Set<string>();
  const room = width - INDENT;
  const body = blockRows(blocks, room, BODY, noting(named, setting));
  const below = [...more, ...body, ...otherRows(item, named, room, setting), ...reactionRows(item, room, setting)];
  return [gap(7), ...(first ? [beside(first)] : []), ...marked(below, INDENT, gap(0))];
}

/** Only what begins a message stands at the left edge, behind a mark: nothing in a message passes for the head of another. */
const INDENT = 14;
const beside = (head: Row): Row => ({
  ...head,
  paint: (page, x, top) => {
    page.rectangle(x - 8, top - head.height + 2, 3, head.height - 3, ACCENT);
    head.paint(page, x, top);
  },
});

/** Keeps the keys of contents that are named or drawn. */
const noting = (named: Set<string>, setting: Setting): Setting => ({
  shaper: setting.shaper,
  content(key) {
    named.add(key);
    return setting.content(key);
  },
  picture(key) {
    const drawn = setting.picture(key);
    if (drawn) named.add(key);
    return drawn;
  },
  undrawn: (key) => setting.undrawn(key),
});

/** Contents of which the body says nothing: of reactions, of what was deleted, previews. */
function otherRows({ contents }: RenderItem, named: ReadonlySet<string>, width: number, setting: Setting): Row[] {
  const others = contents.filter(({ key }) => !named.has(key));
  return others.flatMap(({ key, name }) => {
    const label = [`📎 ${name}`, placeOf(key, setting)].filter(Boolean).join(" · ");
    return setParagraph(setting.shaper, text(label, SMALL), width).map((line) => textRow(line, SMALL.size));
  });
}

function senderOf({ from, message }: RenderItem): string {
  const name = from.name ?? message.from?.name ?? from.id ?? "Unknown sender";
  const { kind, onBehalfOf } = message.from ?? {};
  const behalf = onBehalfOf?.name === undefined ? "" : ` on behalf of ${oneLine(onBehalfOf.name)}`;
  return `${oneLine(name)}${kind === "application" ? " (app)" : ""}${behalf}`;
}

function reactionRows({ message, nameOf }: RenderItem, width: number, { shaper }: Setting): Row[] {
  if (message.reactions.length === 0) return [];
  const said = message.reactions.map((reaction) => oneLine(reactionText(reaction, nameOf))).join("   ");
  return setParagraph(shaper, text(said, SMALL), width).map((line) => textRow(line, SMALL.size));
}
