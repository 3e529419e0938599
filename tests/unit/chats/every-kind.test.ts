import { expect, test } from "vitest";
import { specialKinds } from "../../../local/graph-simulator/tenant/kinds/all.ts";
import { everydayKinds } from "../../../local/graph-simulator/tenant/kinds/everyday.ts";
import { escapeHtml } from "../../../local/graph-simulator/tenant/kinds/kind.ts";
import { hostileHtml, hostileTexts } from "../../../local/graph-simulator/tenant/texts/hostile.ts";
import { makeTenant } from "../../../local/graph-simulator/tenant/tenant.ts";
import type { ChatMessage as Raw } from "../../../local/graph-simulator/tenant/chat-message.ts";
import { blocksText } from "../../../shared/chats/block-text.ts";
import { parseMessage } from "../../../shared/chats/message.ts";
import { bodyPeople, readBody } from "../../../shared/chats/read-body.ts";
import { referencesOf } from "../../../shared/chats/references.ts";
import { smallSizes } from "../../support/simulator.ts";

const tenant = makeTenant({
  seed: "kinds",
  sizes: { ...smallSizes, bigAccount: 0, malformedCreatedDates: true },
  domain: "fabrikam.example",
  anchorMs: Date.parse("2026-03-01T12:00:00Z"),
  lagMs: 0,
  graphUrl: () => "https://graph.microsoft.com",
});
const people = new Map(
  tenant.books.flatMap(({ plan }) => [...plan.members.map((m) => m.person), ...plan.former]).map((p) => [p.id, p]),
);
const nameOf = (id: string) => people.get(id)?.displayName ?? undefined;

const byKind = Map.groupBy(
  tenant.books.flatMap((book) =>
    Array.from({ length: book.length() }, (_, at) => ({
      kind: book.kindAt(at),
      raw: book.message(at, book.versions(at) - 1),
    })),
  ),
  ({ kind }) => kind,
);

interface Seen {
  readonly raw: Raw;
  readonly text: string;
  /** JSON of the blocks. */
  readonly blocks: string;
}

/** What must be seen of a kind: texts, or a check. */
type Must = readonly string[] | ((seen: Seen) => void);

const sees = (...texts: string[]): Must => texts;
const whole: Must = ({ raw, text }) =>
  expect(text.replace(/\s+/g, " ")).toBe(raw.body.content.trimEnd().replace(/\s+/g, " "));
const event =
  (pattern: RegExp): Must =>
  ({ text }) =>
    expect(text).toMatch(pattern);
const hasContents: Must = ({ raw, blocks }) => {
  const references = referencesOf(parseMessage({ ...raw }));
  expect(references.length).toBeGreaterThan(0);
  for (const { key } of references) expect(blocks).toContain(`"content":"${key}"`);
};
const all =
  (...musts: Must[]): Must =>
  (seen) =>
    musts.forEach((must) => check(must, seen));

function check(must: Must, seen: Seen): void {
  if (typeof must === "function") must(seen);
  else for (const text of must) expect(seen.text).toContain(text);
}

const paragraph = (text: string) => `<p>${escapeHtml(text)}</p>`;
const oneLine = (text: string) => text.replace(/\s+/g, " ").trim();
/** What is left to be read of each hostile HTML, in one line. */
const HOSTILE_HTML = [
  /^Look: done$/,
  /^click here or here$/,
  /^never closed bold italic$/,
  /^stray closings 1 < 2 && 3 > 2 <b>not bold<\/b>$/,
  /^\[picture\] after$/,
  /^\u202Egnp\.exe\u202C \u00AD\u200C\uFFFD\uFFFF&bogus; &amp;$/,
  /^big$/,
  /^a \| b c (?:\u{1F600}){40}$/u,
  /^after$/,
  /^deep$/,
];

