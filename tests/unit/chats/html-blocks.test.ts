import fc from "fast-check";
import { Parser } from "htmlparser2";
import { describe, expect, test } from "vitest";
import { blocksText } from "../../../shared/chats/block-text.ts";
import type { Block } from "../../../shared/chats/body.ts";
import { htmlBlocks } from "../../../shared/chats/html-blocks.ts";

const text = (text: string, more: object = {}) => ({ kind: "text", text, ...more });
const paragraph = (...runs: (object | string)[]) => ({
  kind: "paragraph",
  runs: runs.map((run) => (typeof run === "string" ? text(run) : run)),
});
const cell = (words: string, more: object = {}) => ({
  header: false,
  columns: 1,
  rows: 1,
  blocks: words === "" ? [] : [paragraph(words)],
  ...more,
});
const hosted = "https://graph.microsoft.com/v1.0/chats/1/messages/2/hostedContents/aWQ/$value";

describe("HTML becomes blocks:", () => {
  const cases: [name: string, html: string, blocks: object[]][] = [
    [
      "looks",
      "<p>a <b>b <i>c</i></b> <s>d</s><u>e</u><sub>f</sub><sup>g</sup> <code>h</code></p>",
      [
        paragraph(
          "a ",
          text("b ", { bold: true }),
          text("c", { bold: true, italic: true }),
          " ",
          text("d", { strike: true }),
          text("e", { underline: true }),
          text("f", { script: "sub" }),
          text("g", { script: "super" }),
          " ",
          text("h", { code: true }),
        ),
      ],
    ],
    [
      "looks that overlap",
      "<b>a<i>b</b>c</i>d",
      [paragraph(text("a", { bold: true }), text("b", { bold: true, italic: true }), text("c", { italic: true }), "d")],
    ],
    [
      "breaks and empty lines",
      "a<br>b<br><p>&nbsp;</p><p><br></p>c",
      [paragraph("a", { kind: "break" }, "b"), paragraph(" "), paragraph(), paragraph("c")],
    ],
    [
      "CDATA sections, which are comments up to the first >",
      "a<![CDATA[x]]>b<![CDATA[<i>c > d]]>e<textarea><![CDATA[f]]></textarea><![CDATA[g",
      [paragraph("abc > d]]>e<![CDATA[f]]>")],
    ],
    [
      "tables that run to the left",
      "<table dir=RTL><tr><td>a</table><table dir=ltr><tr><td>b",
      [
        {
          kind: "table",
          rows: [[{ ...cell("a"), blocks: [{ ...paragraph("a"), rightToLeft: true as const }] }]],
          rightToLeft: true,
        },
        { kind: "table", rows: [[cell("b")]] },
      ],
    ],
    [
      "paragraphs that run to the left, by themselves or by what they are in",
      "<p dir=rtl>a<p>b</p><div dir=RTL>c<p>d</p><p dir=auto>e</p>f</div>g<blockquote dir=rtl>h</div></blockquote>i",
      [
        { ...paragraph("a"), rightToLeft: true },
        paragraph("b"),
        ...["c", "d"].map((said) => ({ ...paragraph(said), rightToLeft: true as const })),
        paragraph("e"),
        { ...paragraph("f"), rightToLeft: true },
        paragraph("g"),
        { kind: "quote", blocks: [{ ...paragraph("h"), rightToLeft: true }] },
        paragraph("i"),
      ],
    ],
    [
      "headings and rules",
      "<h2>T</h2><hr><p>x</p><h1></h1>y",
      [{ ...paragraph("T"), heading: 2 }, { kind: "rule" }, paragraph("x"), paragraph("y")],
    ],
    [
      "links of allowed kinds",
      '<a href=" https://x.test/a b">x</a><a href="java&#10;script:1">y</a><a href="MAILTO:a@b.c">z</a><a href="file:///c">f</a><a href="tel:1"></a>',
      [
        paragraph(
          text("x", { href: "https://x.test/a%20b" }),
          "y",
          text("z", { href: "MAILTO:a@b.c" }),
          "f",
          text("tel:1", { href: "tel:1" }),
        ),
      ],
    ],
    [
      "mentions, emoji, pictures",
      `<at id="0">A  B</at><emoji alt="😀" title="x"></emoji><customemoji alt="hi" source="${hosted}"></customemoji><img alt="image" src="${hosted}" width="240" style="height:120px"><img src="data:image/png;base64,AA" alt="d"><img itemtype="http://schema.skype.com/Emoji" alt="🎉">`,
      [
        paragraph(
          { kind: "mention", text: "@A B" },
          { kind: "emoji", text: "😀" },
          { kind: "emoji", text: ":hi:", content: expect.any(String) },
          { kind: "picture", alt: "", content: expect.any(String), width: 240, height: 120 },
          { kind: "picture", alt: "d" },
          { kind: "emoji", text: "🎉" },
        ),
      ],
    ],
    [
      "lists in lists, wherever the inner one stands",
      '<ol start="3"><li>a<ul><li>b</li></ul></li><ul><li>c</ul><li>d</ol>',
      [
        {
          kind: "list",
          ordered: true,
          start: 3,
          items: [
            [
              paragraph("a"),
              { kind: "list", ordered: false, start: 1, items: [[paragraph("b")]] },
              { kind: "list", ordered: false, start: 1, items: [[paragraph("c")]] },
            ],
            [paragraph("d")],
          ],
        },
      ],
    ],
    [
      "items without a list",
      "a<li>b<li>c</li>d",
      [
        paragraph("a"),
        { kind: "list", ordered: false, start: 1, items: [[paragraph("b")], [paragraph("c")]] },
        paragraph("d"),
      ],
    ],
    [
      "tables, unclosed, with spans that end where the table ends",
      '<table><tr><th>a<th>b<tr><td colspan="9999" rowspan=7>c<tr></table>d',
      [
        {
          kind: "table",
          rows: [[cell("a", { header: true }), cell("b", { header: true })], [cell("c", { columns: 50 })]],
        },
        paragraph("d"),
      ],
    ],
    [
      "text that stands in a table outside of cells",
      "<table>a<tr>b<td>c</table>",
      [{ kind: "table", rows: [[cell("a")], [cell("b"), cell("c")]] }],
    ],
    [
      "what a cell leaves open ends with it",
      "<table><td><ul><li>a</td><td></li></ul>b</table>",
      [
        {
          kind: "table",
          rows: [
            [cell("", { blocks: [{ kind: "list", ordered: false, start: 1, items: [[paragraph("a")]] }] }), cell("b")],
          ],
        },
      ],
    ],
    [
      "quotes",
      "<blockquote><p>a</p><blockquote>b</blockquote></blockquote><blockquote></blockquote>c",
      [{ kind: "quote", blocks: [paragraph("a"), { kind: "quote", blocks: [paragraph("b")] }] }, paragraph("c")],
    ],
    [
      "quoted replies of old clients",
      '<blockquote itemtype="http://schema.skype.com/Reply" itemid="1">\r\n<strong itemprop="mri">Adele</strong><span itemprop="time"></span>\r\n<p itemprop="preview">hi</p></blockquote><p>yes <strong itemprop="mri">x</strong></p>',
      [
        { kind: "original", heading: "Adele wrote:", blocks: [paragraph("hi")] },
        paragraph("yes ", text("x", { bold: true })),
      ],
    ],
    [
      "a quoted reply of which only the author is left",
      '<blockquote itemtype="http://schema.skype.com/Reply"><strong itemprop="mri">Adele',
      [{ kind: "original", heading: "Adele wrote:", blocks: [] }],
    ],
    [
      "code",
      '<codeblock class="Bash"><code>a &amp;&amp; b<br>\tc<b>d</b></code></codeblock><pre>\n  x\n</pre>y',
      [{ kind: "code", text: "a && b\n\tcd", language: "Bash" }, { kind: "code", text: "  x" }, paragraph("y")],
    ],
    [
      "pictures among code",
      `<pre>a<img src="https://x.test/p.png">b</pre>`,
      [
        { kind: "code", text: "a" },
        paragraph({ kind: "picture", alt: "", href: "https://x.test/p.png" }),
        { kind: "code", text: "b" },
      ],
    ],
    [
      "code that its cell ends",
      "<table><td><pre>a<td>b</table>",
      [{ kind: "table", rows: [[cell("", { blocks: [{ kind: "code", text: "a\nb" }] })]] }],
    ],
    [
      "nothing of scripts and styles",
      "<style>p{}</style>a<script>b</script><script/>c</script>d<title>e</title>",
      [paragraph("ad")],
    ],
    [
      "names of JavaScript's own things",
      "<constructor>a</constructor><toString>b<hasownproperty>c",
      [paragraph("abc")],
    ],
  ];
  test.each(cases)("%s", (_, html, blocks) => expect(htmlBlocks(html)).toEqual(blocks));

  test("an author's name is whole where it is opened twice", () => {
    const reply = '<blockquote itemtype="http://schema.skype.com/Reply"><strong itemprop="mri">';
    expect(htmlBlocks(`${reply}Ad<strong itemprop="mri">ele</strong>hi</blockquote>`)).toEqual([
      { kind: "original", heading: "Adele wrote:", blocks: [paragraph("hi")] },
    ]);
  });

  test("an attachment stands where its tag is, also among text and code", () => {
    const attachment = (id: string): Block[] => (id === "1" ? [{ kind: "attachment", label: "File" }] : []);
    expect(htmlBlocks('<p>a<attachment id="1"></attachment>b<attachment id="2">c</p>', { attachment })).toEqual([
      paragraph("a"),
      { kind: "attachment", label: "File" },
      paragraph("bc"),
    ]);
  });
});

