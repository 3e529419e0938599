import { iso } from "../../platform/time.ts";
import type { Layout } from "./layout.ts";
import { NOT_KEPT, noteOf } from "./note.ts";
import { attachmentLine, entryLine, type ListedEntry, missingLine } from "./manifest-lines.ts";
import type { IndexedReference } from "./set-index.ts";

export interface ManifestInput {
  readonly layout: Layout;
  /** From 1. */
  readonly number: number;
  /** Read once. */
  readonly entries: AsyncIterable<ListedEntry>;
  /** How many of these the entries hold. */
  readonly messages: number;
  readonly attachments: number;
  /** Of the messages told of in it. */
  readonly references: readonly IndexedReference[];
  readonly missing: readonly IndexedReference[];
}

/** The text of a zip's manifest.json, line by line. `entries` lists what lies in this zip but the manifest and SHA256SUMS;
 * `attachments` every pointer of the messages told of in it and, of other contents in it, the first one; `counts` are those
 * of this zip, `setCounts` those that the index tells of all zips of the file set. `partial` says that something is missing in the
 * set, as far as its index knows, or in this zip: whoever writes zips has the set rendered again for what it does not know. */
export async function* manifestText(input: ManifestInput): AsyncGenerator<string> {
  const { entries, missing } = input;
  yield `${JSON.stringify(manifestHead(input), null, 2).slice(0, -2)},\n`;
  yield* list("entries", lines(entries), ",");
  yield* list("attachments", attachmentLines(input), ",");
  yield* list("missing", missing.map(missingLine), "");
  yield "}\n";
}

function manifestHead({ layout, number, messages, attachments, missing }: ManifestInput) {
  const { head } = layout;
  const notKeptAsOf = layout.missing.get(NOT_KEPT) ?? 0;
  const setMissing = [...layout.missing.values()].reduce((sum, count) => sum + count, 0);
  return {
    product: "teams-chat-vault",
    version: head.version,
    account: head.account,
    from: iso(head.from),
    to: iso(head.to),
    timeZone: head.timeZone,
    asOf: head.asOf === undefined ? null : iso(head.asOf),
    chatId: head.chatId ?? null,
    format: head.format,
    attachmentsIncluded: head.attachments,
    systemEvents: head.systemEvents,
    partial: head.incomplete === true || setMissing > 0 || missing.length > 0,
    archiveComplete: head.incomplete !== true,
    note: noteOf(layout.messages, notKeptAsOf),
    part: { number, of: layout.parts.length },
    counts: {
      messages,
      attachments,
      missing: missing.length,
    },
    setCounts: {
      messages: layout.messages,
      attachments: layout.contents.length,
      missing: setMissing,
      notKeptAsOf,
    },
  };
}

function* attachmentLines({ layout, number, references }: ManifestInput): Generator<string> {
  const { contents } = layout;
  const told = new Set(references.map(({ content }) => content));
  for (const reference of references) {
    const laid = contents[reference.content ?? -1];
    if (laid) yield attachmentLine(reference, laid.content, laid.place);
  }
  for (const at of new Set(layout.parts[number - 1]?.slots.map(({ content }) => content))) {
    const laid = contents[at];
    if (laid && !told.has(at)) yield attachmentLine(laid.first, laid.content, laid.place);
  }
}

async function* lines(entries: AsyncIterable<ListedEntry>): AsyncGenerator<string> {
  for await (const one of entries) yield entryLine(one);
}

async function* list(
  name: string,
  lines: Iterable<string> | AsyncIterable<string>,
  end: string,
): AsyncGenerator<string> {
  yield `  "${name}": [`;
  let separator = "\n";
  for await (const line of lines) {
    yield `${separator}    ${line}`;
    separator = ",\n";
  }
  yield separator === "\n" ? `]${end}\n` : `\n  ]${end}\n`;
}
