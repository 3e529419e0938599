import { iso } from "../../platform/time.ts";
import type { Layout } from "./layout.ts";
import { noteOf } from "./note.ts";
import { attachmentLine, entryLine, type ListedEntry, missingLine } from "./manifest-lines.ts";
import type { IndexedReference, SetIndex } from "./set-index.ts";

export interface ManifestInput {
  readonly index: SetIndex;
  readonly layout: Layout;
  /** From 1. */
  readonly number: number;
  readonly listed: readonly ListedEntry[];
  readonly missing: readonly IndexedReference[];
}

/** The text of a zip's manifest.json, line by line. `entries` lists what lies in this zip but the manifest and SHA256SUMS;
 * `attachments` every pointer of the messages told of in it and, of other contents in it, the first one; `counts` are those
 * of this zip, `setCounts` those of all zips of the file set, and `partial` says that something is missing in the set. */
export function* manifestText(input: ManifestInput): Generator<string> {
  const { listed, missing } = input;
  yield `${JSON.stringify(manifestHead(input), null, 2).slice(0, -2)},\n`;
  yield* list("entries", listed.map(entryLine), ",");
  yield* list("attachments", attachmentLines(input), ",");
  yield* list("missing", missing.map(missingLine), "");
  yield "}\n";
}

function manifestHead({ index, layout, number, listed, missing }: ManifestInput) {
  const { head, references, documents, contents } = index;
  const setMissing = references.filter((reference) => reference.missing !== undefined).length;
  const sum = (items: readonly { readonly messages?: number }[]) =>
    items.reduce((total, { messages = 0 }) => total + messages, 0);
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
    note: noteOf(sum(documents)),
    part: { number, of: layout.parts.length },
    counts: {
      messages: sum(listed),
      attachments: listed.filter(({ kind }) => kind === "attachment").length,
      missing: missing.length,
    },
    setCounts: {
      messages: sum(documents),
      attachments: contents.length,
      missing: setMissing,
      notKeptAsOf: index.notKeptAsOf,
    },
  };
}

function* attachmentLines({ index, layout, number }: ManifestInput): Generator<string> {
  const part = layout.parts[number - 1];
  if (!part) return;
  const { from, to } = part.references;
  const line = (at: number) => {
    const reference = index.references[at];
    const content = index.contents[reference?.content ?? -1];
    const place = layout.places[reference?.content ?? -1];
    return reference && content && place ? [attachmentLine(reference, content, place)] : [];
  };
  for (let at = from; at < to; at++) yield* line(at);
  for (const content of new Set(part.slots.map((slot) => slot.content))) {
    const first = layout.firstReferences[content];
    if (first !== undefined && (first < from || first >= to)) yield* line(first);
  }
}

function* list(name: string, lines: Iterable<string>, end: string): Generator<string> {
  yield `  "${name}": [`;
  let separator = "\n";
  for (const line of lines) {
    yield `${separator}    ${line}`;
    separator = ",\n";
  }
  yield separator === "\n" ? `]${end}\n` : `\n  ]${end}\n`;
}
