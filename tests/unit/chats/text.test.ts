import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { blocksText } from "../../../shared/chats/block-text.ts";
import { cardBlocks } from "../../../shared/chats/card-blocks.ts";
import { htmlBlocks } from "../../../shared/chats/html-blocks.ts";
import { parseMessage } from "../../../shared/chats/message.ts";
import { bodyPeople } from "../../../shared/chats/read-body.ts";
import { systemEventSentence } from "../../../shared/chats/system-event.ts";
import { messageText } from "../../../shared/chats/text.ts";

const text = (raw: Record<string, unknown>, names: Record<string, string> = {}) =>
  messageText(parseMessage(raw), (id) => names[id]);
const htmlToText = (content: string) => blocksText(htmlBlocks(content));
const html = (content: string) => ({ body: { contentType: "html", content } });

describe("the text of HTML", () => {
  test.each([
    ["<p>One</p><p>&nbsp;</p><p>Two &amp; three</p>", "One\n\nTwo & three"],
    ["<div><div>nested<div>unclosed", "nested\nunclosed"],
    ["a<br>b<br/>c", "a\nb\nc"],
    ["  much \n white\t space ", "much white space"],
    ['so <emoji id="x" alt="😀" title="Smile"></emoji>!', "so 😀!"],
    ['<customemoji id="1" alt="party" source="https://g/x"></customemoji>', ":party:"],
    ['Hi <at id="0">Adele Vance</at>,', "Hi @Adele Vance,"],
    ["<table><tr><th>a</th><th>b</th></tr><tr><td>1</td><td>2</td></tr></table>", "a | b\n1 | 2"],
    ["<ul><li>one</li><li>two<ol><li>x</li></ol></li></ul>", "- one\n- two\n  1. x"],
    ["<pre>if (x) {\n  y\n}</pre>", "if (x) {\n  y\n}"],
    ["<codeblock><code>a<br>&nbsp;&nbsp;b</code></codeblock>", "a\n  b"],
    [
      '<blockquote itemtype="http://schema.skype.com/Reply"><p>said</p></blockquote><p>yes</p>',
      "Somebody wrote:\n> said\nyes",
    ],
    [
      '<a href="https://x.test/">site</a> <a href="https://y.test">https://y.test</a>',
      "site (https://x.test/) https://y.test",
    ],
    [
      '<blockquote itemtype="http://schema.skype.com/Reply"><strong itemprop="mri">Adele</strong><p>a</p></blockquote>',
      "Adele wrote:\n> a",
    ],
    ['<a href="javascript:alert(1)">click</a> <a href="https://z.test/"></a>', "click https://z.test/"],
    [
      '<img alt="image" src="https://graph.microsoft.com/v1.0/chats/1/messages/2/hostedContents/3/$value">',
      "[picture]",
    ],
    ['<img alt="Cat" src="https://giphy.test/cat.gif">', "[picture: Cat https://giphy.test/cat.gif]"],
    ["<style>p{}</style><script>x</script>seen", "seen"],
    ["a</p>b", "a\nb"],
    ["10<sup>3</sup> m<sup>-2</sup>, 2<sup>nd</sup>, x<sup>Q1</sup>", "10³ m⁻², 2ⁿᵈ, x^(Q1)"],
    ["H<sub>2</sub>O, v<sub>max</sub>, w<sub>max.</sub>, n<sub>b</sub><sup> </sup>k", "H₂O, vₘₐₓ, w_(max.), n_(b) k"],
    ["pay <s>10</s> 12", "pay ~~10~~ 12"],
    ["<s>a <b>b</b> c<br>d</s> <s>e</s>f", "~~a b c~~\n~~d e~~f"],
    [
      '<s>no <a href="https://x.test/">si</a></s><a href="https://x.test/"><s>t</s>e</a>',
      "~~no sit~~e (https://x.test/)",
    ],
    ['<a href="https://x.test/"><s>si</s>te</a> <del>old</del>', "~~si~~te (https://x.test/) ~~old~~"],
    ["&lt;b&gt; &#x1F600; &unknown; &", "<b> 😀 &unknown; &"],
  ])("%s", (content, expected) => expect(htmlToText(content)).toBe(expected));
});

