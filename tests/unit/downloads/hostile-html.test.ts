import { parse } from "csv-parse/sync";
import { Parser } from "htmlparser2";
import { simpleParser } from "mailparser";
import { expect, test } from "vitest";
import { parseMessage } from "../../../shared/chats/message.ts";
import { csvRow, messageCells } from "../../../shared/downloads/render/csv/csv-row.ts";
import { composeMail } from "../../../shared/downloads/render/eml/compose-mail.ts";
import type { RenderItem } from "../../../shared/downloads/render/renderer.ts";

const item = (content: string): RenderItem => ({
  message: parseMessage({ chatId: "19:a@thread.v2", id: "1764000000000", body: { contentType: "html", content } }),
  chat: { type: "group", topic: "Plans", members: [] },
  from: { id: "u1", name: "Adele" },
  nameOf: () => undefined,
  contents: [],
});
const localTime = () => "";

/** The texts that people get, as independent readers find them, and the mail's tags. */
async function told(content: string) {
  const one = item(content);
  const mail = await composeMail({ item: one, sentAt: 0, localTime, pictures: new Map() });
  const { text = "", html } = await simpleParser(mail, { skipImageLinks: true, skipTextToHtml: true });
  const tags: { name: string; attributes: Record<string, string> }[] = [];
  new Parser({ onopentag: (name, attributes) => void tags.push({ name, attributes }) }).end(html || "");
  const [cells = []]: string[][] = parse(csvRow(messageCells(one, localTime)), { record_delimiter: "\r\n" });
  return { texts: { text, html: html || "", csv: cells[11] ?? "" }, tags };
}

const KEPT = new Set(
  "a b blockquote body br code div h1 head hr html i li meta ol p pre s table td th tr u ul".split(" "),
);
const DEEP = 100_000;
const repeated = (piece: string, times = DEEP) => piece.repeat(times);

test.each<[string, string, readonly string[]]>([
  ["rows without end", `<table>${repeated("<tr><td>a", 2 * DEEP)}`, ["a"]],
  ["blocks nested without end", `${repeated("<div>")}deep${repeated("</div>")}behind`, ["deep", "behind"]],
  [
    "quotes nested without end",
    `${repeated("<blockquote>")}deep${repeated("</blockquote>")}behind`,
    ["deep", "behind"],
  ],
  ["lists nested without end", `${repeated("<ul><li>")}deep${repeated("</li></ul>")}behind`, ["deep", "behind"]],
  ["tables nested without end", `${repeated("<table><tr><td>")}deep${repeated("</table>")}behind`, ["deep", "behind"]],
  ["looks nested without end", `${repeated("<b><i><font>")}deep${repeated("</i></b>")}behind`, ["deep", "behind"]],
  ["code nested without end", `${repeated("<pre>")}deep${repeated("</pre>")}behind`, ["deep", "behind"]],
  ["tags that nothing closes", `<table><tr><td><ul><li><blockquote><a href="https://x.test/"><b>deep`, ["deep"]],
  ["ends of what nobody opened", `${repeated("</td></ul></blockquote></b></a></p>")}deep`, ["deep"]],
  ["a tag that never ends", `seen<p ${repeated("a=1 ")}`, ["seen"]],
  [
    "a megabyte of attributes",
    `<p ${Array.from({ length: 80_000 }, (_, n) => `onclick${n}="alert(1)"`).join(" ")}>deep`,
    ["deep"],
  ],
  [
    "an attribute of a megabyte",
    `<p style="${repeated("width:9px;")}" onclick='${repeated("alert(1);")}'>deep`,
    ["deep"],
  ],
  ["an address of a megabyte", `<a href="https://x.test/${repeated("0123456789")}">deep</a>`, ["deep"]],
  [
    "a table of 100,000 cells",
    `<table>${repeated("<tr><td>a<td>b", 50_000)}<tr><td>deep</table>behind`,
    ["deep", "behind"],
  ],
  ["a row of 100,000 cells", `<table><tr>${repeated("<td colspan=9999>a")}<td>deep</table>behind`, ["deep", "behind"]],
  [
    "text that styles hide",
    `<span style="display:none">deep</span><p hidden style="font-size:0">small</p>`,
    ["deep", "small"],
  ],
  ["comments and declarations", `<!-- a --><!DOCTYPE x><?php y ?>deep<!-- b`, ["deep"]],
  [
    "text in tags of forms, frames and pictures",
    "<form><button>deep</button><textarea>area</textarea></form><svg><text>drawn</text></svg>",
    ["deep", "area", "drawn"],
  ],
  ["a line of a megabyte", `${repeated("0123456789")}deep`, ["deep"]],
])("of %s every text is in the mail and in the table, and nothing else of it", async (_, content, words) => {
  const { texts, tags } = await told(content);
  for (const word of words) for (const text of Object.values(texts)) expect(text.includes(word)).toBe(true);
  for (const { name, attributes } of tags) {
    expect([...KEPT]).toContain(name);
    const allowed = Object.keys(attributes).filter(
      (one) => !/^(href|border|cellspacing|cellpadding|colspan|rowspan|charset|start)$/.test(one),
    );
    expect(allowed).toEqual([]);
  }
});

test.each([
  ...[
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "java\tscript:alert(1)",
    "java\nscript:alert(1)",
    " \u0001javascript:alert(1)",
  ],
  ...["&#106;avascript:alert(1)", "javascript&colon;alert(1)", "java&Tab;script:alert(1)", "\u0000javascript:alert(1)"],
  ...[
    "data:text/html,<script>alert(1)</script>",
    "da\u00adta:text/html;base64,PHNjcmlwdD4",
    "vbscript:msgbox(1)",
    "file:///etc/passwd",
  ],
  ...[
    "//evil.test/alert",
    "\\\\evil.test\\alert",
    "ftp://evil.test",
    "https:evil.test",
    "\ufeffjavascript:alert(1)",
    "blob:https://x.test/1",
  ],
])("a link to %j leads nowhere, and its text stays", async (address) => {
  const { texts, tags } = await told(
    `<a href="${address}">shown</a><img src="${address}" alt="drawn"><area href="${address}">`,
  );
  expect(tags.filter(({ attributes }) => "href" in attributes || "src" in attributes)).toEqual([]);
  for (const text of Object.values(texts)) {
    expect(text).toMatch(/shown.*drawn/s);
    expect(text).not.toMatch(/alert|evil|passwd|msgbox|PHNj/);
  }
});
