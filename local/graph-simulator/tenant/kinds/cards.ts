import { attachment, type ChatMessage } from "../chat-message.ts";
import { guidFrom, hexFrom } from "../random.ts";
import { html, type MessageKind, type Writing } from "./kind.ts";
import { application } from "./people.ts";

const bot = (w: Writing): Pick<ChatMessage, "from"> => ({
  from: { application: application(w, "bot", "Contoso Bot"), device: null, user: null },
});

interface Card {
  readonly type: string;
  readonly content: object | string;
  readonly teamsAppId?: string;
}

/** A message whose text lives in its cards. */
const carry = (w: Writing, cards: readonly Card[]): Partial<ChatMessage> => {
  const attachments = cards.map(({ type, content, teamsAppId }, n) =>
    attachment({
      id: hexFrom(w.id, "card", n),
      contentType: `application/vnd.microsoft.${type}`,
      content: typeof content === "string" ? content : JSON.stringify(content),
      teamsAppId: teamsAppId ?? null,
    }),
  );
  return {
    ...bot(w),
    ...html(attachments.map((a) => `<attachment id="${a.id}"></attachment>`).join("\n")),
    attachments,
  };
};

const adaptive = (body: readonly object[], more: object = {}): Card => ({
  type: "card.adaptive",
  content: {
    type: "AdaptiveCard",
    version: "1.4",
    $schema: "http://adaptivecards.io/schemas/adaptive-card.json",
    body,
    ...more,
  },
});

