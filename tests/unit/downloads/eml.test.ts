import { Readable } from "node:stream";
import fc from "fast-check";
import { type AddressObject, type ParsedMail, simpleParser } from "mailparser";
import { describe, expect, test } from "vitest";
import { parseMessage } from "../../../shared/chats/message.ts";
import { fileKey, referencesOf } from "../../../shared/chats/references.ts";
import { AppError } from "../../../shared/platform/errors.ts";
import { hashId } from "../../../shared/platform/new-id.ts";
import { emlRenderer } from "../../../shared/downloads/render/eml/eml-renderer.ts";
import type { DocumentSink, RenderItem } from "../../../shared/downloads/render/renderer.ts";

const CHAT = "19:a@thread.v2";
const members = [
  { id: "u1", name: "Adèle Vance", address: "adele@contoso.test" },
  { id: "u2", name: "Megan", address: "not an address" },
  { id: "u3" },
];

const item = (raw: Record<string, unknown>, more: Partial<RenderItem> = {}): RenderItem => ({
  message: parseMessage({ chatId: CHAT, id: "1764000000000", createdDateTime: "2026-03-29T00:30:00.5Z", ...raw }),
  chat: { type: "group", topic: "Plans / 2026", members },
  from: members[0] ?? {},
  nameOf: (id) => ({ u3: "Zoë" })[id],
  contents: [],
  ...more,
});

interface Options {
  readonly timeZone?: string;
  readonly fits?: (bytes: number) => boolean;
  readonly contents?: Readonly<Record<string, Buffer>>;
  /** Told which contents are read. */
  readonly opened?: string[];
}

async function render(
  items: RenderItem[],
  { timeZone = "UTC", fits = () => true, contents = {}, opened }: Options = {},
) {
  const documents: { name: string; bytes: Buffer }[] = [];
  let name = "";
  const sink: DocumentSink = {
    begin: (next) => void (name = next),
    fits,
    write: (bytes) => Promise.resolve(void documents.push({ name, bytes: Buffer.from(bytes) })),
  };
  const open = (sha256: string) => {
    opened?.push(sha256);
    return contents[sha256]
      ? Promise.resolve(Readable.from([contents[sha256]]))
      : Promise.reject(new AppError("not_found", "storage.not_found", "gone"));
  };
  const renderer = emlRenderer(timeZone, open);
  for (const one of items) await renderer.add(one, sink);
  await renderer.end(sink);
  return documents;
}

async function read(
  items: RenderItem[],
  options?: Options,
): Promise<(ParsedMail & { name: string; source: string })[]> {
  const documents = await render(items, options);
  return Promise.all(
    documents.map(async ({ name, bytes }) => ({
      ...(await simpleParser(bytes, { skipImageLinks: true, skipTextToHtml: true })),
      name,
      source: bytes.toString("latin1"),
    })),
  );
}
const only = async (one: RenderItem, options?: Options) => {
  const [mail] = await read([one], options);
  if (!mail) throw new Error("no mail");
  return mail;
};
const boxes = (given: AddressObject | AddressObject[] | undefined) =>
  [given ?? []].flat().flatMap(({ value }) => value.map(({ name, address }) => `${name} <${address ?? ""}>`));