describe("the text of a message", () => {
  test("has attachments where the body places them, the others below, each once", () => {
    const file = (id: string, name: string) => ({
      id,
      name,
      contentType: "reference",
      contentUrl: "https://x.sharepoint.com/a",
    });
    expect(
      text({
        ...html('see <attachment id="1"></attachment><attachment id="1"></attachment> there'),
        attachments: [file("1", "a.docx"), file("2", "b c.png")],
      }),
    ).toBe("see\n[File: a.docx]\nthere\n[File: b c.png]");
  });

  test("has every attachment once, also those that share an id or have none", () => {
    const file = (id: string | undefined, name: string) => ({ id, name, contentType: "x/y" });
    const attachments = [file("1", "a"), file("1", "b"), file("2", "c"), file("1", "d"), file(undefined, "e")];
    const more = [file(undefined, "f"), file("", "g"), file("3", "h")];
    const mark = (id: string) => `<attachment id="${id}"></attachment>`;
    expect(
      text({
        ...html(
          `${mark("1")}|${mark("3")}|${mark("")}|${mark("1")}|${mark("3")}|${mark("4")}|<attachment></attachment>`,
        ),
        attachments: [...attachments, ...more],
      }).replaceAll(/\[Attachment: (.)\]/g, "$1"),
    ).toBe("a\n|\nh\n|\ne\n|\nb\n|||\nf\nc\nd\ng");
  });

  test("has what a forward and a quote say", () => {
    const sender = { user: { displayName: "Megan" } };
    const forward = { originalMessageContent: "<p>the <b>text</b></p><p>of it</p>", originalMessageSender: sender };
    const quote = { messageId: "1", messagePreview: "short", messageSender: { user: null } };
    expect(
      text({
        ...html('<attachment id="f"></attachment>'),
        attachments: [
          { id: "f", contentType: "forwardedMessageReference", content: JSON.stringify(forward) },
          { id: "q", contentType: "messageReference", content: JSON.stringify(quote) },
        ],
      }),
    ).toBe("Forwarded from Megan:\n> the text\n> of it\nSomebody wrote:\n> short");
  });

  test.each([
    [
      "application/vnd.microsoft.card.audio",
      '{"duration":"PT5S","media":[{"url":"https://x"}]}',
      "[Voice message: 5 s https://x]",
    ],
    ["meetingReference", '{"exchangeId":null}', "[Meeting: Name]"],
    ["tabReference", "", "[Tab: Name]"],
    ["application/vnd.microsoft.card.codesnippet", "{}", "[Code snippet: Name]"],
    [
      "application/vnd.microsoft.card.fluidEmbedCard",
      '{"componentUrl":"https://l.loop"}',
      "[Loop component: Name https://l.loop]",
    ],
    ["image/png", "", "[picture: Name]"],
    ["x/strange", "", "[Attachment: Name]"],
    [
      "application/vnd.microsoft.card.hero",
      '{"title":"Sale","text":"a<br>b","buttons":[{"type":"openUrl","title":"Go","value":"https://x"}]}',
      "Sale\na\nb\n[Go] (https://x)",
    ],
    [
      "application/vnd.microsoft.card.adaptive",
      '{"body":[{"type":"FactSet","facts":[{"title":"Who","value":"Me"}]},{"type":"TextBlock","text":"Hello"}]}',
      "Who: Me\nHello",
    ],
    ["application/vnd.microsoft.card.adaptive", "not JSON", "not JSON"],
    [
      "application/vnd.microsoft.card.audio",
      '{"title":"Song","text":"by <b>me</b>","media":[{"url":"https://x"}]}',
      "Song\nby me\n[Media https://x]",
    ],
    ["constructor", "{}", "[Attachment: Name]"],
  ])("tells of %s", (contentType, content, expected) => {
    expect(text({ attachments: [{ id: "1", name: "Name", contentType, content }] })).toBe(expected);
  });

  test("marks what was deleted or withheld", () => {
    expect(text({ deletedDateTime: "2026-01-01T00:00:00Z", body: { contentType: "text", content: "" } })).toBe(
      "[This message was deleted.]",
    );
    expect(text({ policyViolation: { dlpAction: "blockAccess", policyTip: { generalText: "No cards." } } })).toBe(
      "[This message was blocked by a policy of the organization: No cards.]",
    );
    const overridden = { dlpAction: "blockAccess", userAction: "override", justificationText: "The customer asked." };
    expect(text({ policyViolation: overridden, body: { content: "a" } })).toBe(
      "[This message was blocked by a policy of the organization.]\n[Its sender overrode that: The customer asked.]\na",
    );
    expect(text({ policyViolation: { ...overridden, justificationText: null }, body: { content: "a" } })).toContain(
      "[Its sender overrode that.]",
    );
    expect(text({ policyViolation: { dlpAction: "notifySender" }, body: { content: "a\r\nb" } })).toBe("a\nb");
  });

  test("that is plain text alone is that text to the last character", () => {
    for (const content of [" \ta\r\n b \n\n", "\r", "\u0000\ufeff", "=1"])
      expect(text({ body: { contentType: "text", content } })).toBe(content);
  });

  test("never throws", () => {
    fc.assert(
      fc.property(
        fc.dictionary(
          fc.constantFrom(
            "body",
            "attachments",
            "eventDetail",
            "messageType",
            "policyViolation",
            "subject",
            "mentions",
          ),
          fc.anything(),
        ),
        (raw) => typeof text(raw) === "string",
      ),
    );
    fc.assert(
      fc.property(
        fc.json(),
        fc.constantFrom(
          "messageReference",
          "forwardedMessageReference",
          "application/vnd.microsoft.card.adaptive",
          "meetingReference",
        ),
        (content, contentType) => typeof text({ attachments: [{ contentType, content }] }) === "string",
      ),
    );
  });

  test.each([
    ["a fact", { type: "AdaptiveCard", title: "T", value: "v", body: [{ type: "TextBlock", text: "S" }] }, "T: v\nS"],
    ["a named one", { name: "T", value: "v", text: "S", items: [{ key: "k", value: "w", title: 7 }] }, "T: v\nS\nk: w"],
    ["a picture", { images: [{ url: "https://x", alt: "A", title: "T", text: "S" }] }, "[picture: A https://x]\nT\nS"],
    ["one with a value", { images: { url: "https://x", title: "T", value: "v" } }, "[picture: T https://x]\nv"],
    ["a video", { media: [{ url: "https://x", profile: "p", title: "T", text: "S" }] }, "[Media https://x]\nT\nS"],
  ])("of a card has what stands beside %s", (_, card, expected) => {
    expect(blocksText(cardBlocks(JSON.stringify(card)))).toBe(expected);
  });

  const CUT = "[More of this card is left out: it nests too deeply or says too much.]";
  const nested = (levels: number, inner: object, around: (one: object) => object) =>
    JSON.stringify(Array.from({ length: levels }).reduce<object>(around, inner));
  const S = { type: "TextBlock", text: "S" };

  test.each<[string, (one: object) => object]>([
    ["containers", (one) => ({ type: "Container", items: [one, S] })],
    ["columns", (one) => ({ type: "ColumnSet", columns: [{ type: "Column", items: [one] }] })],
    [
      "tables",
      (one) => ({ type: "Table", rows: [{ type: "TableRow", cells: [{ type: "TableCell", items: [one] }] }] }),
    ],
  ])("of a card has what stands in ninety %s", (_, around) => {
    const shown = blocksText(cardBlocks(nested(90, { type: "TextBlock", text: "SECRET" }, around)));
    expect(shown).toContain("SECRET");
    expect(shown).not.toContain(CUT);
  });

  test("of a card does not follow it without end, and says so once", () => {
    expect(blocksText(cardBlocks(`${'{"body":['.repeat(3_000)}"x"${"]}".repeat(3_000)}`))).toBe(CUT);
    expect(blocksText(cardBlocks(`${"[".repeat(5_000)}${"]".repeat(5_000)}`))).toBe(CUT);
    const deep = nested(300, S, (one) => ({ type: "Container", items: [one] }));
    const shown = blocksText(cardBlocks(`{"body":[{"type":"TextBlock","text":"A"},${deep},${deep},{"text":"B"}]}`));
    expect(shown).toBe(`A\n${CUT}\nB`);
  });

  test("of a card ends after many texts, and says so", () => {
    const lines = blocksText(cardBlocks(JSON.stringify({ body: Array.from({ length: 30_000 }, () => S) }))).split("\n");
    expect(new Set(lines)).toEqual(new Set(["S", CUT]));
    expect(lines.length).toBeGreaterThan(5_000);
    expect(lines.at(-1)).toBe(CUT);
  });
});