/** Cards of every documented type. */
export const cardKinds: readonly MessageKind[] = [
  {
    name: "adaptiveCard",
    copies: 6,
    write: (w) =>
      carry(w, [
        adaptive(
          [
            { type: "TextBlock", size: "large", weight: "bolder", text: "Incident **4711** <b>not html</b>" },
            {
              type: "FactSet",
              facts: [
                { title: "Status:", value: "Open" },
                { title: "Reporter", value: w.text },
              ],
            },
            {
              type: "ColumnSet",
              columns: [
                { type: "Column", items: [{ type: "TextBlock", text: "left" }] },
                { type: "Column", items: [{ type: "TextBlock", text: "ימין" }] },
              ],
            },
          ],
          { actions: [{ type: "Action.OpenUrl", title: "Open", url: "https://contoso.example/4711" }] },
        ),
      ]),
  },
  {
    name: "adaptiveCardWithPicture",
    copies: 3,
    hosted: 1,
    write: (w) =>
      carry(w, [
        adaptive([
          { type: "Image", url: w.hosted(0, "png", "beta").url, altText: "chart" },
          { type: "TextBlock", text: "Chart of the day" },
        ]),
      ]),
  },
  {
    name: "adaptiveCardWithMention",
    write: (w) => ({
      ...carry(w, [
        adaptive([{ type: "TextBlock", text: `Hi <at>${w.member(0).displayName ?? ""}</at>` }], {
          msteams: {
            entities: [
              {
                type: "mention",
                text: `<at>${w.member(0).displayName ?? ""}</at>`,
                mentioned: { id: w.member(0).id, name: w.member(0).displayName },
              },
            ],
          },
        }),
      ]),
    }),
  },
  {
    name: "praise",
    write: (w) =>
      carry(w, [
        {
          ...adaptive(
            [
              { type: "TextBlock", text: "Awesome", size: "large" },
              { type: "TextBlock", text: w.member(1).displayName ?? "" },
            ],
            { speak: "Praise card" },
          ),
          teamsAppId: "d832a33f-28c2-4969-8ad0-4fee681dc5b4",
        },
      ]),
  },
  {
    name: "twoHeroCards",
    write: (w) =>
      carry(w, [
        {
          type: "card.hero",
          content: {
            title: 'Fish & Chips <special> "today"',
            subtitle: "line one\r\nline two",
            text: w.text,
            images: [{ url: "https://contoso.example/fish.png" }],
            buttons: [{ type: "openUrl", title: "Order", value: "https://contoso.example/?a=1&b=2" }],
          },
        },
        { type: "card.hero", content: { text: "<b>Second</b> &lt;card&gt;" } },
      ]),
  },
  {
    name: "thumbnailCard",
    write: (w) =>
      carry(w, [
        {
          type: "card.thumbnail",
          content: {
            title: "Thumbnail",
            text: "&lt;p&gt;escaped &amp;amp; html&lt;/p&gt;",
            buttons: [
              { type: "messageBack", title: "Again", text: "again", displayText: "I clicked", value: '{"q":1}' },
            ],
          },
        },
      ]),
  },
  ...(["audio", "video", "animation", "receipt", "signin", "oauth"] as const).map(
    (type): MessageKind => ({
      name: `${type}Card`,
      copies: 1,
      write: (w) =>
        carry(w, [
          {
            type: `card.${type}`,
            content: {
              title: `A ${type} card`,
              text: w.text,
              ...(type === "receipt"
                ? {
                    total: "$9.99",
                    tax: "$0.99",
                    items: [{ title: "Tea", price: "$9.00" }],
                    facts: [{ key: "Order", value: "7" }],
                  }
                : {}),
              ...(["audio", "video", "animation"].includes(type)
                ? { media: [{ url: `https://contoso.example/a.${type}` }] }
                : {}),
            },
          },
        ]),
    }),
  ),
  {
    name: "connectorCard",
    copies: 1,
    write: (w) =>
      carry(w, [
        {
          type: "teams.card.o365connector",
          content: {
            "@type": "MessageCard",
            summary: "Build",
            title: "Build failed",
            sections: [{ activityTitle: "main", facts: [{ name: "Commit", value: "abc123" }], text: w.text }],
          },
        },
      ]),
  },
  {
    name: "listCard",
    copies: 1,
    write: (w) =>
      carry(w, [
        {
          type: "teams.card.list",
          content: { title: "List", items: [{ type: "resultItem", title: "One", subtitle: "1" }] },
        },
      ]),
  },
  {
    name: "announcementCard",
    copies: 1,
    write: (w) =>
      carry(w, [
        {
          type: "card.announcement",
          content: { title: "Announcement", subTitle: w.text, cardImageType: "colorTheme" },
        },
      ]),
  },
  {
    name: "brokenCard",
    copies: 2,
    write: (w) =>
      carry(w, [
        { type: "card.adaptive", content: '{"type":"AdaptiveCard","body":[{"type":"TextBlock","text":"cut o' },
      ]),
  },
  {
    name: "loop",
    copies: 3,
    write: (w) => {
      const path = `personal/x/Documents/Microsoft Teams Chat Files/Loop ${w.ordinal}.loop`;
      const content = JSON.stringify(
        {
          componentUrl: `https://fabrikam-my.sharepoint.com/:fl:/g/${encodeURIComponent(path)}?nav=cz0lMkY`,
          sourceType: "Compose",
        },
        null,
        2,
      );
      return {
        ...html(
          `<div itemscope itemtype="http://schema.skype.com/FluidEmbedCard"><attachment id="${guidFrom(w.id, "loop")}"></attachment></div>`,
        ),
        attachments: [
          attachment({
            id: guidFrom(w.id, "loop"),
            contentType: "application/vnd.microsoft.card.fluidEmbedCard",
            content,
            teamsAppId: "FluidEmbedCard",
          }),
          attachment({
            id: "placeholderCard",
            contentType: "application/vnd.microsoft.card.codesnippet",
            content: "{}",
            teamsAppId: "FLUID_PLACEHOLDER_CARD",
          }),
        ],
      };
    },
  },
  {
    name: "voiceClip",
    copies: 3,
    write: (w) => {
      const id = hexFrom(w.id, "voice");
      const content = JSON.stringify({
        duration: "PT12.3S",
        media: [{ url: `https://eu-api.asm.skype.com/v1/objects/0-weu-${id}/views/audio` }],
      });
      return {
        ...html(
          `<span itemscope itemtype="http://schema.skype.com/InputExtension"><span itemprop="cardId" itemid="${id}"></span></span><attachment id="${id}"></attachment>`,
        ),
        attachments: [attachment({ id, contentType: "application/vnd.microsoft.card.audio", content })],
      };
    },
  },
];