describe("a mail", () => {
  test("tells of its message in headers, text and HTML", async () => {
    const mail = await only(
      item({
        etag: "7",
        messageType: "message",
        importance: "urgent",
        lastEditedDateTime: "2026-03-29T01:30:00Z",
        body: {
          contentType: "html",
          content:
            '<p>a <b>b</b> <a href="https://x.test/">c</a></p><script>x</script><img src="https://t.test/p.gif" alt="pixel">',
        },
        reactions: [{ reactionType: "like", user: { user: { id: "u3" } } }],
      }),
      { timeZone: "Europe/Berlin" },
    );
    expect(mail.name).toBe("Plans _ 2026/2026-03-29 013000 Adèle Vance 1764000000000.eml");
    expect(mail.messageId).toBe(`<1764000000000.${hashId(CHAT)}@teams-chat-vault.invalid>`);
    expect(mail.date?.toISOString()).toBe("2026-03-29T00:30:00.000Z");
    expect(mail.subject).toBe("Plans / 2026");
    expect(boxes(mail.from)).toEqual(["Adèle Vance <adele@contoso.test>"]);
    expect(boxes(mail.to)).toEqual(["Megan <u2@teams-chat-vault.invalid>", "Zoë <u3@teams-chat-vault.invalid>"]);
    const said = [
      "x-teams-chat-id",
      "x-teams-message-id",
      "x-teams-etag",
      "x-teams-message-type",
      "x-teams-chat-type",
      "x-teams-importance",
    ];
    expect(said.map((name) => mail.headers.get(name))).toEqual([
      CHAT,
      "1764000000000",
      "7",
      "message",
      "group",
      "urgent",
    ]);
    expect(mail.source).toMatch(/^X-Teams-Chat-Id: [^]*^Importance: high\r$/m);
    expect(mail.text?.trim()).toBe(
      "[Urgent]\na b c (https://x.test/)\n[picture: pixel https://t.test/p.gif]\n[Edited 2026-03-29 03:30:00 +02:00]\n[Reactions: 👍 Zoë]",
    );
    expect(mail.html).toContain('<p>a <b>b</b> <a href="https://x.test/">c</a></p>');
    expect(mail.html).not.toMatch(/script|<img|src=/);
  });

  test.each([
    ["deleted", { deletedDateTime: "2026-04-01T00:00:00Z", body: { content: "" } }, "[This message was deleted.]"],
    [
      "a system event",
      {
        from: null,
        messageType: "systemEventMessage",
        eventDetail: { "@odata.type": "#microsoft.graph.membersLeftEventMessageDetail", members: [{ id: "u3" }] },
      },
      "[Zoë left.]",
    ],
    ["empty", { body: { content: "" } }, ""],
  ])("of what is %s says so", async (_, raw, text) => {
    const mail = await only(item(raw));
    expect(mail.text?.trim()).toBe(text);
  });

  test("links to a recording where its address may be followed", async () => {
    const recordingAt = async (callRecordingUrl: string) => {
      const type = "#microsoft.graph.callRecordingEventMessageDetail";
      const detail = { "@odata.type": type, callRecordingStatus: "success", callRecordingUrl };
      const { text, html } = await only(item({ messageType: "systemEventMessage", eventDetail: detail }));
      return [text?.trim(), /<i>.*<\/i>/.exec(String(html))?.[0]];
    };
    const ready = "The recording of the call is ready: ";
    expect(await recordingAt('https://x.test/?a=1&b="<2')).toEqual([
      `[${ready}https://x.test/?a=1&b=%22%3C2]`,
      `<i>${ready}<a href="https://x.test/?a=1&amp;b=%22%3C2">https://x.test/?a=1&amp;b=%22%3C2</a></i>`,
    ]);
    expect(await recordingAt("javascript:alert(1)")).toEqual([
      `[${ready}javascript:alert(1)]`,
      `<i>${ready}javascript:alert(1)</i>`,
    ]);
  });

  test("has tables that run to the left as they ran", async () => {
    const table = (more: string) => `<table${more}><tr><td>x</td></tr></table>`;
    const { html } = await only(item({ body: { contentType: "html", content: table(" dir='rtl'") + table("") } }));
    expect(String(html).match(/<table[^>]*>/g)).toEqual([
      '<table dir="rtl" border="1" cellspacing="0" cellpadding="4">',
      '<table border="1" cellspacing="0" cellpadding="4">',
    ]);
  });

  test("of an event is from Teams, of nobody from nobody known, in a chat without members to all of them", async () => {
    const chat = { type: "oneOnOne" };
    const event = await only(item({ eventDetail: {} }, { from: {}, chat }));
    const nobody = await only(item({}, { from: {}, chat: { ...chat, members: members.slice(0, 1) } }));
    expect(boxes(event.from)).toEqual(["Microsoft Teams <system-event@teams-chat-vault.invalid>"]);
    expect(boxes(event.to)).toEqual(["Members of the chat <members@teams-chat-vault.invalid>"]);
    expect(event.subject).toBe("Chat");
    expect(boxes(nobody.from)).toEqual(["Unknown sender <unknown@teams-chat-vault.invalid>"]);
    expect([boxes(nobody.to), nobody.subject]).toEqual([["Adèle Vance <adele@contoso.test>"], "Adèle Vance"]);
  });

  test("in a chat of a thousand counts most of them", async () => {
    const many = Array.from({ length: 1_000 }, (_, n) => ({ id: `m${n}`, address: `m${n}@contoso.test` }));
    const to = boxes((await only(item({}, { chat: { members: many } }))).to);
    expect([to.length, to[0], to.at(-1)]).toEqual([
      ...[101, " <m0@contoso.test>", "and 900 more <others@teams-chat-vault.invalid>"],
    ]);
  });

  test("is the same bytes each time, with lines as mails have them", async () => {
    const one = item({ body: { contentType: "html", content: "<p>ä\n日本</p>".repeat(50) } });
    const [first, again] = [await render([one]), await render([one])];
    expect(first).toEqual(again);
    const lines = first[0]?.bytes.toString("latin1").split("\r\n") ?? [];
    expect(lines.every((line) => line.length <= 998 && !/[\r\n]/.test(line))).toBe(true);
  });

  test("is dated by its id, else by its last change, when its date cannot be read", async () => {
    const dates = await read([
      item({ createdDateTime: "2021-03-1706:47:05.123Z" }),
      item({ id: "x", createdDateTime: null, lastModifiedDateTime: "2026-01-01T00:00:00Z" }),
      item({ id: "y", createdDateTime: null }),
    ]);
    expect(dates.map(({ date }) => date?.getTime())).toEqual([1_764_000_000_000, Date.UTC(2026, 0, 1), 0]);
  });

  test("there is none: a note says so", async () => {
    expect((await render([])).map(({ name }) => name)).toEqual(["No messages.txt"]);
  });
});

