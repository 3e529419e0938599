import { writtenAt } from "../../../chats/message.ts";
import type { Instant } from "../../../platform/time.ts";
import type { DocumentSink, OpenContent, RenderItem } from "../renderer.ts";
import { DocumentWriter, type PageHead, TEXT_WIDTH } from "./file/document-writer.ts";
import { dayRows } from "./layout/day-row.ts";
import {
  type Headed,
  type HeadLater,
  headRows,
  lines,
  pageHead,
  partialLine,
  partLine,
} from "./layout/document-head.ts";
import { subjectText } from "./layout/head-texts.ts";
import { type Clock, messageRows } from "./layout/message-rows.ts";
import type { Row } from "./layout/row.ts";
import type { DrawnPicture } from "./layout/setting.ts";
import { NOTICE, SMALL } from "./layout/styles.ts";
import { PdfPictures } from "./pdf-pictures.ts";

export interface ConversationOptions extends Headed {
  readonly open: OpenContent;
  /** With so many bytes of pictures it takes no more. */
  readonly pictureBytes: number;
  /** Among the documents of the conversation, from 1. */
  readonly number: number;
}

/** Written as soon as there is so much. */
const CHUNK = 1_000_000;
/** Rows that are tried at once for whether they fit. */
const BATCH = 64;
const CONTINUED = "Continues the last message of the document before.";
const TOO_LARGE = "[A line is left out that is larger than a document can be.]";

/** One document: the messages of a conversation, or as many as one document should hold. */
export class PdfConversation {
  readonly #options: ConversationOptions;
  readonly #head: PageHead;
  readonly #writer: DocumentWriter;
  readonly #pictures: PdfPictures;
  readonly #clock: Clock;
  readonly #later: Readonly<Record<keyof HeadLater, ReturnType<DocumentWriter["reserve"]>>>;
  #messages = 0;
  #missing = 0;
  #day = "";
  #latest: Instant | undefined;

  constructor(options: ConversationOptions) {
    this.#options = options;
    const { localTime, open, pictureBytes } = options;
    const end = (at: Instant) => (isNearChange(localTime, at) ? undefined : 19);
    this.#clock = {
      time: (at) => localTime(at).slice(11, end(at)),
      full: (at) => localTime(at).slice(0, end(at)),
    };
    this.#head = pageHead(options);
    this.#writer = new DocumentWriter(this.#head);
    this.#pictures = new PdfPictures(this.#writer, { open, mostBytes: pictureBytes });
    this.#later = { part: this.#writer.reserve(), missing: this.#writer.reserve() };
    const { part, missing } = this.#later;
    this.#writer.place(headRows(options, { part: part.name, missing: missing.name }));
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

  /** What a message adds at the most, but pictures. Guessed high as long as the guess fits, for finding it out takes as long as
   * writing it. */
  textBytes(item: RenderItem, sink: DocumentSink): number {
    const guess = mostTextBytes(item);
    if (sink.fits(this.unwritten + guess, item)) return guess;
    return this.#bytesOf(this.#rowsOf(item, new Map())) + 5_000 + 500 * item.contents.length;
  }

