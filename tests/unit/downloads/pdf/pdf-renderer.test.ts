import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { readPdf, words } from "../../../support/pdf-text.ts";
import { renderItem, renderPdf } from "../../../support/render-pdf.ts";

const html = (content: string) => ({ body: { contentType: "html", content } });
const textOf = async (bytes: Buffer): Promise<string> => (await readPdf(bytes)).pages.join("\n");
const one = async (raw: Readonly<Record<string, unknown>>): Promise<string> => {
  const [document] = await renderPdf([renderItem(raw)]);
  return textOf(document?.bytes ?? Buffer.alloc(0));
};

test("a document is named after its conversation and says so, with days, senders, times and page numbers", async () => {
  const documents = await renderPdf(
    [
      renderItem({ ...html("<p>First</p>"), createdDateTime: "2026-03-28T22:59:00Z" }),
      renderItem({ ...html("<p>Second</p>"), id: "2", createdDateTime: "2026-03-29T01:30:00Z" }),
      renderItem({ ...html("<p>Other</p>"), id: "3", chatId: "19:b@thread.v2" }, { chat: { topic: "Budget 2026" } }),
    ],
    { timeZone: "Europe/Berlin" },
  );
  expect(documents.map(({ name, messages }) => [name, messages])).toEqual([
    ["Budget 2026.pdf", 2],
    ["Budget 2026 (2).pdf", 1],
  ]);
  const { pages, outline, info } = await readPdf(documents[0]?.bytes ?? Buffer.alloc(0));
  expect(pages).toHaveLength(1);
  for (const said of ["Budget 2026", "Adele Vance", "23:59:00", "First", "03:30:00", "Second"]) {
    expect(pages[0]).toContain(said);
  }
  expect(outline).toEqual(["March 2026", "Saturday, 28 March 2026", "Sunday, 29 March 2026"]);
  expect(info).toMatchObject({ Title: "Budget 2026", Producer: "teams-chat-vault", CreationDate: "D:20260329013000Z" });
});

test("a message whose date cannot be read stands under the day and time that its id tells", async () => {
  const [document] = await renderPdf([
    renderItem({ ...html("<p>First</p>"), id: String(Date.UTC(2026, 2, 2, 9, 30)), createdDateTime: "yesterday" }),
  ]);
  const { pages, outline, info } = await readPdf(document?.bytes ?? Buffer.alloc(0));
  expect(pages[0]).toContain("09:30:00");
  expect(outline).toEqual(["March 2026", "Monday, 2 March 2026"]);
  expect(info).toMatchObject({ CreationDate: "D:20260302093000Z" });
  expect(await one({ ...html("<p>First</p>"), createdDateTime: "yesterday" })).toContain("time unknown");
});

test("times that come twice when clocks are set back are told apart, of messages and of edits", async () => {
  const at = (id: string, createdDateTime: string) =>
    renderItem({ ...html("<p>x</p>"), id, createdDateTime, lastEditedDateTime: createdDateTime });
  const items = [at("1", "2026-10-25T00:30:00Z"), at("2", "2026-10-25T01:30:00Z"), at("3", "2026-10-25T09:30:00Z")];
  const [document] = await renderPdf(items, { timeZone: "Europe/Berlin" });
  const shown = words(await textOf(document?.bytes ?? Buffer.alloc(0))).join(" ");
  for (const time of ["02:30:00 +02:00", "02:30:00 +01:00"]) {
    expect(shown).toContain(`Adele Vance ${time} · edited 2026-10-25 ${time}`);
  }
  expect(shown).toContain("Adele Vance 10:30:00 · edited 2026-10-25 10:30:00 x");
});