describe("the folders", () => {
  test("are one per conversation, however they are called, and none is what the zip has itself", async () => {
    const of = (chatId: string, topic: string | undefined) =>
      item({ chatId }, { chat: { members, ...(topic === undefined ? {} : { topic }) } });
    const mails = await render([
      of("1", "Plans"),
      of("2", "plans"),
      of("3", "Attachments"),
      of("4", undefined),
      of("5", "../.."),
    ]);
    expect(mails.map(({ name }) => name.split("/").slice(0, -1).join("/"))).toEqual([
      ...["Plans", "plans (2)", "Attachments (2)", "Adèle Vance, Megan, Zoë", ".._"],
    ]);
  });

  test("leave room for where Windows unpacks them", async () => {
    const longest = ["x", "漢", "👩‍👩‍👧 ", "a."].flatMap((one) => [one.repeat(250), `${one.repeat(200)}!`]);
    const mails = await render(
      longest.map((topic, at) =>
        item({ chatId: `${at}` }, { chat: { members, topic }, from: { id: "u4", name: topic } }),
      ),
    );
    const unpacked = String.raw`C:\Users\adele.vance.contoso\Downloads\PARTIAL adele.vance@research.contoso.example 2026-08-31 2026-11-28 eml 12 of 345`;
    expect(mails).toHaveLength(longest.length);
    for (const { name } of mails) expect(`${unpacked}\\${name}`.length, name).toBeLessThan(260);
    expect(new Set(mails.map(({ name }) => name.split("/")[0])).size).toBe(mails.length);
  });
});