  /** Adds a message. Of its pictures, those stand in it that fit beside its text; of one whose text, of at most `textBytes`, does
   * not fit by itself, none. Answers the rows for which there is no room. */
  async add(item: RenderItem, sink: DocumentSink, textBytes: number): Promise<readonly Row[]> {
    let untold: RenderItem | undefined = item;
    const write = async () => {
      const told = untold;
      untold = undefined;
      await sink.write(this.#writer.file.take(), told);
    };
    const fits = (bytes: number) => sink.fits(this.unwritten + textBytes + bytes, untold);
    const isWhole = fits(0);
    const drawn = isWhole ? await this.#pictures.of(item, { fits, write }) : new Map();
    this.#begin(item);
    const rows = this.#rowsOf(item, drawn);
    if (isWhole) await this.#placeAll(rows, write);
    await write();
    return isWhole ? [] : this.#placeSome(rows, sink);
  }

  /** Takes what another document had no room for. */
  async goOn(item: RenderItem, rows: readonly Row[], sink: DocumentSink): Promise<readonly Row[]> {
    this.#begin(item);
    this.say(CONTINUED);
    return this.#placeSome(rows, sink);
  }

  /** So many messages that would stand here are not kept. */
  miss(messages: number): void {
    this.#missing += messages;
  }

  /** A sentence of the document itself. */
  say(text: string): void {
    this.#writer.place(lines(this.#options, text, SMALL));
  }

  /** `goesOn`: another document of the conversation follows. */
  async finish(sink: DocumentSink, goesOn = false): Promise<void> {
    const { title, mark, head, localTime, shaper, number } = this.#options;
    this.#writer.putLater(partLine(shaper, number, goesOn), this.#later.part.ref);
    this.#writer.putLater(partialLine(shaper, this.#missing), this.#later.missing.ref);
    const subject = `${this.#missing > 0 || head.incomplete ? "PARTIAL. " : ""}${subjectText(head, localTime)}`;
    this.#writer.end({ title: `${title}${mark}`, subject, date: this.#latest });
    await sink.write(this.#writer.file.take());
  }

  #begin({ message, contents }: RenderItem): void {
    this.#missing += contents.filter(({ missing }) => missing !== undefined).length;
    this.#messages += 1;
    const at = writtenAt(message);
    if (at === undefined) return;
    this.#latest = Math.max(this.#latest ?? at, at);
    const day = this.#options.localTime(at).slice(0, 10);
    if (day === this.#day) return;
    this.#day = day;
    this.#writer.place(dayRows(this.#options.shaper, day));
  }

  #rowsOf(item: RenderItem, pictures: ReadonlyMap<string, DrawnPicture | string>): Row[] {
    const contents = new Map(item.contents.map((content) => [content.key, content]));
    const content = (key: string) => contents.get(key);
    const picture = (key: string) => {
      const found = pictures.get(key);
      return typeof found === "string" ? undefined : found;
    };
    const undrawn = (key: string) => {
      const found = pictures.get(key);
      return typeof found === "string" ? found : undefined;
    };
    return messageRows(item, TEXT_WIDTH, this.#clock, { shaper: this.#options.shaper, content, picture, undrawn });
  }

  async #placeAll(rows: readonly Row[], write: () => Promise<void>): Promise<void> {
    for (const row of rows) {
      this.#writer.place([row]);
      if (this.#writer.file.untaken > CHUNK) await write();
    }
  }

  /** As many as fit, and at least one, or a word about it. */
  async #placeSome(rows: readonly Row[], sink: DocumentSink): Promise<readonly Row[]> {
    let at = 0;
    for (let count = BATCH; at < rows.length; ) {
      let some: readonly Row[] = rows.slice(at, at + count);
      const fits = sink.fits(this.unwritten + this.#bytesOf(some));
      if (!fits && count > 1) {
        count /= 2;
        continue;
      }
      if (!fits && at > 0) break;
      if (!fits) some = lines(this.#options, TOO_LARGE, NOTICE);
      this.#writer.place(some);
      at += fits ? some.length : 1;
      await sink.write(this.#writer.file.take());
    }
    return rows.slice(at);
  }

  /** Of rows in a document of their own. */
  #bytesOf(rows: readonly Row[]): number {
    const trial = new DocumentWriter(this.#head);
    trial.place(rows);
    return trial.unwritten;
  }
}

/** Longer than what clocks are set back by. */
const NEAR_MS = 3 * 3_600_000;

/** Whether the time may come twice on that day, and needs its offset. */
const isNearChange = (localTime: (instant: Instant) => string, at: Instant): boolean =>
  localTime(at - NEAR_MS).slice(20) !== localTime(at + NEAR_MS).slice(20);

/** More than the text of any message takes: each character may be a glyph that the fonts of the document have not had yet, and
 * names stand in it that are not in the message. */
function mostTextBytes({ message, contents }: RenderItem): number {
  const { body, attachments, reactions } = message;
  const length = attachments.reduce((sum, { content = "", name = "" }) => sum + content.length + name.length, 0);
  return 200_000 + 1_000 * (body.content.length + length + reactions.length + contents.length);
}
