import { expect, test } from "vitest";
import { instantOfId, parseMessage } from "../../../shared/chats/message.ts";
import { referencesOf } from "../../../shared/chats/references.ts";

const hosted = (id: string) =>
  `https://graph.microsoft.com/v1.0/chats/19:a@thread.v2/messages/1/hostedContents/${encodeURIComponent(id)}/$value`;

test("pictures of body, cards, reactions and snippets, and shared files, are found once each", () => {
  const message = parseMessage({
    chatId: "19:a@thread.v2",
    id: "1",
    body: {
      contentType: "html",
      content: `<div><img src="${hosted("aWQ9MQ==")}"><img src="${hosted("aWQ9MQ==")}"><customemoji source="${hosted("emoji")}"><img src="https://media.giphy.com/x.gif">`,
    },
    attachments: [
      { id: "f", contentType: "reference", contentUrl: "https://c.sharepoint.com/my file.docx", name: "Plan.docx" },
      {
        id: "c",
        contentType: "application/vnd.microsoft.card.adaptive",
        content: JSON.stringify({ body: [{ url: hosted("card") }] }),
      },
      {
        id: "s",
        contentType: "application/vnd.microsoft.card.codesnippet",
        content: JSON.stringify({ codeSnippetUrl: hosted("code") }),
      },
      {
        id: "m",
        contentType: "forwardedMessageReference",
        content: JSON.stringify({ originalMessageContent: `<p><img src="${hosted("fwd")}">` }),
      },
      { id: "x", contentType: "application/vnd.microsoft.card.hero", content: "{not json" },
    ],
    reactions: [{ reactionType: "custom", reactionContentUrl: hosted("reaction") }],
  });
  const found = referencesOf(message);
  expect(found.map((one) => (one.kind === "hosted" ? one.hostedId : one.name))).toEqual([
    "aWQ9MQ==",
    "emoji",
    "Plan.docx",
    "card",
    "code",
    "fwd",
    "reaction",
  ]);
  expect(new Set(found.map((one) => one.key)).size).toBe(7);
});

test("what is malformed reads as absent and never throws", () => {
  for (const raw of [
    {},
    { attachments: "no", mentions: [1, null], reactions: {} },
    { body: 5, from: [], createdDateTime: "2021-03-1706:47:05.123Z" },
  ]) {
    const message = parseMessage(raw);
    expect(message.createdAt).toBeUndefined();
    expect(referencesOf(message)).toEqual([]);
  }
  expect(parseMessage({ from: { user: { id: 7, displayName: null } } }).from).toEqual({ kind: "user" });
});

test("an id says when its message was created, or nothing", () => {
  expect(instantOfId("1764000000000")).toBe(1_764_000_000_000);
  expect(instantOfId("2100000000000")).toBe(2_100_000_000_000);
  for (const id of [
    "",
    "0000000000001",
    "999999999999",
    "9999999999999",
    "17640000000000",
    "1764000000000x",
    "1.7640000e12",
  ])
    expect(instantOfId(id)).toBeUndefined();
});

test("a picture at the bottom of the deepest card that is shown is found", () => {
  let card: object = { type: "Image", url: hosted("deep") };
  for (let depth = 0; depth < 200; depth++) card = { type: "Container", items: [card] };
  const message = parseMessage({ attachments: [{ contentType: "application/json", content: JSON.stringify(card) }] });
  expect(referencesOf(message).map((one) => one.kind === "hosted" && one.hostedId)).toEqual(["deep"]);
});

test("a picture in a card that nests as deeply as nobody shows it is found", () => {
  const depth = 100_000;
  const content = `${"[".repeat(depth)}${JSON.stringify(hosted("deep"))}${"]".repeat(depth)}`;
  const message = parseMessage({ attachments: [{ contentType: "application/json", content }] });
  expect(referencesOf(message).map((one) => one.kind === "hosted" && one.hostedId)).toEqual(["deep"]);
});

test("whatever a message points to is found, however much, in the order of first mention", () => {
  const ids = Array.from({ length: 20_000 }, (_, at) => `p${at}`);
  const [inBody, inCard] = [ids.slice(0, 10_000), ids.slice(10_000)];
  const message = parseMessage({
    body: { contentType: "html", content: inBody.map((id) => `<img src="${hosted(id)}">`).join("") },
    attachments: [
      { contentType: "application/json", content: JSON.stringify({ a: inCard.slice(0, 5_000).map(hosted) }) },
      { contentType: "application/json", content: JSON.stringify(inCard.slice(5_000).map((id) => [hosted(id)])) },
    ],
  });
  expect(referencesOf(message).map((one) => one.kind === "hosted" && one.hostedId)).toEqual(ids);
});

test("an address made to be slow to read leads nowhere, and one that is too long is found, as broken HTML is read", () => {
  const slow = `https://x/v1.0/${"chats/a/messages/".repeat(400)}`;
  const mixed = `${"<b>".repeat(50_000)}${"</i>".repeat(50_000)}${"<p>".repeat(50_000)}`;
  const message = parseMessage({
    body: {
      contentType: "html",
      content: `<img src="${slow}"><img src="${hosted("x".repeat(20_000))}">${mixed}<img src="${hosted("id")}">`,
    },
  });
  expect(referencesOf(message).map((one) => one.kind === "hosted" && one.hostedId)).toEqual(["x".repeat(20_000), "id"]);
});