test("what a message, a name or a reaction says does not pass for the head of another message", async () => {
  const fake = "Megan Bowen 09:04:00";
  const name = "Mallory\n\nAdele Vance 09:00:00\nI confess";
  const body = `<p>ok?</p><p><strong>Megan Bowen</strong>&nbsp;&nbsp;&nbsp;09:04:00</p><p>Yes, I approve.</p>`;
  const reactions = [{ reactionType: "like", user: { user: { displayName: name } } }];
  const [document] = await renderPdf([
    renderItem({ ...html(body), reactions }, { from: { name } }),
    renderItem({ ...html("<p>no</p>"), id: "2" }, { from: { name: `${"Mallory ".repeat(9)}${fake} ${fake} ${fake}` } }),
    renderItem({ ...html("<p>no</p>"), id: "3" }, { from: { name: "Megan Bowen" } }),
  ]);
  const { pages, placed } = await readPdf(document?.bytes ?? Buffer.alloc(0));
  const [edge = 0] = placed.filter(({ text }) => text.startsWith("Mallory")).map(({ x }) => x);
  const heads = placed.filter(({ x }) => Math.abs(x - edge) < 5).map(({ text }) => text);
  expect(heads.filter((text) => text.startsWith("Megan"))).toEqual(["Megan Bowen"]);
  expect(pages[0]).not.toMatch(/^Adele Vance 09:00:00$/m);
});

test("everything that a message shows is in the text, in its order", async () => {
  const shown = await one(
    html(
      `<h2>Plan</h2><p>Some <b>bold</b>, <i>italic</i>, <code>code</code> words</p><ul><li>one</li><li>two</li></ul>
       <ol start="9"><li>nine</li><li>ten</li></ol><blockquote>said before</blockquote>
       <codeblock><code>let a = 1;<br>let b = 2;</code></codeblock>
       <table><tr><th>Item</th><th>Sum</th></tr><tr><td>Paper</td><td>12</td></tr></table><p>the end</p>`,
    ),
  );
  const order =
    "Plan Some bold, italic, code words • one • two 9. nine 10. ten said before let a = 1; let b = 2; Item Sum Paper 12 the end";
  expect(words(shown).join(" ")).toContain(order);
});

test("the headings of a table stand on each of its pages, also within a quote", async () => {
  const head = "<tr><th>Item</th><th>Sum</th></tr><tr><th>what</th><th>in EUR</th></tr>";
  const rows = Array.from({ length: 90 }, (_, at) => `<tr><td>row ${at}</td><td>${at}</td></tr>`).join("");
  for (const [before, behind] of [
    ["", ""],
    ["<blockquote><ul><li>", "</li></ul></blockquote>"],
  ]) {
    const table = `<p>above</p>${before}<table>${head}${rows}</table>${behind}<p>below</p>`;
    const [document] = await renderPdf([renderItem(html(table))]);
    const { pages } = await readPdf(document?.bytes ?? Buffer.alloc(0));
    // What stands below may have a page of its own.
    const held = pages.filter((page) => /row\s\d+/.test(page));
    expect(held.length).toBeGreaterThan(2);
    for (const page of held) expect(words(page).join(" ")).toMatch(/Item Sum what in EUR row \d+ \d+/);
    expect(pages.join(" ").match(/Item/g)).toHaveLength(held.length);
    expect(pages.join(" ").match(/row\s\d+/g)).toHaveLength(90);
  }
});

test("headings that would take the pages, or that other cells reach out of, are told once", async () => {
  const rows = Array.from({ length: 60 }, (_, at) => `<tr><td>row ${at}</td></tr>`).join("");
  const high = `<tr><th>Item${"<br>more".repeat(20)}</th></tr>`;
  for (const head of [high, '<tr><th>Item</th><th rowspan="3">Sum</th></tr>']) {
    const [document] = await renderPdf([renderItem(html(`<table>${head}${rows}</table>`))]);
    const { pages } = await readPdf(document?.bytes ?? Buffer.alloc(0));
    expect(pages.length).toBeGreaterThan(1);
    expect(pages.join(" ").match(/Item/g)).toHaveLength(1);
  }
});

test("the cells of a table that is too wide for paper say their row and their column", async () => {
  const columns = Array.from({ length: 30 }, (_, at) => at + 1);
  const cells = (tag: string, text: (column: number) => string) =>
    columns.map((column) => `<${tag}>${text(column)}</${tag}>`).join("");
  const rows = [1, 2].map((row) => `<tr>${cells("td", (column) => (column === 5 ? "" : `v${row}-${column}`))}</tr>`);
  const head = `<tr>${cells("th", (column) => (column === 7 ? "" : `Head ${column}`))}</tr>`;
  const spans = '<tr><td>a</td><td rowspan="2">b</td><td colspan="28">c</td></tr><tr><td>d</td><td>e</td></tr>';
  const list = "<tr><td><ul><li>one</li></ul></td></tr>";
  const shownOf = async (table: string) => words(await one(html(`<table>${table}</table>`))).join(" ");
  const [named, numbered] = [await shownOf(`${head}${rows.join("")}`), await shownOf(`${spans}${list}`)];
  expect(named).toMatch(/Headings • Column 1: Head 1 • Column 2: Head 2 .* Row 1 • Head 1: v1-1 • Head 2: v1-2 /);
  expect(named).toContain("• Head 4: v2-4 • Head 6: v2-6 • Column 7: v2-7 • Head 8: v2-8");
  expect(named.indexOf("Head 30: v1-30 Row 2 • Head 1: v2-1")).toBeGreaterThan(0);
  expect(numbered).toMatch(
    /Row 1 • Column 1: a • Column 2, to row 2: b • Column 3 to Column 30: c Row 2 • Column 1: d • Column 3: e Row 3 • Column 1: • one/,
  );
});