describe("the sentence of a system event", () => {
  const event = (kind: string, fields: Record<string, unknown> = {}) =>
    systemEventSentence(
      {
        "@odata.type": `#microsoft.graph.${kind}EventMessageDetail`,
        initiator: { user: { id: "u1", displayName: null } },
        ...fields,
      },
      (id) => ({ u1: "Adele", u2: "Megan" })[id],
    );
  const users = (...ids: string[]) => ids.map((id) => ({ id, displayName: null }));

  test.each([
    ["membersAdded", { members: users("u2", "u3") }, "Adele added Megan and u3."],
    ["membersAdded", { members: users("u1") }, "Adele joined."],
    [
      "membersAdded",
      { members: users("u2"), visibleHistoryStartDateTime: "0001-01-01T00:00:00Z" },
      "Adele added Megan and shared the whole chat history.",
    ],
    ["membersDeleted", { members: users("u1") }, "Adele left."],
    ["chatRenamed", { chatDisplayName: "Q & A" }, 'Adele renamed the chat to "Q & A".'],
    [
      "callEnded",
      {
        callEventType: "meeting",
        callDuration: "PT1H0M3.5S",
        callParticipants: [{ participant: { user: { id: "u2" } } }],
      },
      "The meeting ended after 1 h 3 s. Participants: Megan.",
    ],
    [
      "callEnded",
      {
        callParticipants: [
          { participant: { user: null, acsUser: { id: "8:acs:1", displayName: "Hall 4" } } },
          { participant: { "@odata.type": "#x", onPremises: { id: "8:sfb:2", displayName: null } } },
          { participant: { application: null, user: null } },
        ],
      },
      "The call ended. Participants: Hall 4, 8:sfb:2 and somebody.",
    ],
    [
      "callRecording",
      { callRecordingStatus: "success", callRecordingUrl: "https://x" },
      "The recording of the call is ready: https://x",
    ],
    [
      "conversationMemberRoleUpdated",
      { conversationMemberUser: { id: "u2" }, conversationMemberRoles: ["owner"] },
      "Adele changed the role of Megan to owner.",
    ],
  ])("%s", (kind, fields, expected) => expect(event(kind, fields)).toBe(expected));

  test.each(
    `callEnded callRecording callStarted callTranscript chatRenamed conversationMemberRoleUpdated meetingPolicyUpdated membersAdded
     membersDeleted membersJoined membersLeft messagePinned messageUnpinned tabUpdated teamsAppInstalled teamsAppRemoved
     teamsAppUpgraded channelAdded channelDeleted channelDescriptionUpdated channelRenamed channelSetAsFavoriteByDefault
     channelSharingUpdated channelUnsetAsFavoriteByDefault teamArchived teamCreated teamDescriptionUpdated
     teamJoiningDisabled teamJoiningEnabled teamRenamed teamUnarchived`.split(/\s+/),
  )("there is one for %s, whatever is missing in it", (kind) => {
    expect(event(kind)).toMatch(/^[A-Z][^{}]{8,}\.$/);
    expect(event(kind, { initiator: null, members: [null, 3], callParticipants: {} })).toMatch(/^[A-Z]/);
  });

  test("there is none for an unknown kind, and the message then says which", () => {
    expect(event("somethingNew")).toBeUndefined();
    expect(
      text({
        messageType: "systemEventMessage",
        ...html("<systemEventMessage/>"),
        eventDetail: { "@odata.type": "#microsoft.graph.somethingNewEventMessageDetail" },
      }),
    ).toBe("System event: somethingNew");
  });

  test("what says of itself that it is an event is one, whatever its type and details", () => {
    for (const mark of ["<systemEventMessage/>", " <systemeventmessage></systemEventMessage>\n"])
      expect(text({ messageType: "unknownFutureValue", eventDetail: null, ...html(mark) })).toBe(
        "System event: unknown",
      );
    const typed = { body: { contentType: "text", content: "<systemEventMessage/>" } };
    expect(text({ messageType: "message", ...typed })).toBe("<systemEventMessage/>");
    const from = { user: { id: "u1" } };
    expect(text({ messageType: "message", from, ...html("<systemEventMessage/>") })).toBe("");
    expect(text({ messageType: "unknownFutureValue", ...html("<p>&lt;systemEventMessage/&gt;</p>") })).toBe(
      "<systemEventMessage/>",
    );
  });
});

