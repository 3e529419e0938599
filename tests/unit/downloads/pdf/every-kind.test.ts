import { expect, test } from "vitest";
import { makeTenant } from "../../../../local/graph-simulator/tenant/tenant.ts";
import { blocksText } from "../../../../shared/chats/block-text.ts";
import { parseMessage } from "../../../../shared/chats/message.ts";
import { readBody } from "../../../../shared/chats/read-body.ts";
import { readPdf, words } from "../../../support/pdf-text.ts";
import { renderItem, renderPdf } from "../../../support/render-pdf.ts";
import { smallSizes } from "../../../support/simulator.ts";

const EACH = 3;
const tenant = makeTenant({
  ...{ seed: "kinds", sizes: { ...smallSizes, bigAccount: 0, malformedCreatedDates: true } },
  ...{ domain: "fabrikam.example", anchorMs: Date.parse("2026-03-01T12:00:00Z"), lagMs: 0 },
  graphUrl: () => "https://graph.microsoft.com",
});
const byKind = Map.groupBy(
  tenant.books.flatMap((book) =>
    Array.from({ length: book.length() }, (_, at) => ({
      kind: book.kindAt(at),
      raw: book.message(at, book.versions(at) - 1),
    })),
  ),
  ({ kind }) => kind,
);

/** What no reader turns around or parts: words of letters that run to the right, broken nowhere. */
const plainWords = (text: string): string[] =>
  words(text).filter((word) => /^[\p{Script=Latin}\p{Script=Cyrillic}\p{Script=Greek}\d]{2,40}$/u.test(word));

test.each([...byKind.keys()])("every word of messages of the kind %s is in the document", async (kind) => {
  const raws = (byKind.get(kind) ?? []).slice(0, EACH).map(({ raw }) => raw);
  const [document] = await renderPdf(
    raws.map((raw) => renderItem({ ...raw, chatId: "19:one@thread.v2", createdDateTime: "2026-03-01T12:00:00Z" })),
  );
  const { pages } = await readPdf(document?.bytes ?? Buffer.alloc(0));
  const found = words(pages.join("\n")).join("");
  for (const raw of raws) {
    const said = blocksText(readBody(parseMessage(raw), () => undefined));
    for (const word of plainWords(said)) expect(found).toContain(word);
  }
});
