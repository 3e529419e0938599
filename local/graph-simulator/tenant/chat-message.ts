/** The documented shape of chatMessage (Microsoft Learn: "chatMessage resource type"), as this simulator fills it. */
export interface ChatMessage {
  "@odata.type": "#microsoft.graph.chatMessage";
  /** Milliseconds since 1970 as text; unique within its chat only. */
  id: string;
  replyToId: null;
  etag: string;
  messageType: "message" | "systemEventMessage" | "unknownFutureValue" | "chatEvent" | "typing";
  createdDateTime: string;
  lastModifiedDateTime: string;
  lastEditedDateTime: string | null;
  deletedDateTime: string | null;
  subject: string | null;
  summary: string | null;
  chatId: string;
  importance: "normal" | "high" | "urgent";
  locale: "en-us";
  webUrl: null;
  channelIdentity: null;
  policyViolation: object | null;
  eventDetail: object | null;
  from: IdentitySet | null;
  body: { contentType: "text" | "html"; content: string };
  attachments: Attachment[];
  mentions: object[];
  reactions: object[];
  messageHistory: object[];
  /** Keys that the documentation does not list, and those that it lists for some messages only (onBehalfOf). */
  [other: string]: unknown;
}

export interface IdentitySet {
  application: object | null;
  device: null;
  user: object | null;
}

/** `content` is JSON as a string, not an object. */
export interface Attachment {
  id: string;
  contentType: string;
  contentUrl: string | null;
  content: string | null;
  name: string | null;
  thumbnailUrl: string | null;
  teamsAppId?: string | null;
}

export const attachment = (fields: Pick<Attachment, "id" | "contentType"> & Partial<Attachment>): Attachment => ({
  contentUrl: null,
  content: null,
  name: null,
  thumbnailUrl: null,
  teamsAppId: null,
  ...fields,
});