describe("whatever people are called,", () => {
  const nasty = fc.oneof(
    fc.string({ unit: "binary", maxLength: 40 }),
    fc.constantFrom(
      ...[
        "a\r\nBcc: evil@x.test",
        "=?utf-8?Q?=0D=0ABcc:_e@x.test?=",
        '"',
        "<e@x.test>",
        "a, b <c@d.test>;",
        "a:b;",
        "\\",
        "\u202e",
        "😀",
        "x".repeat(2_000),
      ],
    ),
  );
  const ALLOWED =
    /^(message-id|in-reply-to|references|date|from|to|subject|x-teams-[a-z-]+|importance|mime-version|content-(type|transfer-encoding))$/;

  test("no header is added, none has two lines, sender and recipients stay one each, names are what they were", async () => {
    await fc.assert(
      fc.asyncProperty(nasty, nasty, nasty, nasty, async (name, topic, id, address) => {
        const person = { id, name, address };
        const one = item(
          { chatId: topic, id, etag: name, messageType: topic, importance: address, from: { user: { id } } },
          { from: person, chat: { type: name, topic, members: [person, { ...person, id: `${id}x` }] } },
        );
        const mail = await only(one);
        const lines = (mail.source.split("\r\n\r\n")[0] ?? "").split("\r\n").filter((line) => !/^[ \t]/.test(line));
        for (const line of lines) expect(line.split(":")[0]?.toLowerCase()).toMatch(ALLOWED);
        expect(new Set(lines.map((line) => line.split(":")[0])).size).toBe(lines.length);
        const [from, to] = [boxes(mail.from), boxes(mail.to)];
        expect([from.length, to.length]).toEqual([1, 1]);
        for (const box of [...from, ...to]) expect(box).toMatch(/<[^<>@\s]+@[^<>@\s]+>$/);
        expect(mail.name).toMatch(/^[^/]+\/\d{4}-\d{2}-\d{2} \d{6} [^/]+\.eml$/);
        expect(mail.messageId).toMatch(/^<[\w-]+\.[0-9a-z]{26}@teams-chat-vault\.invalid>$/);
      }),
      { numRuns: 300 },
    );
  });

  test("plain names and topics come back exactly", async () => {
    const names = ["Adèle O'Brien, Jr.", "山田 太郎", "محمد", '"Q" (x)', "😀 Team", "a;b:c", "É̀"];
    for (const name of names) {
      const mail = await only(item({}, { from: { id: "u1", name }, chat: { topic: name, members: [] } }));
      expect([mail.subject, mail.from?.value[0]?.name]).toEqual([name, name]);
    }
  });

  test("the longest topic that a chat can have comes back whole, and of a longer one as much", async () => {
    const topics = ["plan ".repeat(50).trim() + "!", "計".repeat(250), "x".repeat(250), "👩‍👧 ".repeat(62) + "ok"];
    for (const topic of topics) expect((await only(item({}, { chat: { topic } }))).subject).toBe(topic);
    const endless = "line\r\nBcc: evil@x.test =?utf-8?Q?=0D=0A?= ".repeat(250);
    const mail = await only(item({}, { chat: { topic: endless } }));
    expect(mail.subject).toMatch(/^(line Bcc: evil@x\.test = \?utf-8\?Q\?=0D=0A\?= )+[^\r\n]*$/);
    expect([mail.subject?.replaceAll("= ?", "=?").length, mail.bcc]).toEqual([250, undefined]);
  });
});