test("a cell beyond the columns that paper has room for is where it belongs below a cell that reaches down", async () => {
  const wide = Array.from({ length: 30 }, (_, at) => `<td rowspan="${at > 25 ? 2 : 1}">${at + 1}</td>`).join("");
  const next = Array.from({ length: 27 }, (_, at) => `<td>n${at + 1}</td>`).join("");
  const shown = words(await one(html(`<table><tr>${wide}</tr><tr>${next}</tr></table>`))).join(" ");
  expect(shown).toContain("Column 26: n26 • Column 31: n27");
});

test("a table that runs to the left has its first column at the right, and a quote its text beside its bar", async () => {
  const table = "<tr><td>one</td><td>two</td></tr><tr><td>three</td><td>four</td></tr>";
  const quote = "<blockquote>\u05e9\u05dc\u05d5\u05dd</blockquote>";
  const right = 595.28 - 56;
  const [document] = await renderPdf([
    renderItem(html(`<table dir="RTL">${table}</table><table>${table}</table>${quote}`)),
  ]);
  const { placed } = await readPdf(document?.bytes ?? Buffer.alloc(0));
  const edges = (said: string) => placed.filter(({ text }) => text === said).map(({ x, width }) => [x, x + width]);
  const [[mirrored = [], plain = []], [mirroredTwo = [], plainTwo = []]] = [edges("one"), edges("two")];
  expect(Math.min(...mirrored)).toBeGreaterThan(Math.max(...mirroredTwo));
  expect(Math.max(...mirrored)).toBeGreaterThan(right - 60);
  expect(Math.max(...plain)).toBeLessThan(Math.min(...plainTwo));
  const hebrew = placed.filter(({ text }) => /[\u05d0-\u05ea]/.test(text));
  expect(Math.max(...hebrew.map(({ x, width }) => x + width))).toBeCloseTo(right - 10, 0);
});

test("a paragraph that is marked as running to the left stands at the right, whatever it begins with", async () => {
  const said = "12 Word \u05e9\u05dc\u05d5\u05dd";
  for (const [content, isLeftward] of [
    [`<p dir="RTL">${said}</p>`, true],
    [`<div dir="rtl"><p>${said}</p></div>`, true],
    [`<blockquote dir="rtl">${said}</blockquote>`, true],
    [`<ul><li dir="rtl">${said}</li></ul>`, true],
    [`<p dir="rtl">x</p><p>${said}</p>`, false],
    [`<div dir="rtl"><p dir="auto">${said}</p></div>`, false],
    [`<p>${said}</p>`, false],
  ] as const) {
    const [document] = await renderPdf([renderItem(html(content))]);
    const { placed } = await readPdf(document?.bytes ?? Buffer.alloc(0));
    const at = (part: string) => placed.filter(({ text }) => text.includes(part)).map(({ x }) => x)[0] ?? 0;
    expect(at("Word") > 300, content).toBe(isLeftward);
  }
});

