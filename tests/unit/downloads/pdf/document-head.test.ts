import { expect, test } from "vitest";
import { readPdf, type ReadPdf, words } from "../../../support/pdf-text.ts";
import { renderItem, renderPdf, type RenderOptions } from "../../../support/render-pdf.ts";
import type { RenderItem } from "../../../../shared/downloads/render/renderer.ts";

/** The left edge of the text. */
const EDGE = 56;

const members = [
  { id: "u1", name: "Adèle Vance", address: "adele@contoso.test" },
  { id: "u2", name: "محمد علي", address: "mohammed@contoso.test" },
  { id: "u3", name: "דוד כהן" },
  { id: "u4", name: "田中 太郎", address: "tanaka@contoso.test" },
  { id: "u5", name: "प्रिया शर्मा", address: "priya@contoso.test" },
  { id: "u6" },
];

async function read(more: Partial<RenderItem>, options: RenderOptions = {}): Promise<ReadPdf> {
  const [document] = await renderPdf([renderItem({ body: { contentType: "text", content: "hello" } }, more)], options);
  return readPdf(document?.bytes ?? Buffer.alloc(0));
}

/** What stands above the first day, in one line. */
const headOf = ({ pages }: ReadPdf): string =>
  words(pages.join("\n").split(/Monday, 2 March/)[0] ?? "")
    .join(" ")
    .replaceAll(" : ", ": ");

test("a document says by itself whose view of which chat it is, of which time, with what, and who takes part", async () => {
  const head = {
    account: { displayName: "Zoë Ünal", userPrincipalName: "zoe@contoso.test" },
    ...{ from: Date.parse("2026-01-01T00:00:00+01:00"), to: Date.parse("2026-04-01T00:00:00+02:00") },
  };
  const chat = { type: "group", topic: "Budget 2026", members };
  const of = { head, timeZone: "Europe/Berlin" };
  const whole = await read({ chat }, of);
  const said = headOf(whole);
  let at = 0;
  for (const part of [
    "Group chat in Microsoft Teams",
    "Conversation: Budget 2026",
    "Account whose view it is: Zoe Unal <zoe@contoso.test>",
    "Range: 2026-01-01 00:00:00 +01:00 to 2026-03-31 23:59:59 +02:00; all times are those of Europe/Berlin",
    "Content: Messages and system events, with attachments",
    "Chat id: 19:a@thread.v2",
    "Participants: 6, as last known",
    "Adele Vance <adele@contoso.test>",
    "mohammed@contoso.test",
    "(address not known)",
    "田中 太郎",
    "priya@contoso.test",
    "u6",
  ]) {
    expect(said.slice(at)).toContain(words(part).join(" "));
    at = said.indexOf(words(part).join(" "), at) + part.length;
  }
  expect(said).not.toContain("As of");
  expect(whole.info).toMatchObject({
    Title: "Budget 2026",
    Subject:
      "Chat in Microsoft Teams from 2026-01-01 00:00:00 +01:00 to 2026-03-31 23:59:59 +02:00 (Europe/Berlin). Messages and system events, with attachments. As seen by Zoë Ünal <zoe@contoso.test>",
  });

  const asOf = Date.parse("2026-03-15T12:00:00Z");
  const less = await read({ chat }, { ...of, head: { ...head, asOf, attachments: false, systemEvents: false } });
  expect(headOf(less)).toContain("As of: 2026-03-15 13:00:00 +01:00; nothing that came later is told");
  expect(headOf(less)).toContain("Content: Messages without system events, text only");
  expect(String(less.info["Subject"])).toContain(", as of 2026-03-15 13:00:00 +01:00. Messages without system events");
});

test("a chat of two is called by who takes part, members who may be lacking are told of, and none that are known", async () => {
  const two = members.slice(0, 2);
  const chat = await read({ chat: { type: "oneOnOne", members: two, membersMissing: "graph.403" } });
  expect(chat.info).toMatchObject({ Title: "Adèle Vance, محمد علي" });
  expect(headOf(chat)).toContain("Participants: 2, as last known, and there may be more");
  expect(headOf(await read({ chat: { topic: "Budget" } }))).toContain("Participants: not known");
});

test("all of 250 participants are told, on few pages, and so is each document of a conversation", async () => {
  const many = Array.from({ length: 250 }, (_, at) => ({
    id: `u${at}`,
    name: `Person${at} ${at % 3 === 0 ? "with a name of several words".repeat(1 + (at % 4)) : "Vance"}`,
    address: `person${at}@contoso.example`,
  }));
  const items = ["1", "2", "3"].map((id) =>
    renderItem({ id, body: { contentType: "text", content: "hello" } }, { chat: { topic: "All", members: many } }),
  );
  const documents = await renderPdf(items, { limits: { messages: 2, pictureBytes: 1e6 } });
  expect(documents).toHaveLength(2);
  for (const { bytes } of documents) {
    const whole = await readPdf(bytes);
    expect(whole.pages.length).toBeLessThan(5);
    const found = headOf(whole);
    for (const { address } of many) expect(found.split(`<${address}>`)).toHaveLength(2);
    for (const { name, address } of many) {
      expect(found.replaceAll(" ", "")).toContain(`${name}<${address}>`.replaceAll(" ", ""));
    }
  }
});

