import { attachment } from "../chat-message.ts";
import { guidFrom } from "../random.ts";
import { escapeHtml, html, type MessageKind, type Writing } from "./kind.ts";

const reference = (w: Writing, back: number): ReturnType<typeof attachment> => {
  const earlier = w.earlier(back);
  const content = JSON.stringify({
    messageId: earlier.id,
    messagePreview: earlier.text.slice(0, 60),
    messageSender: w.identityOf(earlier.sender),
  });
  return attachment({ id: earlier.id, contentType: "messageReference", content });
};

/** `original` is what the forward shows; it exists nowhere else in the message. */
const forward = (w: Writing, original: string, note: string): ReturnType<MessageKind["write"]> => {
  const earlier = w.earlier(40);
  const content = JSON.stringify({
    originalMessageId: earlier.id,
    originalMessageContent: original,
    originalConversationId: `19:${guidFrom(w.id, "elsewhere").replaceAll("-", "")}@thread.v2`,
    originalSentDateTime: earlier.createdDateTime.replace("Z", "+00:00"),
    originalMessageSender: {
      application: null,
      device: null,
      user: { userIdentityType: "aadUser", tenantId: w.directory.tenantId, id: earlier.sender.id, displayName: null },
    },
  });
  return {
    ...html(`${note}<attachment id="${earlier.id}"></attachment>`),
    attachments: [attachment({ id: earlier.id, contentType: "forwardedMessageReference", content })],
  };
};

/** Messages that quote, forward or point to something else. */
export const referenceKinds: readonly MessageKind[] = [
  {
    name: "reply",
    copies: 60,
    write: (w) => {
      const quoted = reference(w, 1 + (w.ordinal % 9));
      return {
        ...html(`<attachment id="${quoted.id}"></attachment>\n<p>${escapeHtml(w.text)}</p>`),
        attachments: [quoted],
      };
    },
  },
  {
    name: "replyToTen",
    write: (w) => {
      const quoted = [
        ...new Map(Array.from({ length: 10 }, (_, n) => reference(w, n + 1)).map((a) => [a.id, a])).values(),
      ];
      return {
        ...html(`${quoted.map((a) => `<attachment id="${a.id}"></attachment>`).join("")}<p>${escapeHtml(w.text)}</p>`),
        attachments: quoted,
      };
    },
  },
  {
    name: "oldReply",
    copies: 6,
    write: (w) => {
      const { id, text, sender } = w.earlier(2);
      return html(
        `<blockquote itemscope itemtype="http://schema.skype.com/Reply" itemid="${id}">\r\n<strong itemprop="mri" itemid="8:orgid:${sender.id}">${escapeHtml(sender.displayName ?? "")}</strong><span itemprop="time" itemid="${id}"></span>\r\n<p itemprop="preview">${escapeHtml(text)}</p>\r\n</blockquote>\r\n<p>${escapeHtml(w.text)}</p>`,
      );
    },
  },
  { name: "forward", copies: 8, write: (w) => forward(w, `\n<p>${escapeHtml(w.earlier(40).text)}</p>\n`, "") },
  {
    name: "forwardWithNote",
    copies: 3,
    write: (w) => forward(w, `<p>the original, with <b>bold</b></p>`, `<p>${escapeHtml(w.text)}</p>`),
  },
  {
    name: "forwardedPicture",
    copies: 3,
    hosted: 1,
    // The picture hangs on the forwarding message, not on the original.
    write: (w) => forward(w, `<p>see <img src="${w.hosted(0, "png").url}" alt="forwarded"></p>`, ""),
  },
  {
    name: "meeting",
    copies: 3,
    write: (w) => ({
      ...html(`<attachment id="${w.id}"></attachment>`),
      attachments: [
        attachment({
          id: w.id,
          contentType: "meetingReference",
          name: "Weekly sync & review",
          content: JSON.stringify(
            w.ordinal % 2 === 0
              ? {
                  exchangeId: "AAMkAGU2NzgzNDQ3",
                  organizerId: w.sender.id,
                  meetingJoinUrl: "https://teams.microsoft.com/l/meetup-join/19%3ameeting",
                }
              : { exchangeId: null, organizerId: null },
          ),
        }),
      ],
    }),
  },
  {
    name: "tab",
    write: (w) => {
      const id = `tab::${guidFrom(w.id, "tab")}`;
      return {
        ...html(`<p>Added a tab</p><attachment id="${id}"></attachment>`),
        attachments: [attachment({ id, contentType: "tabReference", name: "Bing" })],
      };
    },
  },
];