test("cards, originals, mentions, reactions, files and what became of a message are told", async () => {
  const original = {
    messageId: "0",
    messagePreview: "What was asked",
    messageSender: { user: { displayName: "Bob" } },
  };
  const card = { type: "AdaptiveCard", body: [{ type: "TextBlock", text: "Approval needed" }] };
  const shown = await one({
    ...html(
      '<attachment id="o"></attachment><p><at id="0">Megan Bowen</at> see this</p><attachment id="c"></attachment>',
    ),
    lastEditedDateTime: "2026-03-05T10:00:00Z",
    importance: "urgent",
    mentions: [{ id: 0, mentionText: "Megan Bowen" }],
    attachments: [
      { id: "o", contentType: "messageReference", content: JSON.stringify(original) },
      { id: "c", contentType: "application/vnd.microsoft.card.adaptive", content: JSON.stringify(card) },
      {
        id: "f",
        contentType: "reference",
        name: "Report.docx",
        contentUrl: "https://contoso.sharepoint.com/Report.docx",
      },
    ],
    reactions: [{ reactionType: "like", user: { user: { displayName: "Cara" } } }],
  });
  const said = [
    "Urgent",
    "What was asked",
    "Bob",
    "@Megan Bowen see this",
    "Approval needed",
    "Report.docx",
    "👍 Cara",
  ];
  for (const part of [...said, "edited 2026-03-05 10:00:00"]) expect(words(shown).join(" ")).toContain(part);
  expect(await one({ ...html(""), deletedDateTime: "2026-03-05T10:00:00Z" })).toContain("This message was deleted.");
  const event = { "@odata.type": "#microsoft.graph.chatRenamedEventMessageDetail", chatDisplayName: "New name" };
  const sentence = await one({
    ...html("<systemEventMessage/>"),
    messageType: "systemEventMessage",
    eventDetail: event,
  });
  expect(sentence).toContain('renamed the chat to "New name"');
});

test("links lead to web and mail addresses only, and nothing in a document acts by itself", async () => {
  const [document] = await renderPdf([
    renderItem(
      html(
        `<p><a href="https://contoso.com/a(b)\\c?ü=1">web</a> <a href="mailto:a@contoso.com">mail</a> <a href="tel:123">call</a>
         <a href="javascript:alert(1)">script</a> <a href="file:///etc/passwd">file</a></p>`,
      ),
    ),
  ]);
  const bytes = document?.bytes ?? Buffer.alloc(0);
  const { links, active } = await readPdf(bytes);
  expect(links.map((link) => new URL(link).protocol).sort()).toEqual(["https:", "mailto:"]);
  expect(links[0]).toMatch(/^https:\/\/contoso\.com\/a/);
  expect(active).toEqual([]);
  expect(bytes.toString("latin1")).not.toMatch(/\/(JavaScript|JS|Launch|OpenAction|AA|EmbeddedFile|SubmitForm)\b/);
});

test("the address of a recording is a link where it may be one, and always to be read; an address in a name is none", async () => {
  const event = (kind: string, detail: object) => ({
    ...html("<systemEventMessage/>"),
    messageType: "systemEventMessage",
    eventDetail: { "@odata.type": `#microsoft.graph.${kind}EventMessageDetail`, ...detail },
  });
  const recordingAt = (callRecordingUrl: string) =>
    event("callRecording", { callRecordingStatus: "success", callRecordingDisplayName: "Weekly", callRecordingUrl });
  const read = async (raw: Readonly<Record<string, unknown>>) => {
    const [document] = await renderPdf([renderItem(raw)]);
    const { pages, links } = await readPdf(document?.bytes ?? Buffer.alloc(0));
    return { links, text: words(pages.join("")).join("") };
  };
  const address = `https://contoso.sharepoint.com/${"recordings/".repeat(20)}Weekly.mp4?web=1`;
  const web = await read(recordingAt(address));
  expect(new Set(web.links)).toEqual(new Set([address]));
  expect(web.text).toContain(`Therecordingofthecall"Weekly"isready:${address}`);
  for (const other of ["javascript:alert(1)", "file:///etc/passwd", "httpsx://contoso.com/"]) {
    const none = await read(recordingAt(other));
    expect(none.links).toEqual([]);
    expect(none.text).toContain(`isready:${other}`);
  }
  expect(await read(event("chatRenamed", { chatDisplayName: address }))).toMatchObject({ links: [] });
});

test("a conversation of many messages is cut into documents that are each whole", async () => {
  const items = Array.from({ length: 12 }, (_, at) => renderItem({ ...html(`<p>number ${at}</p>`), id: `${at}` }));
  const documents = await renderPdf(items, { limits: { messages: 5, pictureBytes: 1e6 } });
  expect(documents.map(({ name, messages }) => [name, messages])).toEqual([
    ["Budget 2026.pdf", 5],
    ["Budget 2026 2.pdf", 5],
    ["Budget 2026 3.pdf", 2],
  ]);
  const texts = await Promise.all(documents.map(({ bytes }) => textOf(bytes)));
  items.forEach((_, at) => expect(texts[Math.floor(at / 5)]).toMatch(new RegExp(`number ${at}\\b`)));
});