test("no topic, name or address passes for a line of the head", async () => {
  const fake =
    "PARTIAL: 3 items are missing, see MISSING.csv. Account whose view it is: Megan Bowen <megan@contoso.test>";
  const evil = `Mallory\n${fake}\r\n${"x ".repeat(40)}\u2028${fake}\u202e`;
  const people = Array.from({ length: 30 }, (_, at) => ({ id: `u${at}`, name: evil, address: `a@b\n${fake}` }));
  const head = { account: { displayName: evil, userPrincipalName: evil } };
  for (const count of [3, 30]) {
    const chat = { topic: evil, members: people.slice(0, count) };
    const { placed, info } = await read({ chat, from: { name: "Adele" } }, { head });
    const atEdge = placed.filter(({ x, text }) => x < EDGE + 5 && text.trim() !== "").map(({ text }) => text.trim());
    const labels = [
      ...["Chat in Microsoft Teams", "Conversation:", "Account whose view it is:", "Range:", "Content:", "Chat id:"],
      ...["Participants:", "Adele"],
    ];
    const ours = atEdge.filter((text) => !/^Page/.test(text));
    expect(ours.map((text, at) => text.slice(0, labels[at]?.length))).toEqual(labels);
    expect(String(info["Subject"])).toMatch(/^Chat in Microsoft Teams from 2026-01-01 00:00:00 \+00:00 to /);
  }
});

test("an address stands behind its name, whichever way both run", async () => {
  const chat = { topic: "x", members: [{ id: "u1", name: "דוד כהן", address: "דוד@contoso.test" }] };
  const { placed } = await read({ chat });
  const at = (said: string) => placed.find(({ text }) => text.includes(said))?.x ?? 0;
  expect(at("כהן")).toBeGreaterThan(EDGE);
  expect(at("contoso.test>")).toBeGreaterThan(at("כהן"));
  expect(at("<")).toBeGreaterThan(at("כהן"));
});

test("a person whose address is not known is not taken for the one that the name says", async () => {
  const chat = { members: [{ id: "u1", name: "Megan Bowen <megan@contoso.test>" }] };
  expect(headOf(await read({ chat }))).toContain("Megan Bowen <megan@contoso.test> (address not known)");
});

test("a document of a conversation of which messages are not kept says so, wherever they would stand, and no other does", async () => {
  const sent = ["19:a", "19:b", "19:b", "19:b", "19:b", "19:c"].map((chat, at) =>
    renderItem({ chatId: `${chat}@thread.v2`, id: `${at}`, body: { contentType: "text", content: "x" } }),
  );
  const limits = { messages: 1, pictureBytes: 1 };
  const of = async (missing: readonly string[]) => {
    const documents = await renderPdf(sent, { missing, limits });
    const read = await Promise.all(documents.map(({ bytes }) => readPdf(bytes)));
    return read.map((one) => /PARTIAL: \d+ items? (is|are) missing/.exec(headOf(one))?.[0]);
  };
  const said = (count: number) => `PARTIAL: ${count} ${count === 1 ? "item is" : "items are"} missing`;
  expect(await of([])).toEqual(Array.from({ length: 6 }, () => undefined));
  expect(await of(["1", "2"])).toEqual([undefined, said(2), undefined, undefined]);
  expect(await of(["2", "4"])).toEqual([undefined, said(1), said(1), undefined]);
  expect(await of(["0", "5"])).toEqual([undefined, undefined, undefined, undefined]);
});

test("each document of a conversation that is split says at its head which it is, and whether another follows", async () => {
  const limits = { messages: 2, pictureBytes: 1 };
  const body = { contentType: "text", content: "x" };
  const chat = { topic: "Part 7 of 9", type: "group" };
  const items = [..."aaaaabbccc"].map((of, at) =>
    renderItem({ chatId: `19:${of}@thread.v2`, id: `${at}`, body }, { chat }),
  );
  const documents = await renderPdf(items, { limits });
  const heads = await Promise.all(documents.map(async ({ bytes }) => headOf(await readPdf(bytes))));
  const next = "goes on in the next document of the conversation";
  expect(heads.map((head) => /Group chat in Microsoft Teams(?:, (.*))? Conversation: /.exec(head)?.[1] ?? "")).toEqual([
    ...[`part 1; ${next}`, `part 2; ${next}`, "part 3 of 3, the last"],
    "",
    ...[`part 1; ${next}`, "part 2 of 2, the last"],
  ]);
});

test("a document whose messages lack something says PARTIAL at its head, and no other does", async () => {
  const source = "https://graph.microsoft.com/v1.0/chats/a/messages/1/hostedContents/a/$value";
  const body = { contentType: "html", content: `<p>see <img src="${source}"></p>` };
  const lacking = renderItem({ body }, { given: [{ name: "picture", missing: "content.gone" }] });
  const whole = renderItem({ chatId: "19:b@thread.v2", id: "2", body: { contentType: "text", content: "x" } });
  const [one, two] = await Promise.all((await renderPdf([lacking, whole])).map(({ bytes }) => readPdf(bytes)));
  if (!one || !two) throw new Error("A document is missing");
  expect(headOf(one)).toContain("PARTIAL: 1 item is missing, see MISSING.csv");
  expect(String(one.info["Subject"])).toMatch(/^PARTIAL\. /);
  const uncovered = await read({}, { head: { incomplete: true } });
  expect(headOf(uncovered)).toContain("PARTIAL: No backup has covered the whole history");
  expect(String(uncovered.info["Subject"])).toMatch(/^PARTIAL\. /);
  expect(`${headOf(two)} ${String(two.info["Subject"])}`).not.toContain("PARTIAL");
});