const anybody = "[^{}]+";
const cards = Object.fromEntries(
  ["audio", "video", "animation", "receipt", "signin", "oauth"].map((type) => [`${type}Card`, sees(`A ${type} card`)]),
);
const somebodyDid = (what: string): Must => event(new RegExp(`^\\[${anybody} ${what}`));
const MUST: Record<string, Must> = {
  text: whole,
  html: ({ raw, text }) => {
    const [, said = ""] = /^<p>(.*) <strong>!<\/strong><br>\r\n&nbsp;<\/p>$/s.exec(raw.body.content) ?? [];
    expect(paragraph(text.trimEnd().slice(0, -2))).toBe(`<p>${said}</p>`);
    expect(text.trimEnd()).toMatch(/ !$/);
  },
  emoji: sees("😄", "❤️‍🔥"),
  mention: ({ raw, text }) => expect(text).toContain(`@${(raw.mentions[0] as { mentionText: string }).mentionText}`),
  reacted: whole,
  link: event(/wiki \(https:\/\/intranet\.example\/wiki\?page=\d+&lang=de\)/),
  list: event(/^- .+\n- two\n  1\. nested\n> quoted line\nnpm run build && echo "ok"$/s),
  edited: sees("(corrected)"),
  deleted: sees("[This message was deleted.]"),
  editedLate: sees("(edited weeks later)"),
  long: sees("1. ", "12. "),
  picture: all(sees("[picture]"), hasContents),
  severalPictures: all(sees("[picture: picture 0]", "[picture: picture 2]"), hasContents),
  deniedPicture: all(sees("one works [picture] one does not [picture]"), hasContents),
  externalPicture: sees("[picture: Dancing cat (GIF Image) https://media.giphy.example/media/abc/giphy.gif]"),
  customEmoji: all(sees("nice :party parrot:"), hasContents),
  codeSnippet: all(sees("[Code snippet: greet.ts (TypeScript)]"), hasContents),
  customReaction: whole,
  adaptiveCard: sees(
    "Incident 4711 <b>not html</b>",
    "Status: Open",
    "Reporter: ",
    "left | ימין",
    "[Open] (https://contoso.example/4711)",
  ),
  adaptiveCardWithPicture: all(sees("[picture: chart]", "Chart of the day"), hasContents),
  adaptiveCardWithMention: event(/^Hi @[^<]+$/),
  praise: event(/^Awesome\n.+$/),
  twoHeroCards: sees(
    'Fish & Chips <special> "today"',
    "line one\nline two",
    "[picture https://contoso.example/fish.png]",
    "[Order] (https://contoso.example/?a=1&b=2)",
    "Second <card>",
  ),
  thumbnailCard: sees("Thumbnail", "<p>escaped &amp; html</p>", "[Again]"),
  ...cards,
  receiptCard: sees("A receipt card", "$9.99", "$0.99", "Tea", "$9.00", "Order: 7"),
  videoCard: sees("A video card", "[Media https://contoso.example/a.video]"),
  connectorCard: sees("Build failed", "main", "Commit: abc123"),
  listCard: sees("List", "One", "1"),
  announcementCard: event(/^Announcement\n.+/),
  brokenCard: sees("cut o"),
  loop: event(/^\[Loop component https:\/\/fabrikam-my\.sharepoint\.com\/\S+\]$/),
  voiceClip: event(/^\[Voice message: 12 s https:\/\/eu-api\.asm\.skype\.com\/\S+\]$/),
  reply: event(/^.+ wrote:\n> .+\n.+$/s),
  replyToTen: ({ raw, text }) => expect(text.split(" wrote:").length - 1).toBe(raw.attachments.length),
  oldReply: event(/^.+ wrote:\n> .+\n.+$/s),
  forward: event(/^Forwarded from .+, \d{4}-\d\d-\d\d \d\d:\d\d UTC:\n> .+$/s),
  forwardWithNote: event(/\nForwarded from .+:\n> the original, with bold$/s),
  forwardedPicture: all(event(/^Forwarded from .+:\n> see \[picture: forwarded\]$/s), hasContents),
  meeting: event(
    /^\[Meeting: Weekly sync & review( https:\/\/teams\.microsoft\.com\/l\/meetup-join\/19%3ameeting)?\]$/,
  ),
  tab: sees("Added a tab\n[Tab: Bing]"),
  "event-callStarted": somebodyDid("started a (call|meeting)\\."),
  "event-callEnded": event(/^\[The meeting ended after 1 h 2 min 59 s\. Participants: .+ and .+\.\]$/),
  "event-callRecording": event(/record/i),
  "event-callTranscript": sees("[A transcript of the call was made.]"),
  "event-chatRenamed": somebodyDid('renamed the chat to ("Neuer Name <&> 新しい名前"|no name)\\.'),
  "event-conversationMemberRoleUpdated": somebodyDid(`changed the role of ${anybody} to owner\\.`),
  "event-meetingPolicyUpdated": somebodyDid("turned the meeting chat (on|off)\\."),
  "event-membersAdded": somebodyDid(`added ${anybody} and ${anybody} and shared the (whole )?chat history`),
  "event-membersDeleted": somebodyDid(`removed ${anybody} and ${anybody}\\.`),
  "event-membersJoined": event(new RegExp(`^\\[${anybody} and ${anybody} joined\\.`)),
  "event-membersLeft": somebodyDid("left\\."),
  "event-messagePinned": somebodyDid("pinned a message\\."),
  "event-messageUnpinned": somebodyDid("unpinned a message\\."),
  "event-tabUpdated": somebodyDid("changed a tab\\."),
  "event-teamsAppInstalled": somebodyDid('added the app( "Polls")?\\.'),
  "event-teamsAppRemoved": somebodyDid('removed the app "Polls"\\.'),
  "event-teamsAppUpgraded": somebodyDid('updated the app "Polls"\\.'),
  "event-channelAdded": somebodyDid('added the channel "Standard channel"\\.'),
  "event-channelDeleted": somebodyDid('deleted the channel "Standard channel"\\.'),
  "event-channelDescriptionUpdated": somebodyDid(`changed the channel's description to "Updated"\\.`),
  "event-channelRenamed": somebodyDid('renamed the channel to "Renamed"\\.'),
  "event-channelSetAsFavoriteByDefault": somebodyDid("made the channel show for everybody\\."),
  "event-channelSharingUpdated": somebodyDid("changed with whom the channel is shared\\."),
  "event-channelUnsetAsFavoriteByDefault": somebodyDid("no longer makes the channel show for everybody\\."),
  "event-teamArchived": somebodyDid("archived the team\\."),
  "event-teamCreated": somebodyDid('created the team "Team", described as "Description"\\.'),
  "event-teamDescriptionUpdated": somebodyDid(`changed the team's description to "Description"\\.`),
  "event-teamJoiningDisabled": somebodyDid("turned joining by a code off\\."),
  "event-teamJoiningEnabled": somebodyDid("turned joining by a code on\\."),
  "event-teamRenamed": somebodyDid('renamed the team to "Team"\\.'),
  "event-teamUnarchived": somebodyDid("restored the team from the archive\\."),
  "event-holographicPresence": sees("[System event: holographicPresence]"),
  ...Object.fromEntries(Array.from({ length: 9 }, (_, n) => [`outsider${n}`, whole])),
  ...Object.fromEntries(
    ["aadApplication", "bot", "tenantBot", "office365Connector", "outgoingWebhook"].map((type) => [
      `from-${type}`,
      event(/^Build #\d+ passed$/),
    ]),
  ),
  onBehalfOf: event(/^\[On behalf of .+\]\n./),
  nobody: whole,
  namelessSender: whole,
  mentionEveryone: sees("@Everyone @Polls "),
  mentionPlaces: sees("in @General, @Sales, @oncall & friends"),
  mentionWithoutEntry: sees("@Ghost "),
  hostileHtml: ({ raw, text, blocks }) => {
    expect(HOSTILE_HTML).toHaveLength(hostileHtml.length);
    expect(oneLine(text)).toMatch(HOSTILE_HTML[hostileHtml.indexOf(raw.body.content)] ?? /^not one of them$/);
    expect(blocks).not.toMatch(/document\.|alert|onerror|display:none|passwd|evil\.example/);
  },
  hostileText: ({ raw, text }) => {
    const said = hostileTexts.find((one) => [one, paragraph(one)].includes(raw.body.content)) ?? "not one of them";
    expect(oneLine(text)).toBe(oneLine(said));
  },
  empty: ({ text }) => expect(text).toBe(""),
  pasteBlock: event(/.+\nunclosed$/s),
  table: event(/^Name \| Σ\n.+ \| 1 234,50 €\ntwo columns wide$/s),
  code: ({ text, blocks }) => {
    expect(text).toBe('run\nrm -rf ./dist && echo "<done>"\n\techo tab');
    expect(blocks).toContain('"language":"Bash"');
  },
  emojiOnly: sees("👨‍👩‍👧‍👦 👩🏽‍💻🏳️‍🌈🇩🇪"),
  urgent: event(/^\[(Urgent|Important)\]\n./),
  huge: whole,
  blocked: sees("[This message was blocked by a policy of the organization: This item conflicts with a policy.]"),
  sixReactions: whole,
  malformedEdit: whole,
  unknownKeys: whole,
  unknownAttachment: sees(
    "[picture: a.png https://contoso.example/a.png]",
    "[Attachment: event]",
    "[Attachment: application/vnd.contoso.future]",
  ),
  unknownType: ({ text }) => expect(text).toBe(""),
  subject: event(/^Migrated subject\n./),
  file: ({ raw, text, blocks }) => {
    expect(text).toContain(
      `[File: ${raw.attachments[0]?.name || decodeURIComponent(raw.attachments[0]?.contentUrl?.split("/").pop() ?? "")}`,
    );
    check(hasContents, { raw, text, blocks });
  },
  fileWithoutTag: hasContents,
};

const kinds = [...everydayKinds, ...specialKinds].map(({ name }) => name);

test("every kind is told of here", () => expect(Object.keys(MUST).sort()).toEqual([...new Set(kinds)].sort()));

test.each([...new Set(kinds)])("of %s all that Teams shows is there", (kind) => {
  const messages = byKind.get(kind) ?? [];
  expect(messages.length).toBeGreaterThan(0);
  for (const { raw } of messages) {
    const message = parseMessage({ ...raw });
    const asked = new Set(bodyPeople(message));
    const blocks = readBody(message, (id) => (asked.has(id) ? nameOf(id) : undefined));
    const text = blocksText(blocks);
    check(MUST[kind] ?? [], { raw, text, blocks: JSON.stringify(blocks) });
  }
});