/** Without svg and math: a script in them ends where they end, which no message of Teams has. */
const TAGS =
  "a at attachment b blockquote br center code codeblock customemoji div emoji h1 hr i iframe img li ol p pre s section span strong table tbody td th tr u ul template textarea".split(
    " ",
  );
const piece = fc.oneof(
  fc.constantFrom(...TAGS).map((tag) => `<${tag}>`),
  fc.constantFrom(...TAGS).map((tag) => `</${tag}>`),
  fc.constantFrom(
    ...[
      "<",
      ">",
      "</",
      "<p",
      "<a href=",
      '"',
      "&",
      "&#",
      ";",
      "<!--",
      "-->",
      "<![CDATA[",
      "\u0000",
      "&nbsp;",
      "&amp;",
      "x",
      "y z",
    ],
    ...[
      '<blockquote itemtype="http://schema.skype.com/Reply">',
      '<strong itemprop="mri">',
      "\n",
      " ",
      "<script>",
      "</script>",
      "<style>",
    ],
    ...[
      '<td colspan="-1">',
      '<td rowspan="1e9">',
      '<ol start="99999999999">',
      '<a href="https://x.test">',
      "<br/>",
      "</br>",
      "👩‍👩‍👧",
      "\ud800",
    ],
  ),
  fc.string({ unit: "binary", maxLength: 6 }),
);
const anyHtml = fc.array(piece, { maxLength: 120 }).map((pieces) => pieces.join(""));

