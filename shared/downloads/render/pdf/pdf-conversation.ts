import type { Instant } from "../../../platform/time.ts";
import type { DocumentSink, OpenContent, RenderItem } from "../renderer.ts";
import { DocumentWriter, type PageHead, TEXT_WIDTH } from "./file/document-writer.ts";
import { text } from "./layout/inlines.ts";
import { type Clock, messageRows } from "./layout/message-rows.ts";
import { gap, type Row, textRow } from "./layout/row.ts";
import type { Setting } from "./layout/setting.ts";
import { DAY, PALE, SMALL, TITLE } from "./layout/styles.ts";
import { PdfPictures } from "./pdf-pictures.ts";
import { graphemesOf } from "./type/break-text.ts";
import { setParagraph, type TextLine, type TextStyle } from "./type/paragraph.ts";
import type { Shaper } from "./type/shaper.ts";

export interface ConversationOptions {
  readonly title: string;
  readonly timeZone: string;
  /** `2026-03-29 14:05:09 +02:00`. */
  readonly localTime: (instant: Instant) => string;
  readonly shaper: Shaper;
  readonly open: OpenContent;
}

/** One document: the messages of a conversation, or as many as one document should hold. */
export class PdfConversation {
  readonly #options: ConversationOptions;
  readonly #writer: DocumentWriter;
  readonly #pictures: PdfPictures;
  readonly #clock: Clock;
  #messages = 0;
  #day = "";
  #latest: Instant | undefined;

  constructor(options: ConversationOptions) {
    this.#options = options;
    const { localTime } = options;
    this.#clock = { time: (at) => localTime(at).slice(11, 19), full: (at) => localTime(at).slice(0, 19) };
    this.#writer = new DocumentWriter(pageHead(options));
    this.#pictures = new PdfPictures(this.#writer, options.open);
    this.#writer.place(titleRows(options));
  }

  get messages(): number {
    return this.#messages;
  }

  get pictureBytes(): number {
    return this.#pictures.bytes;
  }

  newPictureBytes(item: RenderItem): number {
    return this.#pictures.newBytes(item);
  }

  /** What ending the document now would write. */
  get unwritten(): number {
    return this.#writer.unwritten;
  }

  async add(item: RenderItem, sink: DocumentSink): Promise<void> {
    const { message } = item;
    const drawn = await this.#pictures.of(item);
    const contents = new Map(item.contents.map((content) => [content.key, content]));
    const setting: Setting = {
      shaper: this.#options.shaper,
      content: (key) => contents.get(key),
      picture: (key) => drawn.get(key),
    };
    if (message.createdAt !== undefined) this.#beginDay(message.createdAt);
    this.#writer.place(messageRows(item, TEXT_WIDTH, this.#clock, setting));
    this.#messages += 1;
    await sink.write(this.#writer.file.take(), item);
  }

  async finish(sink: DocumentSink): Promise<void> {
    const { title } = this.#options;
    if (this.#messages === 0) this.#writer.place(lines(this.#options, "There are no messages in this period.", SMALL));
    this.#writer.end({ title, date: this.#latest });
    await sink.write(this.#writer.file.take());
  }

  #beginDay(instant: Instant): void {
    this.#latest = Math.max(this.#latest ?? instant, instant);
    const day = this.#options.localTime(instant).slice(0, 10);
    if (day === this.#day) return;
    this.#day = day;
    const name = nameOfDay(day, { weekday: "long", day: "numeric", month: "long", year: "numeric" });
    const [line] = setParagraph(this.#options.shaper, text(name, DAY), TEXT_WIDTH, "center");
    if (!line) return;
    const outline = [nameOfDay(day, { month: "long", year: "numeric" }), name] as const;
    this.#writer.place([gap(10), { ...dayRow(line), outline }]);
  }
}

const dayRow = (line: TextLine): Row => ({
  height: 20,
  keep: true,
  paint(page, x, top) {
    const side = (TEXT_WIDTH - line.width) / 2 - 8;
    page.rectangle(x, top - 10, side, 0.5, PALE);
    page.rectangle(x + TEXT_WIDTH - side, top - 10, side, 0.5, PALE);
    page.text(line, x, top - 13);
  },
});

const nameOfDay = (day: string, options: Intl.DateTimeFormatOptions): string =>
  new Date(`${day}T00:00:00Z`).toLocaleDateString("en-GB", { ...options, timeZone: "UTC" });

function titleRows({ shaper, title, timeZone }: ConversationOptions): Row[] {
  return [
    ...lines({ shaper }, title, TITLE),
    ...lines({ shaper }, `Messages of a chat in Microsoft Teams. Times are those of ${timeZone}.`, SMALL),
    gap(6),
  ];
}

const lines = ({ shaper }: Pick<ConversationOptions, "shaper">, said: string, style: TextStyle): Row[] =>
  setParagraph(shaper, text(said, style), TEXT_WIDTH).map((line) => textRow(line, style.size));

/** Points between the number of a page and what the conversation is called. */
const HEAD_GAP = 90;

function pageHead({ shaper, title }: ConversationOptions): PageHead {
  const set = (said: string): TextLine => {
    const [line] = setParagraph(shaper, text(said, SMALL), TEXT_WIDTH);
    return line ? { ...line, indent: 0 } : { placed: [], indent: 0, width: 0 };
  };
  const room = TEXT_WIDTH - HEAD_GAP;
  let shown = graphemesOf(title.replace(/\s+/g, " ")).slice(0, MOST_IN_HEAD);
  while (set(shown.join("")).width > room) shown = [...shown.slice(0, -5), "…"];
  return {
    title: set(shown.join("")),
    page: (number) => set(`Page ${number}`),
    total: (pages) => set(` of ${pages}`),
  };
}

const MOST_IN_HEAD = 150;
