import { guidFrom } from "../random.ts";
import { escapeHtml, html, plain, type MessageKind, type Writing } from "./kind.ts";

type ApplicationType = "aadApplication" | "bot" | "tenantBot" | "office365Connector" | "outgoingWebhook";

export const application = (w: Writing, type: ApplicationType, displayName: string | null): object => ({
  "@odata.type": "#microsoft.graph.teamworkApplicationIdentity",
  id: guidFrom(w.directory.tenantId, "application", type),
  displayName,
  applicationIdentityType: type,
});

const outsider = (name: string, n: number): MessageKind => ({
  name,
  copies: 1,
  write: (w) => {
    const person = w.directory.outsiders[n % w.directory.outsiders.length] ?? w.sender;
    return { ...plain(w.text), from: w.identityOf(person) };
  },
});

const mention = (id: number, mentionText: string, mentioned: object): object => ({
  id,
  mentionText,
  mentioned: { application: null, device: null, user: null, conversation: null, tag: null, ...mentioned },
});

/** Senders of every documented kind, and mentions of everything that can be mentioned. */
export const peopleKinds: readonly MessageKind[] = [
  ...Array.from({ length: 9 }, (_, n) => outsider(`outsider${n}`, n)),
  ...(["aadApplication", "bot", "tenantBot", "office365Connector", "outgoingWebhook"] as const).map(
    (type): MessageKind => ({
      name: `from-${type}`,
      copies: 1,
      write: (w) => ({
        ...html(`<p>Build #${w.random.int(9_999)} <b>passed</b></p>`),
        from: {
          application: application(w, type, type === "tenantBot" ? null : `${type} Ω`),
          device: null,
          user: null,
        },
      }),
    }),
  ),
  {
    name: "onBehalfOf",
    write: (w) => ({
      ...html(`<p>${escapeHtml(w.text)}</p>`),
      from: { application: application(w, "bot", "Polls"), device: null, user: null },
      onBehalfOf: w.identityOf(w.member(0)),
    }),
  },
  { name: "nobody", write: (w) => ({ ...plain(w.text), from: null }) },
  {
    name: "namelessSender",
    write: (w) => ({
      ...plain(w.text),
      from: {
        application: null,
        device: null,
        user: { id: w.sender.id, displayName: null, userIdentityType: "aadUser" },
      },
    }),
  },
  {
    name: "mentionEveryone",
    chatTypes: ["group", "meeting"],
    write: (w) => ({
      ...html(`<p><at id="0">Everyone</at> <at id="1">Polls</at> ${escapeHtml(w.text)}</p>`),
      mentions: [
        mention(0, "Everyone", {
          conversation: { id: w.chat.id, displayName: null, conversationIdentityType: "chat" },
        }),
        mention(1, "Polls", { application: application(w, "bot", "Polls") }),
      ],
    }),
  },
  {
    name: "mentionPlaces",
    copies: 1,
    write: (w) => ({
      ...html(`<div>in <at id="0">General</at>, <at id="1">Sales</at>, <at id="2">oncall &amp; friends</at></div>`),
      mentions: [
        mention(0, "General", {
          conversation: { id: "19:abc@thread.tacv2", displayName: "General", conversationIdentityType: "channel" },
        }),
        mention(1, "Sales", {
          conversation: { id: guidFrom(w.id, "team"), displayName: "Sales", conversationIdentityType: "team" },
        }),
        mention(2, "oncall & friends", {
          tag: { "@odata.type": "#microsoft.graph.teamworkTagIdentity", id: "dGFn", displayName: "oncall & friends" },
        }),
      ],
    }),
  },
  {
    name: "mentionWithoutEntry",
    copies: 1,
    write: (w) => html(`<p><at id="7">Ghost</at> ${escapeHtml(w.text)}</p>`),
  },
];
