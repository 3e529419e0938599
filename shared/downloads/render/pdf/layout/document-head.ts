import type { NameOf } from "../../../../chats/system-event.ts";
import { kindOfChat, oneLine } from "../../conversation-title.ts";
import type { RenderChat, RenderHead } from "../../renderer.ts";
import { type PageHead, TEXT_WIDTH } from "../file/document-writer.ts";
import { graphemesOf } from "../type/break-text.ts";
import { setParagraph } from "../type/paragraph.ts";
import type { TextLine, TextStyle } from "../type/text-line.ts";
import type { Shaper } from "../type/shaper.ts";
import { accountText, contentText, type LocalTime, rangeText } from "./head-texts.ts";
import { APART, text } from "./inlines.ts";
import { peopleRows } from "./people-rows.ts";
import { gap, marked, type Row, textRow } from "./row.ts";
import { FACT, LABEL, PALE, SMALL, TITLE } from "./styles.ts";

export interface Titled {
  readonly title: string;
  /** What tells it from other documents whose title is the same: ` (2) 3`. */
  readonly mark: string;
  readonly shaper: Shaper;
}

/** The conversation that a document tells of. */
export interface Told {
  readonly chatId: string;
  /** As it was last known. */
  readonly chat: RenderChat;
  readonly nameOf: NameOf;
}

/** What is known of a document when it begins. */
export interface Headed extends Titled {
  /** Absent where there are no messages. */
  readonly told?: Told | undefined;
  readonly head: RenderHead;
  /** `2026-03-29 14:05:09 +02:00`. */
  readonly localTime: LocalTime;
}

/** Points between the number of a page and what the conversation is called. */
const HEAD_GAP = 90;
const MOST_IN_HEAD = 150;
/** Points. */
const HANG = 14;

const NOT_COVERED = "No backup has covered the whole history of the account yet; messages may be missing";

/** Names of what a head says that is known when its document ends (`DocumentWriter.reserve`): of lines of their own but for the
 * part, which stands behind the first. */
export interface HeadLater {
  readonly part: string;
  readonly missing: string;
}

/** What a document says of itself. Only its own words stand at the left edge, each time before what comes from outside: no
 * topic or name passes for one of its lines. */
export function headRows(headed: Headed, later: HeadLater): Row[] {
  const { shaper, title, mark, told, head, localTime } = headed;
  const { timeZone, asOf } = head;
  const fact = (label: string, value: string, style = FACT) => factRows(shaper, label, value, style);
  return [
    kindRow(headed, later.part),
    ...fact("Conversation", `${title}${APART}${mark}`, TITLE),
    gap(3),
    { height: 12, paint: (page, x, top) => page.form(later.missing, x, top - 9) },
    ...(head.incomplete ? fact("PARTIAL", NOT_COVERED) : []),
    ...fact("Account whose view it is", accountText(head)),
    ...fact("Range", `${rangeText(head, localTime)}; all times are those of ${timeZone}`),
    ...(asOf === undefined ? [] : fact("As of", `${localTime(asOf)}; nothing that came later is told`)),
    ...fact("Content", contentText(head)),
    ...(told ? [...fact("Chat id", oneLine(told.chatId)), ...participantRows(shaper, told)] : []),
    gap(4),
    { height: 4, paint: (page, x, top) => page.rectangle(x, top - 2, TEXT_WIDTH, 0.5, PALE) },
  ];
}

function kindRow({ shaper, told }: Headed, part: string): Row {
  const line = oneLineOf(shaper, `${told ? kindOfChat(told.chat) : "Chats"} in Microsoft Teams`, SMALL);
  const row = textRow(line, SMALL.size);
  const paint: Row["paint"] = (page, x, top) => {
    row.paint(page, x, top);
    page.form(part, x + line.width, top - SMALL.size * 1.08);
  };
  return { ...row, paint };
}

/** What a document says of what its own messages lack. */
export function partialLine(shaper: Shaper, missing: number): TextLine {
  const said = missing === 1 ? "1 item is missing" : `${missing} items are missing`;
  return oneLineOf(shaper, missing === 0 ? "" : `PARTIAL: ${said}, see MISSING.csv`, { ...FACT, bold: true });
}

/** Which document of its conversation it is, where there are several. How many there are is known with the last alone. */
export function partLine(shaper: Shaper, number: number, goesOn: boolean): TextLine {
  const others = goesOn ? "; goes on in the next document of the conversation" : ` of ${number}, the last`;
  return oneLineOf(shaper, number === 1 && !goesOn ? "" : `, part ${number}${others}`, SMALL);
}

function oneLineOf(shaper: Shaper, said: string, style: TextStyle): TextLine {
  const [line] = setParagraph(shaper, text(said, style), TEXT_WIDTH);
  return line ? { ...line, indent: 0 } : { placed: [], indent: 0, width: 0 };
}

/** Label and value are of one size: Poppler would take them for different lines. */
function factRows(shaper: Shaper, label: string, value: string, style = FACT): Row[] {
  const said = [...text(`${label}: `, { ...LABEL, size: style.size }), ...text(value, style)];
  const [first, ...more] = setParagraph(shaper, said, TEXT_WIDTH - HANG).map((line) => textRow(line, style.size));
  return first ? [first, ...(more.length > 0 ? marked(more, HANG, gap(0)) : [])] : [];
}

function participantRows(shaper: Shaper, { chat, nameOf }: Told): Row[] {
  const { members: people = [], membersMissing } = chat;
  const more = membersMissing === undefined ? "" : ", and there may be more";
  const said = people.length === 0 ? "not known" : `${people.length}, as last known${more}`;
  return [
    ...factRows(shaper, "Participants", said),
    ...marked(peopleRows({ people, nameOf, shaper }, TEXT_WIDTH - HANG), HANG, gap(0)),
  ];
}

/** A sentence of the document itself. */
export const lines = ({ shaper }: Pick<Titled, "shaper">, said: string, style: TextStyle): Row[] =>
  setParagraph(shaper, text(said, style), TEXT_WIDTH).map((line) => textRow(line, style.size));

export function pageHead({ shaper, title, mark }: Titled): PageHead {
  const set = (said: string) => oneLineOf(shaper, said, SMALL);
  const room = TEXT_WIDTH - HEAD_GAP;
  let shown = graphemesOf(title.replace(/\s+/g, " ")).slice(0, MOST_IN_HEAD);
  const whole = () => set(`${shown.join("")}${mark}`);
  while (whole().width > room) shown = [...shown.slice(0, -5), "…"];
  return {
    title: whole(),
    page: (number) => set(`Page ${number}`),
    total: (pages) => set(` of ${pages}`),
  };
}