/** What a reader of text nodes finds, without white space. */
function visible(html: string): string {
  let text = "";
  let silent = 0;
  const isSilent = (name: string) => ["script", "style", "title"].includes(name);
  const parser = new Parser({
    onopentagname: (name) => void (silent += isSilent(name) ? 1 : 0),
    onclosetag: (name) => void (silent -= isSilent(name) ? 1 : 0),
    ontext: (piece) => void (text += silent > 0 ? "" : piece),
  });
  parser.end(html);
  return text.replace(/\s+/g, "");
}

function isWithin(wanted: string, text: string): boolean {
  let at = 0;
  // Not by characters: halves of a pair may stand in two texts.
  for (const character of wanted.split("")) {
    at = text.indexOf(character, at) + character.length;
    if (at < character.length) return false;
  }
  return true;
}

const nested = (value: unknown): number =>
  typeof value === "object" && value !== null ? 1 + Math.max(0, ...Object.values(value).map(nested)) : 0;

describe("whatever the HTML,", () => {
  test("every visible character is in the text, in its order, and the tree is no deeper than its bound", () => {
    fc.assert(
      fc.property(anyHtml, (html) => {
        const blocks = htmlBlocks(html);
        expect(isWithin(visible(html), blocksText(blocks))).toBe(true);
        expect(nested(blocks)).toBeLessThan(80);
      }),
      { numRuns: 3_000 },
    );
  });

  test("endless nesting ends", () => {
    for (const tag of ["<div>", "<blockquote>", "<ul><li>", "<table><tr><td>", "<b>", "<ul>", "<table>"]) {
      const blocks = htmlBlocks(`${tag.repeat(5_000)}deep`);
      expect(nested(blocks)).toBeLessThan(80);
      expect(blocksText(blocks)).toContain("deep");
    }
  });

  test("addresses are http(s), mailto or tel, and nothing of a script survives", () => {
    const scheme = fc.constantFrom(
      "https://",
      "javascript:",
      "JaVaScRiPt&colon;",
      " data:",
      "java\tscript:",
      "vbscript:",
      "file://",
      "//",
      "mailto:",
      "\u0001javascript:",
      "tel:",
      "http://",
    );
    const address = fc
      .tuple(scheme, fc.string({ maxLength: 8 }))
      .map(([kind, rest]) => `${kind}${rest.replaceAll('"', "")}`);
    const part = fc.oneof(
      address.map((url) => `<a href="${url}">x</a>`),
      address.map((url) => `<img src="${url}" onerror="${url}">`),
      fc.constantFrom(
        "<script>SECRET</script>",
        "<style>SECRET</style>",
        "<b onclick='SECRET'>",
        "<p>",
        "<SCRIPT\n>SECRET</sCript >",
        "<pre>",
        "</td>",
      ),
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 12 }), (parts) => {
        const found = JSON.stringify(htmlBlocks(parts.join("")));
        expect(found).not.toContain("SECRET");
        for (const [, href = ""] of found.matchAll(/"href":"([^"]*)"/g))
          expect(href).toMatch(/^(https?:\/\/|mailto:|tel:)/i);
      }),
      { numRuns: 1_000 },
    );
  });
});