describe("what Teams shows beside the words of a message is in its text:", () => {
  const ada = { user: { id: "u1" } };
  const names = { u1: "Ada" };
  const card = (content: object) => blocksText(cardBlocks(JSON.stringify(content)));

  test("for whom a bot spoke", () => {
    const raw = { from: { application: { id: "b" } }, onBehalfOf: ada, body: { content: "hi" } };
    expect(text(raw, names)).toBe("[On behalf of Ada]\nhi");
    expect(bodyPeople(parseMessage(raw))).toEqual(["u1"]);
  });

  test("when a forwarded message was sent, as far as that can be read", () => {
    const forward = (originalSentDateTime: unknown) => {
      const content = JSON.stringify({ originalMessageContent: "x", originalMessageSender: ada, originalSentDateTime });
      return text({ attachments: [{ contentType: "forwardedMessageReference", content }] }, names);
    };
    expect(forward("2026-01-31T09:30:00+01:00")).toBe("Forwarded from Ada, 2026-01-31 08:30 UTC:\n> x");
    for (const malformed of [undefined, 5, "2021-03-1706:47:05.123Z"])
      expect(forward(malformed)).toBe("Forwarded from Ada:\n> x");
  });

  test("videos and sounds in the body, also among code", () => {
    const hosted = "https://graph.microsoft.com/v1.0/chats/1/messages/2/hostedContents/aWQ/$value";
    expect(htmlToText(`a<video src="${hosted}"></video>b`)).toBe("a\n[Video]\nb");
    const [, video] = htmlBlocks(`a<video src="${hosted}">`);
    expect(video).toEqual({ kind: "attachment", label: "Video", content: expect.any(String) });
    expect(htmlToText('<pre>a<audio src="https://x.test/a.mp3">b</pre>')).toBe("a\n[Sound https://x.test/a.mp3]\nb");
    expect(htmlToText('<video src="javascript:1"></video>')).toBe("[Video]");
  });

  test("how long a recording is, and what a team is about", () => {
    const event = (kind: string, detail: object) =>
      systemEventSentence({ "@odata.type": `#microsoft.graph.${kind}EventMessageDetail`, ...detail }, () => "Ada");
    const recording = {
      callRecordingStatus: "success",
      callRecordingDisplayName: "R",
      callRecordingDuration: "PT1M2S",
    };
    expect(event("callRecording", recording)).toBe('The recording of the call "R" (1 min 2 s) is ready.');
    const team = { initiator: ada, teamDisplayName: "T", teamDescription: "D" };
    expect(event("teamCreated", team)).toBe('Ada created the team "T", described as "D".');
  });

  test("numbers and charts of cards", () => {
    expect(card({ type: "FactSet", facts: [{ title: "Open", value: 5 }] })).toBe("Open: 5");
    const pie = {
      type: "Chart.Donut",
      title: "Votes",
      data: [
        { legend: "Yes", value: 3 },
        { legend: "No", value: 1.5 },
      ],
    };
    expect(card(pie)).toBe("Votes\nYes: 3\nNo: 1.5");
    const line = {
      type: "Chart.Line",
      xAxisTitle: "Day",
      data: [
        {
          legend: "Ada",
          values: [
            { x: "Mon", y: 1 },
            { x: 2, y: 0 },
          ],
        },
      ],
    };
    expect(card(line)).toBe("Day\nAda, Mon: 1\nAda, 2: 0");
    const gauge = { type: "Chart.Gauge", value: 40, segments: [{ legend: "Low", size: 33 }] };
    expect(card(gauge)).toBe("Low: 33\n40");
  });

  test("what the buttons of connector cards unfold", () => {
    const inputs = [{ "@type": "MultichoiceInput", title: "Pick", choices: [{ display: "First", value: "1" }] }];
    const actions = [{ "@type": "HttpPOST", name: "Save", target: "https://x.test/" }];
    const potentialAction = [
      { "@type": "ActionCard", name: "Comment", inputs, actions },
      { "@type": "ViewAction", name: "View", target: ["https://y.test/"] },
    ];
    expect(card({ "@type": "MessageCard", text: "T", potentialAction })).toBe(
      "T\n[Comment]\nPick\nFirst\n[Save] (https://x.test/)\n[View] (https://y.test/)",
    );
  });
});