describe("the thread", () => {
  const quote = (messageId: unknown) => ({
    id: "q",
    contentType: "messageReference",
    content: JSON.stringify({ messageId }),
  });

  test("hangs a quoted reply below what it quotes, in both ways to quote", async () => {
    const of = (id: string, more: object = {}) => item({ id, ...more });
    const mails = await read([
      of("1764000000000"),
      of("1764000000001"),
      of("1764000000002", { attachments: [quote("1764000000001")] }),
      of("1764000000003", {
        body: {
          contentType: "html",
          content: '<blockquote itemtype="http://schema.skype.com/Reply" itemid="1764000000002">x</blockquote>',
        },
      }),
    ]);
    const ids = mails.map(({ messageId }) => messageId);
    const root = `<chat.${hashId(CHAT)}@teams-chat-vault.invalid>`;
    expect(mails.map(({ inReplyTo }) => inReplyTo)).toEqual([root, root, ids[1], ids[2]]);
    expect([mails[0]?.references].flat()).toEqual([root]);
    expect(mails[3]?.references).toEqual([root, ids[2]]);
  });

  test("says of two mails together nothing else than of each: whoever quotes several goes below the newest", async () => {
    const quotes: Record<number, number[]> = { 1: [], 2: [1], 3: [2, 1], 4: [3, 1, 2, 3, 9] };
    const mails = await read(
      Object.entries(quotes).map(([id, quoted]) =>
        item({ id: `176400000000${id}`, attachments: quoted.map((to) => quote(`176400000000${to}`)) }),
      ),
    );
    const numbers = (ids: string | string[] | undefined) =>
      [ids ?? []].flat().map((one) => Number(/^<176400000000(\d)\./.exec(one)?.[1] ?? 0));
    expect(mails.map(({ inReplyTo }) => numbers(inReplyTo))).toEqual([[0], [1], [2], [3]]);
    expect(mails.map(({ references }) => numbers(references))).toEqual([[0], [0, 1], [0, 1, 2], [0, 1, 2, 3]]);
  });

  test("is the same whatever else is in the download: one message has the same bytes in all", async () => {
    const items = [0, 1, 2, 3].map((n) =>
      item({ id: `176400000000${n}`, ...(n === 3 ? { attachments: [quote("1764000000001")] } : {}) }),
    );
    const [whole, later] = [await render(items), await render(items.slice(2))];
    expect(later).toEqual(whole.slice(2));
  });

  test("is one tree per chat, whatever quotes what", async () => {
    const message = fc.record({
      chat: fc.constantFrom("a", "b"),
      id: fc.integer({ min: 0, max: 9 }),
      quotes: fc.array(fc.oneof(fc.integer({ min: 0, max: 9 }), fc.constantFrom("x", null)), { maxLength: 3 }),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(message, { selector: ({ chat, id }) => `${chat}${id}`, maxLength: 12 }),
        async (given) => {
          const items = given
            .sort((one, other) => one.chat.localeCompare(other.chat) || one.id - other.id)
            .map(({ chat, id, quotes }) =>
              item({
                chatId: chat,
                id: `${1764000000000 + id}`,
                attachments: quotes.map((to) => quote(typeof to === "number" ? `${1764000000000 + to}` : to)),
              }),
            );
          const mails = (await read(items)).filter(({ messageId }) => messageId !== undefined);
          // Clients link all references in a row, of all mails: oldest first, no row of links comes back to where it began.
          for (const { references, messageId } of mails) {
            const row = [...[references ?? []].flat(), messageId ?? ""].map((one) => Number(one.split(/[<.]/)[1]) || 0);
            expect(row).toEqual([...new Set(row)].sort((one, other) => one - other));
          }
          const parents = new Map(
            mails.flatMap(({ messageId, references }) =>
              messageId ? [[messageId, [references ?? []].flat().at(-1) ?? ""] as const] : [],
            ),
          );
          for (const {
            message: { chatId, id },
          } of items) {
            let at = `<${id}.${hashId(chatId)}@teams-chat-vault.invalid>`;
            for (let steps = 0; parents.has(at) && steps < 20; steps++) at = parents.get(at) ?? "";
            const isRoot = at === `<chat.${hashId(chatId)}@teams-chat-vault.invalid>`;
            // What is quoted may lie outside of the file set: it stands below the root in another.
            const isOutside = at.endsWith(`.${hashId(chatId)}@teams-chat-vault.invalid>`) && !parents.has(at);
            expect(isRoot || isOutside).toBe(true);
          }
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe("pictures", () => {
  const url = (id: string) => `https://graph.microsoft.com/v1.0/chats/${CHAT}/messages/1/hostedContents/${id}/$value`;
  const png = Buffer.concat([Buffer.from("89504e470d0a1a0a", "hex"), Buffer.alloc(100, 7)]);
  const withPictures = (placed: readonly object[]) => {
    const raw = {
      body: {
        contentType: "html",
        content: `<p>${placed.map((_, at) => `<img src="${url(`p${at}`)}" alt="p${at}" width="20">`).join("")}</p>`,
      },
    };
    const one = item(raw);
    const contents = referencesOf(one.message).map(({ key, kind }, at) => ({
      key,
      kind,
      name: `p${at}.png`,
      ...placed[at],
    }));
    return { ...one, contents };
  };
  const stored = (sha256: string, bytes: number) => ({ sha256, bytes, entry: `Attachments/${sha256}.png` });

  test("are inside, each once, and the others are named with where they lie", async () => {
    const one = withPictures([
      stored("aa", png.length),
      stored("aa", png.length),
      stored("bb", 4),
      stored("cc", 5_000_000),
      stored("dd", 9),
      { missing: "gone" },
    ]);
    const mail = await only(one, { contents: { aa: png, bb: Buffer.from("<svg") } });
    expect(
      mail.attachments.map(({ cid, contentType, content, related }) => [
        cid,
        contentType,
        content.equals(png),
        related,
      ]),
    ).toEqual([["aa@teams-chat-vault.invalid", "image/png", true, true]]);
    const html = String(mail.html);
    expect(html.split('<img src="cid:aa@teams-chat-vault.invalid"')).toHaveLength(3);
    expect(html).toContain("[picture: p2, Attachments/bb.png]");
    expect(html).toContain("[picture: p3, Attachments/cc.png]");
    expect(html).toContain("[picture: p4, Attachments/dd.png]");
    expect(mail.text).toContain("[Missing: p5.png (gone)]");
    expect(mail.text).toContain("[picture: p2, Attachments/bb.png]");
  });

  test("and files are named in the text with where they lie and lead", async () => {
    const address = "https://contoso.sharepoint.com/Plan.docx";
    const attachments = [{ id: "1", contentType: "reference", contentUrl: address, name: "Plan.docx" }];
    const one = item({ body: { contentType: "html", content: '<attachment id="1"></attachment>' }, attachments });
    const content = { kind: "file" as const, key: fileKey(address), name: "Plan.docx" };
    const mail = await only({ ...one, contents: [{ ...content, entry: "Attachments/Plan (2).docx" }] });
    expect(mail.text?.trim()).toBe(`[File: Plan.docx, Attachments/Plan (2).docx ${address}]`);
    const bare = await only({ ...one, contents: [content] });
    expect(bare.text?.trim()).toBe(`[File: Plan.docx ${address}]`);
  });

  test("that are one and the same are read once, and take of the room once", async () => {
    const large = Buffer.concat([png, Buffer.alloc(2_500_000)]);
    const others = ["bb", "cc"].map((sha256) => stored(sha256, large.length));
    const one = withPictures([...Array.from({ length: 4 }, () => stored("aa", large.length)), ...others]);
    const opened: string[] = [];
    const mail = await only(one, { contents: { aa: large, bb: large, cc: large }, opened });
    expect(opened).toEqual(["aa", "bb", "cc"]);
    expect(mail.attachments.map(({ cid }) => cid?.slice(0, 2))).toEqual(["aa", "bb", "cc"]);
  });

  test("that are larger than was said are not read on", async () => {
    const mail = await only(withPictures([stored("aa", 20)]), { contents: { aa: png } });
    expect(mail.attachments).toEqual([]);
    expect(mail.html).toContain("[picture: p0, Attachments/aa.png]");
  });

  test("that the text does not show, of reactions, of banners and of what was deleted, are named, too", async () => {
    const at = (id: string) => `https://graph.microsoft.com/v1.0/chats/a/messages/1/hostedContents/${id}/$value`;
    const raw = {
      body: { contentType: "html", content: `<p>look <img src="${at("shown")}"></p>` },
      reactions: [
        { reactionType: "custom", displayName: "wave", reactionContentUrl: at("wave") },
        { reactionType: "custom", displayName: "lost", reactionContentUrl: at("lost") },
        { reactionType: "custom", displayName: "small", reactionContentUrl: at("small") },
      ],
    };
    const more = [
      { name: "shown.png", ...stored("aa", 5_000_000) },
      { name: "wave.svg", ...stored("bb", 9) },
      { name: "lost.png", missing: "gone" },
      { name: "small.png", ...stored("cc", png.length) },
    ];
    const one = item(raw);
    const contents = referencesOf(one.message).map(({ kind, key }, n) => ({ kind, key, name: "", ...more[n] }));
    const mail = await only({ ...one, contents }, { contents: { bb: Buffer.from("<svg"), cc: png } });
    for (const text of [mail.text, String(mail.html)]) {
      expect(text?.split("Attachments/bb.png")).toHaveLength(2);
      expect(text?.split("Attachments/aa.png")).toHaveLength(2);
      expect(text).not.toContain("cc.png");
    }
    expect(mail.text).toContain("[wave.svg, Attachments/bb.png]");
    expect(mail.attachments).toHaveLength(1);
  });

  test("that no zip could take are left out", async () => {
    const mail = await only(withPictures([stored("aa", png.length)]), { contents: { aa: png }, fits: () => false });
    expect(mail.attachments).toEqual([]);
    expect(mail.html).toContain("[picture: p0, Attachments/aa.png]");
  });
});
