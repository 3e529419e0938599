import type { Instant } from "../platform/time.ts";

/** Graph's JSON object, untouched: what is stored, and what every reading starts from. */
export type RawMessage = Readonly<Record<string, unknown>>;

export interface Sender {
  readonly kind: "user" | "application" | "device" | "conversation" | "unknown";
  readonly id?: string;
  readonly name?: string;
  /** `userIdentityType` or `applicationIdentityType`. */
  readonly identityType?: string;
  readonly tenantId?: string;
  /** The user in whose name a bot spoke. */
  readonly onBehalfOf?: Sender;
}

export interface Attachment {
  readonly id?: string;
  readonly contentType?: string;
  readonly contentUrl?: string;
  /** A JSON text by the documentation; anything in practice. */
  readonly content?: string;
  readonly name?: string;
  readonly thumbnailUrl?: string;
  readonly teamsAppId?: string;
}

export interface Mention {
  readonly id?: number;
  readonly text?: string;
  readonly target: Sender;
}

export interface Reaction {
  /** An emoji, `custom`, or one of Teams' six words. */
  readonly type: string;
  readonly name?: string;
  readonly contentUrl?: string;
  readonly createdAt?: Instant;
  readonly by: Sender;
}

export interface ChatMessage {
  readonly chatId: string;
  /** Unique within its chat only. */
  readonly id: string;
  /** Names the version: it changes with every edit and reaction. */
  readonly etag: string;
  readonly type: string;
  readonly createdAt?: Instant;
  readonly modifiedAt?: Instant;
  readonly editedAt?: Instant;
  readonly deletedAt?: Instant;
  readonly importance?: string;
  readonly subject?: string;
  readonly summary?: string;
  readonly from?: Sender;
  readonly body: { readonly contentType: "text" | "html"; readonly content: string };
  readonly attachments: readonly Attachment[];
  readonly mentions: readonly Mention[];
  readonly reactions: readonly Reaction[];
  /** Graph's `eventDetail`, unread. */
  readonly eventDetail?: RawMessage;
  readonly policyViolation?: RawMessage;
  readonly raw: RawMessage;
}

const FIRST_YEAR = Date.UTC(1970, 0, 1);
const LAST_YEAR = Date.UTC(2200, 0, 1);

/** Reads what can be read of a message. Never throws: Graph's own samples hold malformed dates, unknown words and nulls
 * anywhere; what cannot be read is absent here and still in `raw`. */
export function parseMessage(raw: RawMessage): ChatMessage {
  const body = asRecord(raw["body"]);
  return {
    chatId: word(raw["chatId"]) ?? "",
    id: word(raw["id"]) ?? "",
    etag: word(raw["etag"]) ?? "",
    type: word(raw["messageType"]) ?? "message",
    ...present({
      createdAt: parseInstant(word(raw["createdDateTime"])),
      modifiedAt: parseInstant(word(raw["lastModifiedDateTime"])),
      editedAt: parseInstant(word(raw["lastEditedDateTime"])),
      deletedAt: parseInstant(word(raw["deletedDateTime"])),
      importance: word(raw["importance"]),
      subject: word(raw["subject"]),
      summary: word(raw["summary"]),
      from: sender(asRecord(raw["from"]), asRecord(raw["onBehalfOf"])),
      eventDetail: asRecord(raw["eventDetail"]),
      policyViolation: asRecord(raw["policyViolation"]),
    }),
    body: {
      contentType: word(body?.["contentType"]) === "html" ? "html" : "text",
      content: word(body?.["content"]) ?? "",
    },
    attachments: records(raw["attachments"]).map(attachment),
    mentions: records(raw["mentions"]).map(mention),
    reactions: records(raw["reactions"]).map(reaction),
    raw,
  };
}

/** An ISO 8601 date and time as an instant, in UTC where it does not say otherwise, as Graph's are (Microsoft Graph,
 * "DateTimeOffset"); undefined for anything else, or for a year no message can have. */
export function parseInstant(given: string | null | undefined): Instant | undefined {
  if (!given || !/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}/.test(given)) return undefined;
  const instant = Date.parse(/T[\d:.]+$/.test(given) ? `${given}Z` : given);
  return instant >= FIRST_YEAR && instant < LAST_YEAR ? instant : undefined;
}

/** When a message was created, as its id says: milliseconds since 1970, by Graph's word. Undefined where the id says none, or a
 * time before 2001-09-09, when such numbers were shorter. */
export function instantOfId(id: string): Instant | undefined {
  const instant = /^[1-9]\d{12}$/.test(id) ? Number(id) : LAST_YEAR;
  return instant < LAST_YEAR ? instant : undefined;
}

/** When a message was written, by its id where its date cannot be read: what every document says of it. */
export const writtenAt = ({ createdAt, id }: ChatMessage): Instant | undefined => createdAt ?? instantOfId(id);

const KINDS = ["user", "application", "device", "conversation"] as const;

function sender(from: RawMessage | undefined, onBehalfOf?: RawMessage): Sender | undefined {
  if (!from) return undefined;
  const kind = KINDS.find((name) => isRecord(from[name]));
  const identity = kind === undefined ? undefined : from[kind];
  const behalf = sender(onBehalfOf);
  if (kind === undefined || !isRecord(identity)) return { kind: "unknown" };
  return {
    kind,
    ...present({
      id: word(identity["id"]),
      name: word(identity["displayName"]),
      identityType: word(identity["userIdentityType"] ?? identity["applicationIdentityType"]),
      tenantId: word(identity["tenantId"]),
      onBehalfOf: behalf,
    }),
  };
}

const attachment = (raw: RawMessage): Attachment =>
  present({
    id: word(raw["id"]),
    contentType: word(raw["contentType"]),
    contentUrl: word(raw["contentUrl"]),
    content: word(raw["content"]),
    name: word(raw["name"]),
    thumbnailUrl: word(raw["thumbnailUrl"]),
    teamsAppId: word(raw["teamsAppId"]),
  });

const mention = (raw: RawMessage): Mention => ({
  ...present({ id: typeof raw["id"] === "number" ? raw["id"] : undefined, text: word(raw["mentionText"]) }),
  target: sender(asRecord(raw["mentioned"])) ?? { kind: "unknown" },
});

const reaction = (raw: RawMessage): Reaction => ({
  type: word(raw["reactionType"]) ?? "",
  ...present({
    name: word(raw["displayName"]),
    contentUrl: word(raw["reactionContentUrl"]),
    createdAt: parseInstant(word(raw["createdDateTime"])),
  }),
  by: sender(asRecord(raw["user"])) ?? { kind: "unknown" },
});

export const isRecord = (value: unknown): value is RawMessage =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const asRecord = (value: unknown): RawMessage | undefined => (isRecord(value) ? value : undefined);
const records = (value: unknown): RawMessage[] => (Array.isArray(value) ? value.filter(isRecord) : []);
const word = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);

type Present<T> = { [K in keyof T as undefined extends T[K] ? K : never]?: NonNullable<T[K]> } & {
  [K in keyof T as undefined extends T[K] ? never : K]: T[K];
};

function present<T extends object>(fields: T): Present<T> {
  const known: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(fields)) if (value !== undefined) known[name] = value;
  return known as Present<T>;
}