test("an address cannot turn the letters behind it around", () => {
  expect(htmlToText('<a href="https://x.test/\u202Egpj\u200B">x</a>')).toBe("x (https://x.test/%E2%80%AEgpj%E2%80%8B)");
});

describe("what a card shows is told:", () => {
  const block = (text: string) => ({ type: "TextBlock", text });
  const act = (action: object) => ({ type: "ActionSet", actions: [{ title: "Go", ...action }] });
  const choices = [{ title: "One", value: "1" }];
  test.each<[string, object, string]>([
    ["a stand-in", { body: [{ type: "Strange", fallback: block("In its place") }] }, "In its place"],
    ["a stand-in for the whole", { body: [], fallbackText: "In its place" }, "In its place"],
    ["no stand-in for what is there", { body: [{ ...block("There"), fallback: block("Instead") }] }, "There"],
    ["a popover", { body: [act({ type: "Action.Popover", content: block("In it") })] }, "[Go]\nIn it"],
    [
      "a menu",
      { body: [act({ type: "Action.Submit", menuActions: [{ type: "Action.Submit", title: "Later" }] })] },
      "[Go]\n[Later]",
    ],
    [
      "a button in an input",
      { body: [{ type: "Input.Text", label: "Say", inlineAction: { type: "Action.Submit", title: "Send" } }] },
      "Say\n[Send]",
    ],
    ["what choices ask", { body: [{ type: "Input.ChoiceSet", placeholder: "Choose", choices }] }, "Choose\n- One"],
    ["a quantity", { items: [{ title: "Tea", quantity: "2", price: "$9" }] }, "Tea\n2\n$9"],
    ["a gauge", { body: [{ type: "Chart.Gauge", title: "Load", subLabel: "now", value: 5 }] }, "Load\nnow\n5"],
    ["a badge", { body: [{ type: "CompoundButton", title: "Mail", badge: "New" }] }, "Mail\nNew"],
    ["stars", { body: [{ type: "Rating", value: 4, max: 5, count: 12 }] }, "4/5 (12)"],
    ["progress", { body: [{ type: "ProgressBar", value: 40 }, { type: "ProgressBar" }] }, "40"],
  ])("%s", (_, card, expected) => {
    const contentType = "application/vnd.microsoft.card.adaptive";
    expect(text({ attachments: [{ id: "1", contentType, content: JSON.stringify(card) }] })).toBe(expected);
  });

  test("an emoji that says nothing but its name", () => {
    const content = '<emoji id="smile"></emoji><img itemtype="http://schema.skype.com/Emoji" itemid="wave" src="x">';
    expect(text({ body: { contentType: "html", content } })).toBe(":smile::wave:");
  });
});
