import { escapeHtml, html, plain, type MessageKind } from "./kind.ts";

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

export const reactionTypes = ["like", "heart", "laugh", "surprised", "sad", "angry"] as const;

/** What most messages are. Weights are relative. */
export const everydayKinds: readonly MessageKind[] = [
  { name: "text", weight: 62, write: (w) => plain(w.text) },
  { name: "html", weight: 9, write: (w) => html(`<p>${escapeHtml(w.text)} <strong>!</strong><br>\r\n&nbsp;</p>`) },
  {
    name: "emoji",
    weight: 5,
    write: (w) =>
      html(
        `<p>${escapeHtml(w.text)} <emoji id="smile" alt="😄" title="Smile"></emoji><emoji id="heartonfire" alt="❤️‍🔥" title=""></emoji></p>`,
      ),
  },
  {
    name: "mention",
    weight: 5,
    write: (w) => {
      const who = w.member(w.random.int(50));
      const name = who.displayName ?? "";
      return {
        ...html(`<p><at id="0">${escapeHtml(name)}</at>&nbsp;${escapeHtml(w.text)}</p>`),
        mentions: [{ id: 0, mentionText: name, mentioned: { ...w.identityOf(who), conversation: null, tag: null } }],
      };
    },
  },
  {
    name: "reacted",
    weight: 8,
    delayMs: [5_000, 3 * hour],
    write: (w) => {
      const reactions = Array.from({ length: 1 + w.random.int(3) }, (_, n) => ({
        reactionType: w.random.pick(reactionTypes),
        displayName: null,
        reactionContentUrl: null,
        createdDateTime: new Date(w.modifiedMs - n).toISOString(),
        user: {
          application: null,
          device: null,
          user: { id: w.member(n).id, displayName: null, userIdentityType: "aadUser" },
        },
      }));
      const history = reactions.map((reaction) => ({
        modifiedDateTime: reaction.createdDateTime,
        actions: "reactionAdded",
        reaction,
      }));
      return { ...plain(w.text), reactions, messageHistory: history };
    },
  },
  {
    name: "link",
    weight: 3,
    write: (w) =>
      html(
        `<p>${escapeHtml(w.text)} <a href="https://intranet.example/wiki?page=${w.random.int(999)}&amp;lang=de" title="wiki">wiki</a></p>`,
      ),
  },
  {
    name: "list",
    weight: 2,
    write: (w) =>
      html(
        `<ul><li>${escapeHtml(w.text)}</li><li>two<ol><li>nested</li></ol></li></ul><blockquote>quoted line</blockquote><pre><code>npm run build &amp;&amp; echo "ok"</code></pre>`,
      ),
  },
  {
    name: "edited",
    weight: 3,
    delayMs: [minute, 2 * day],
    before: (w) => plain(w.text),
    write: (w) => ({
      ...html(`<p>${escapeHtml(w.text)} <i>(corrected)</i></p>`),
      lastEditedDateTime: new Date(w.modifiedMs).toISOString(),
    }),
  },
  {
    name: "deleted",
    weight: 1.5,
    delayMs: [minute, 7 * day],
    before: (w) => plain(w.text),
    write: (w) => ({ ...html(""), deletedDateTime: new Date(w.modifiedMs).toISOString() }),
  },
  {
    name: "editedLate",
    weight: 0.3,
    delayMs: [20 * day, 90 * day],
    before: (w) => plain(w.text),
    write: (w) => ({
      ...html(`<p>${escapeHtml(w.text)} (edited weeks later)</p>`),
      lastEditedDateTime: new Date(w.modifiedMs).toISOString(),
    }),
  },
  {
    name: "long",
    weight: 1,
    write: (w) => plain(Array.from({ length: 12 }, (_, n) => `${n + 1}. ${w.text}`).join("\n")),
  },
];
