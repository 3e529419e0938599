import { attachment } from "../chat-message.ts";
import { hostileHtml, hostileTexts } from "../texts/hostile.ts";
import { reactionTypes } from "./everyday.ts";
import { escapeHtml, html, plain, type MessageKind } from "./kind.ts";

/** As an official sample prints it: no `T`, so no parser takes it. */
export const malformedTime = "2021-03-1706:47:05.123Z";

/** What renderers and parsers stumble over. */
export const oddKinds: readonly MessageKind[] = [
  {
    name: "hostileHtml",
    copies: hostileHtml.length * 2,
    write: (w) => html(hostileHtml[w.ordinal % hostileHtml.length] ?? ""),
  },
  {
    name: "hostileText",
    copies: hostileTexts.length * 2,
    write: (w) => {
      const text = hostileTexts[w.ordinal % hostileTexts.length] ?? "";
      return w.ordinal % 2 === 0 ? plain(text) : html(`<p>${escapeHtml(text)}</p>`);
    },
  },
  { name: "empty", copies: 3, write: (w) => (w.ordinal % 2 === 0 ? plain("") : html("<p>&nbsp;</p>")) },
  {
    name: "pasteBlock",
    write: (w) =>
      html(
        `<div itemprop="copy-paste-block"><div><span style="font-size:11pt">${escapeHtml(w.text)}</span><div>unclosed`,
      ),
  },
  {
    name: "table",
    copies: 4,
    write: (w) =>
      html(
        `<figure class="table"><table itemprop="copy-paste-table"><thead><tr><th>Name</th><th>Σ</th></tr></thead><tbody><tr><td>${escapeHtml(w.text)}</td><td>1&nbsp;234,50 €</td></tr><tr><td colspan="2">two columns wide</td></tr></tbody></table></figure>`,
      ),
  },
  {
    name: "code",
    copies: 3,
    write: () =>
      html(
        `<p>run</p><codeblock class="Bash"><code>rm -rf ./dist &amp;&amp; echo "&lt;done&gt;"<br>\techo tab</code></codeblock>`,
      ),
  },
  {
    name: "emojiOnly",
    copies: 4,
    write: () => html(`<p><emoji id="family" alt="👨‍👩‍👧‍👦" title="Family"></emoji> 👩🏽‍💻🏳️‍🌈🇩🇪</p>`),
  },
  {
    name: "urgent",
    copies: 3,
    write: (w) => ({ ...html(`<p>${escapeHtml(w.text)}</p>`), importance: w.ordinal % 2 === 0 ? "urgent" : "high" }),
  },
  { name: "huge", copies: 1, write: (w) => plain(`${w.text}\n`.repeat(400)) },
  {
    name: "blocked",
    copies: 3,
    delayMs: [1_000, 5_000],
    write: (w) => ({
      ...plain(""),
      policyViolation: {
        dlpAction: w.ordinal % 2 === 0 ? "blockAccess" : "notifySender,blockAccessExternal",
        justificationText: null,
        userAction: "none",
        verdictDetails: "allowFalsePositiveOverride,allowOverrideWithJustification",
        policyTip: {
          generalText: "This item conflicts with a policy.",
          complianceUrl: "https://contoso.example/dlp",
          matchedConditionDescriptions: ["Credit Card Number"],
        },
      },
    }),
  },
  {
    name: "sixReactions",
    copies: 3,
    delayMs: [1_000, 100_000],
    write: (w) => {
      const reactions = [...reactionTypes, "👀", "🫡"].map((reactionType) => ({
        reactionType,
        displayName: reactionType,
        reactionContentUrl: null,
        createdDateTime: new Date(w.modifiedMs).toISOString(),
        user: {
          application: null,
          device: null,
          user: { id: w.member(2).id, displayName: null, userIdentityType: "aadUser" },
        },
      }));
      // "surprised" is no action: an official sample has it all the same.
      const history = reactions.map((reaction, n) => ({
        modifiedDateTime: n === 0 ? malformedTime : reaction.createdDateTime,
        actions: n === 1 ? "surprised" : "reactionAdded",
        reaction,
      }));
      return { ...plain(w.text), reactions, messageHistory: history };
    },
  },
  {
    name: "malformedEdit",
    copies: 2,
    delayMs: [1_000, 2_000],
    write: (w) => ({ ...plain(w.text), lastEditedDateTime: malformedTime }),
  },
  {
    name: "unknownKeys",
    copies: 3,
    write: (w) => ({
      ...plain(w.text),
      "@microsoft.graph.tips": "Use $select to choose only the properties your app needs.",
      futureProperty: { nested: [1, 2.5, null, "ünknown", 12345678901234567890n.toString()] },
      channelIdentity: null,
    }),
  },
  {
    name: "unknownAttachment",
    copies: 3,
    write: (w) => ({
      ...html(`<p>${escapeHtml(w.text)}</p>`),
      attachments: [
        attachment({ id: "1", contentType: "image/png", contentUrl: "https://contoso.example/a.png", name: "a.png" }),
        attachment({ id: "2", contentType: "event", content: "not json" }),
        attachment({
          id: "3",
          contentType: "application/vnd.contoso.future",
          content: JSON.stringify({ hello: w.text }),
        }),
      ],
    }),
  },
  { name: "unknownType", copies: 2, write: () => ({ ...html(""), messageType: "unknownFutureValue", from: null }) },
  {
    name: "subject",
    copies: 2,
    write: (w) => ({ ...html(`<p>${escapeHtml(w.text)}</p>`), subject: "Migrated subject", summary: "A summary" }),
  },
];