test("each document of conversations of one name has a name and a title of its own, which tell what belongs together", async () => {
  for (const topic of ["Budget 2026", "預算".repeat(60)]) {
    const items = ["a", "b"].flatMap((chat) =>
      Array.from({ length: 3 }, (_, at) =>
        renderItem({ ...html("<p>x</p>"), chatId: `19:${chat}@thread.v2`, id: `${at}` }, { chat: { topic } }),
      ),
    );
    const documents = await renderPdf(items, { limits: { messages: 2, pictureBytes: 1e6 } });
    const read = await Promise.all(documents.map(({ bytes }) => readPdf(bytes)));
    const ends = ["", " 2", " (2)", " (2) 2"];
    expect(read.map(({ info }) => info["Title"])).toEqual(ends.map((end) => `${topic}${end}`));
    documents.forEach(({ name }, at) => {
      expect(name.endsWith(`${ends[at]}.pdf`)).toBe(true);
      expect(topic.startsWith(name.slice(0, -`${ends[at]}.pdf`.length))).toBe(true);
      expect(Buffer.byteLength(name)).toBeLessThanOrEqual(120);
    });
    const heads = read.map(({ pages }) => (pages[0] ?? "").split("\n")[0] ?? "");
    heads.forEach((head, at) => expect(head.endsWith(ends[at] ?? "")).toBe(true));
    expect(new Set(heads).size).toBe(4);
  }
});

test("a document ends before it would not fit one zip", async () => {
  const items = Array.from({ length: 60 }, (_, at) =>
    renderItem({ ...html(`<p>${at} ${randomBytes(1_500).toString("base64")}</p>`), id: `${at}` }),
  );
  const most = 100_000;
  const documents = await renderPdf(items, { fits: (bytes) => bytes <= most });
  expect(documents.length).toBeGreaterThan(1);
  expect(documents.reduce((sum, { messages }) => sum + messages, 0)).toBe(60);
  for (const { bytes } of documents) expect(bytes.length).toBeLessThanOrEqual(most);
});

test.each([
  [
    "words",
    () =>
      randomBytes(300_000)
        .toString("base64")
        .replace(/(.{9})/g, "$1 "),
  ],
  [
    "characters that are all different",
    () => Array.from({ length: 5_000 }, (_, at) => String.fromCharCode(0x4e00 + at)).join(""),
  ],
])(
  "a message whose text is more than a zip takes, of %s, goes on in the next document, and nothing is lost",
  async (_, make) => {
    const said = make();
    const most = 200_000;
    const items = ["before", said, "after"].map((one, at) => renderItem({ ...html(`<p>${one}</p>`), id: `${at}` }));
    const documents = await renderPdf(items, { fits: (bytes) => bytes <= most });
    expect(documents.length).toBeGreaterThan(2);
    expect(documents.reduce((sum, { messages }) => sum + messages, 0)).toBe(3);
    for (const { bytes } of documents) expect(bytes.length).toBeLessThanOrEqual(most);
    const texts = await Promise.all(documents.map(({ bytes }) => readPdf(bytes)));
    const shown = texts.flatMap(({ pages }) => pages.map((page) => page.split("\n").slice(1).join("\n"))).join("");
    expect(texts[2]?.pages[0]).toContain("Continues the last message of the document before.");
    const letters = (text: string) => text.normalize("NFKC").replace(/\s+/g, "");
    const pieces = letters(said).match(/.{9}/gu) ?? [];
    const found = letters(shown);
    expect(pieces.filter((piece) => !found.includes(piece)).length).toBeLessThan(documents.length);
    expect(shown).toContain("after");
  },
);

