import { attachment } from "../chat-message.ts";
import { escapeHtml, html, plain, type MessageKind, type Writing } from "./kind.ts";

const image = (url: string, alt = "image"): string =>
  `<img alt="${alt}" src="${url}" width="240" height="120" itemid="x" style="vertical-align:bottom; width:240px">`;

/** Messages whose picture, code or sticker is a hosted content. */
export const pictureKinds: readonly MessageKind[] = [
  {
    name: "picture",
    copies: 70,
    hosted: 1,
    write: (w) => {
      const type = (["png", "png", "jpeg", "gif"] as const)[w.ordinal % 4] ?? "png";
      return html(
        `<p>${escapeHtml(w.text)}</p><p>${image(w.hosted(0, type, w.ordinal % 6 === 5 ? "beta" : "v1.0").url)}</p>`,
      );
    },
  },
  {
    name: "severalPictures",
    copies: 12,
    hosted: 3,
    write: (w) =>
      html(
        `<div><div>${[0, 1, 2].map((n) => image(w.hosted(n, n === 1 ? "jpeg" : "png").url, `picture ${n}`)).join("</div><div>")}</div></div>`,
      ),
  },
  {
    name: "deniedPicture",
    copies: 4,
    hosted: 2,
    write: (w) =>
      html(`<p>one works ${image(w.hosted(0, "png").url)} one does not ${image(w.hosted(1, "denied").url)}</p>`),
  },
  {
    name: "externalPicture",
    copies: 6,
    write: () =>
      html(
        `<p><img src="https://media.giphy.example/media/abc/giphy.gif" alt="Dancing cat (GIF Image)" itemtype="http://schema.skype.com/Giphy"></p>`,
      ),
  },
  {
    name: "customEmoji",
    copies: 4,
    hosted: 1,
    write: (w) => {
      const { id, url } = w.hosted(0, "gif");
      return html(`<p>nice <customemoji id="${id.slice(0, 12)}" alt="party parrot" source="${url}"></customemoji></p>`);
    },
  },
  {
    name: "codeSnippet",
    copies: 6,
    hosted: 1,
    write: (w) => {
      const { url } = w.hosted(0, "code");
      const id = "a1b2c3d4e5f64788";
      const content = JSON.stringify({ language: "TypeScript", name: "greet.ts", codeSnippetUrl: url, lines: 6 });
      return {
        ...html(`<p>${escapeHtml(w.text)}</p><attachment id="${id}"></attachment>`),
        attachments: [attachment({ id, contentType: "application/vnd.microsoft.card.codesnippet", content })],
      };
    },
  },
  { name: "customReaction", copies: 4, hosted: 1, delayMs: [1_000, 60_000], write: customReaction },
];

function customReaction(w: Writing): ReturnType<MessageKind["write"]> {
  const reaction = {
    reactionType: "custom",
    displayName: "shipit",
    reactionContentUrl: w.hosted(0, "png").url,
    createdDateTime: new Date(w.modifiedMs).toISOString(),
    user: {
      application: null,
      device: null,
      user: { id: w.member(1).id, displayName: null, userIdentityType: "aadUser" },
    },
  };
  return {
    ...plain(w.text),
    reactions: [reaction],
    messageHistory: [{ modifiedDateTime: reaction.createdDateTime, actions: "reactionAdded", reaction }],
  };
}
