import type { ContentRecord } from "../../archive/content-store.ts";
import type { ChatMessage } from "../../chats/message.ts";
import type { ContentReference } from "../../chats/references.ts";
import type { PlacedContent } from "../render/renderer.ts";
import { contentName } from "./content-name.ts";
import { type Costs, MOST_PIECES } from "./cost.ts";
import { FolderNames } from "./entry-name.ts";
import type { IndexedContent, IndexedReference } from "./set-index.ts";

interface Placing {
  /** Whether contents are packed at all; else they are named alone. */
  readonly isPacked: boolean;
  readonly costs: Costs;
  /** Contents that are known to be `gone` or `damaged`, by their SHA-256. */
  readonly lost: ReadonlyMap<string, string>;
}

/** What a document says of a content, and what the index says. */
interface Placed {
  readonly content: PlacedContent;
  readonly index: IndexedReference;
}

/** The contents of a file set: each distinct one has one place in `Attachments/`, whatever number of messages points to it. */
export class ContentPlaces {
  readonly #of: Placing;
  readonly #names = new FolderNames();
  readonly #contents: IndexedContent[] = [];
  readonly #bySha = new Map<string, number>();
  #told = 0;

  constructor(of: Placing) {
    this.#of = of;
  }

  /** Gives each content of a message its place, or says that it is missing. */
  place(
    message: Pick<ChatMessage, "chatId" | "id">,
    references: readonly ContentReference[],
    records: readonly ContentRecord[],
  ): Placed[] {
    const byKey = new Map(records.map((record) => [record.reference.key, record]));
    const hosted = references.filter(({ kind }) => kind === "hosted").map(({ key }) => key);
    const numbers = new Map(hosted.length > 1 ? hosted.map((key, at) => [key, at + 1]) : []);
    return references.map((reference) => {
      const record = byKey.get(reference.key);
      const name = contentName(reference, record, numbers.get(reference.key));
      const index = { chatId: message.chatId, messageId: message.id, name };
      return this.#place(index, reference, record);
    });
  }

  /** Contents that have got a place since this was asked last. */
  takeNew(): readonly IndexedContent[] {
    const fresh = this.#contents.slice(this.#told);
    this.#told = this.#contents.length;
    return fresh;
  }

  /** Bytes that a reference takes in the manifest. */
  lineOf(reference: IndexedReference): number {
    return this.#of.costs.reference(reference, this.#contents[reference.content ?? -1]);
  }

  #place(index: IndexedReference, { kind, key }: ContentReference, record: ContentRecord | undefined): Placed {
    const said = { kind, key, name: index.name };
    if (!this.#of.isPacked) return { content: said, index };
    const found = this.#found(index, record);
    if (typeof found === "string") return { content: { ...said, missing: found }, index: { ...index, missing: found } };
    const { sha256, bytes, name } = found.content;
    const damaged = this.#of.lost.get(sha256);
    const missing = damaged === undefined ? {} : { missing: damaged };
    return {
      content: { ...said, sha256, bytes, entry: `Attachments/${name}`, ...missing },
      index: { ...index, content: found.at, ...missing },
    };
  }

  /** The content, or why there is none. */
  #found(first: IndexedReference, record: ContentRecord | undefined): { at: number; content: IndexedContent } | string {
    if (record?.state !== "stored" || record.sha256 === undefined) {
      return record?.state === "failed" ? (record.reason ?? "failed") : "pending";
    }
    if (this.#of.lost.get(record.sha256) === "gone") return "gone";
    const known = this.#bySha.get(record.sha256);
    const before = this.#contents[known ?? -1];
    if (known !== undefined && before) return { at: known, content: before };
    const size = { sha256: record.sha256, bytes: record.bytes ?? 0 };
    const { pieces } = this.#of.costs.cut({ ...size, name: "x".repeat(130) }, first);
    if (pieces > MOST_PIECES) return "too_large_for_zips";
    const content = { ...size, name: this.#names.take(first.name, pieces) };
    this.#contents.push(content);
    this.#bySha.set(content.sha256, this.#contents.length - 1);
    return { at: this.#contents.length - 1, content };
  }
}