test("the marks of a list stand where its text begins: at the left, or at the right", async () => {
  const list = (...said: string[]) => `<ol>${said.map((one) => `<li>${one}</li>`).join("")}</ol>`;
  for (const [one, two, isLeftward] of [
    ["first clause", "second clause", false],
    ["סעיף ראשון", "סעיף שני", true],
  ] as const) {
    const [document] = await renderPdf([renderItem(html(list(one, two)))]);
    const { placed } = await readPdf(document?.bytes ?? Buffer.alloc(0));
    for (const mark of ["1", "2"]) {
      const { x = 0 } = placed.findLast(({ text }) => text.replace(/[^\p{L}\d]/gu, "").startsWith(mark)) ?? {};
      expect(x > 500).toBe(isLeftward);
      expect(x > 50 && x < 540).toBe(true);
    }
  }
});

test("what runs to the left stays within a narrow column", async () => {
  const [document] = await renderPdf([renderItem(html("<table><tr><td>אב</td><td>12345678</td></tr></table>"))]);
  const { placed } = await readPdf(document?.bytes ?? Buffer.alloc(0));
  const [first, second] = ["אב", "12345678"].map((said) => placed.find(({ text }) => text === said));
  if (!first || !second) throw new Error(JSON.stringify(placed));
  expect(second.x - first.x - first.width).toBeGreaterThan(5);
});

test("long messages go on over pages, and every page has its number", async () => {
  const words = Array.from({ length: 6_000 }, (_, at) => `w${at}`);
  const [document] = await renderPdf([renderItem(html(`<p>${words.join(" ")}</p>`))]);
  const { pages } = await readPdf(document?.bytes ?? Buffer.alloc(0));
  expect(pages.length).toBeGreaterThan(5);
  pages.forEach((page, at) => expect(page).toMatch(new RegExp(`^Page ${at + 1} ?of ${pages.length} `)));
  expect(pages.join(" ").match(/\bw\d+\b/g)).toEqual(words);
});

test("the same messages give the same bytes, and a file set without messages a document that says so", async () => {
  const items = () => [renderItem(html("<p>שלום 你好 مرحبا 😀</p>")), renderItem({ ...html("<p>x</p>"), id: "2" })];
  const [first, second] = [await renderPdf(items()), await renderPdf(items())];
  expect(first[0]?.bytes.equals(second[0]?.bytes ?? Buffer.alloc(0))).toBe(true);
  const [empty] = await renderPdf([]);
  expect(empty?.name).toBe("No messages.pdf");
  expect(await textOf(empty?.bytes ?? Buffer.alloc(0))).toContain("There are no messages in this range.");
});

test("hostile messages make a document all the same", async () => {
  const deep = `${"<blockquote>".repeat(300)}deep${"<ul><li>".repeat(200)}list`;
  const wide = `<table><tr>${"<td>cell</td>".repeat(500)}</tr></table>`;
  const spans = `<table>${'<tr><td rowspan="3" colspan="2">a</td><td>b</td></tr>'.repeat(9)}</table>`;
  const nested = `${"<table><tr><td>".repeat(40)}inner${"</td></tr></table>".repeat(40)}`;
  const odd = "\u0000\u0007\ud800 \u202eevil\u202c \ufeff\u2028 \ufffe x";
  const long = "a".repeat(30_000);
  const items = [deep, wide, spans, nested, odd, long].map((content, at) =>
    renderItem({ ...html(`<p>${content}</p>`), id: `${at}` }),
  );
  const [document] = await renderPdf(items);
  const text = await textOf(document?.bytes ?? Buffer.alloc(0));
  for (const said of ["deep", "list", "cell", "inner", "evil"]) expect(text).toContain(said);
  expect(text.match(/a/g)?.length).toBeGreaterThan(30_000);
});

test.each([
  ["a code block", 200_000, "<codeblock><code>", "<br>", "</code></codeblock>"],
  ["a paragraph", 200_000, "<p>", "<br>", "</p>"],
  ["a list", 200_000, "<ul><li>", "</li><li>", "</li></ul>"],
  ["a table", 60_000, "<table><tr><td>", "</td><td>x</td><td>x</td></tr><tr><td>", "</td></tr></table>"],
])("%s of %i lines is there to the last", async (_, lines, open, between, close) => {
  const content = `${open}${Array.from({ length: lines }, (_, at) => `l${at}`).join(between)}${close}`;
  const [document] = await renderPdf([renderItem(html(content))]);
  const { pages } = await readPdf(document?.bytes ?? Buffer.alloc(0));
  const found = pages.flatMap((page) => page.match(/\bl\d+\b/g) ?? []);
  expect([found.length, found.at(-1)]).toEqual([lines, `l${lines - 1}`]);
});
