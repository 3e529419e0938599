import { isRecord, type RawMessage } from "./message.ts";
import { safeAddress } from "./safe-address.ts";

/** The name behind a user id, where one is known. */
export type NameOf = (userId: string) => string | undefined;

/** What happened, in a sentence; undefined for an event of no known kind. `detail` is Graph's `eventDetail`
 * (`#microsoft.graph.<kind>EventMessageDetail`); its names are usually null, hence `nameOf`. */
export function systemEventSentence(detail: RawMessage, nameOf: NameOf): string | undefined {
  const kind = eventKind(detail);
  const tell = Object.hasOwn(SENTENCES, kind) ? SENTENCES[kind] : undefined;
  return tell?.(new Event(detail, nameOf));
}

/** `membersAdded`, `callEnded` …; empty when the detail does not say. */
export function eventKind(detail: RawMessage): string {
  const type = detail["@odata.type"];
  return typeof type === "string" ? type.replace(/^#?microsoft\.graph\./, "").replace(/EventMessageDetail$/, "") : "";
}

/** The address that the sentence about an event ends with, where it may be a link: of a recording. Graph gives none of transcripts. */
export function eventAddress(detail: RawMessage): string | undefined {
  const { callRecordingStatus: status, callRecordingUrl: url } = detail;
  const isReady = eventKind(detail) === "callRecording" && status === "success";
  return isReady && typeof url === "string" ? safeAddress(url) : undefined;
}

/** User ids whose names a sentence about this event may need. */
export function eventPeople(detail: RawMessage): string[] {
  const { initiator, members, callParticipants, conversationMemberUser, meetingOrganizer } = detail;
  const people = [initiator, conversationMemberUser, meetingOrganizer, ...list(members), ...list(callParticipants)];
  return people.map((person) => identity(person)?.["id"]).filter((id) => typeof id === "string");
}

class Event {
  readonly detail: RawMessage;
  readonly #nameOf: NameOf;

  constructor(detail: RawMessage, nameOf: NameOf) {
    this.detail = detail;
    this.#nameOf = nameOf;
  }

  get who(): string {
    return this.name(this.detail["initiator"]) ?? "Somebody";
  }

  /** A quoted text of the event, or nothing. */
  quote(field: string): string {
    const value = this.detail[field];
    return typeof value === "string" && value !== "" ? ` "${value}"` : "";
  }

  name(person: unknown): string | undefined {
    const found = identity(person);
    const { id, displayName } = found ?? {};
    if (typeof displayName === "string" && displayName !== "") return displayName;
    return typeof id === "string" ? (this.#nameOf(id) ?? id) : undefined;
  }

  names(field: string): string {
    const names = list(this.detail[field]).map((person) => this.name(person) ?? "somebody");
    const last = names.pop();
    return last === undefined ? "somebody" : names.length === 0 ? last : `${names.join(", ")} and ${last}`;
  }

  /** The one who did it is the only one it happened to. */
  get alone(): boolean {
    const members = list(this.detail["members"]);
    const by = identity(this.detail["initiator"])?.["id"];
    return by !== undefined && members.length === 1 && identity(members[0])?.["id"] === by;
  }

  get call(): string {
    const type = this.detail["callEventType"];
    return type === "meeting" ? "meeting" : type === "screenShare" ? "screen sharing" : "call";
  }

  duration(field: string): string {
    const spoken = speakDuration(this.detail[field]);
    return spoken === undefined ? "" : ` after ${spoken}`;
  }
}

const SENTENCES: Readonly<Record<string, (event: Event) => string>> = {
  callStarted: (event) => `${event.who} started a ${event.call}.`,
  callEnded: (event) => {
    const who =
      list(event.detail["callParticipants"]).length > 0 ? ` Participants: ${event.names("callParticipants")}.` : "";
    return `The ${event.call} ended${event.duration("callDuration")}.${who}`;
  },
  callRecording: (event) => {
    const status = String(event.detail["callRecordingStatus"]);
    return (Object.hasOwn(RECORDING, status) && RECORDING[status]?.(event)) || "A recording of the call was made.";
  },
  callTranscript: () => "A transcript of the call was made.",
  chatRenamed: (event) => `${event.who} renamed the chat to${event.quote("chatDisplayName") || " no name"}.`,
  conversationMemberRoleUpdated: (event) => {
    const roles = list(event.detail["conversationMemberRoles"]).filter((role) => typeof role === "string");
    const member = event.name(event.detail["conversationMemberUser"]) ?? "somebody";
    return `${event.who} changed the role of ${member} to ${roles.length > 0 ? roles.join(", ") : "member"}.`;
  },
  meetingPolicyUpdated: (event) =>
    `${event.who} turned the meeting chat ${event.detail["meetingChatEnabled"] === false ? "off" : "on"}.`,
  membersAdded: (event) =>
    event.alone ? `${event.who} joined.` : `${event.who} added ${event.names("members")}${history(event.detail)}.`,
  membersDeleted: (event) => (event.alone ? `${event.who} left.` : `${event.who} removed ${event.names("members")}.`),
  membersJoined: (event) => `${capital(event.names("members"))} joined.`,
  membersLeft: (event) => `${capital(event.names("members"))} left.`,
  messagePinned: (event) => `${event.who} pinned a message.`,
  messageUnpinned: (event) => `${event.who} unpinned a message.`,
  tabUpdated: (event) => `${event.who} changed a tab.`,
  teamsAppInstalled: (event) => `${event.who} added the app${event.quote("teamsAppDisplayName")}.`,
  teamsAppRemoved: (event) => `${event.who} removed the app${event.quote("teamsAppDisplayName")}.`,
  teamsAppUpgraded: (event) => `${event.who} updated the app${event.quote("teamsAppDisplayName")}.`,
  channelAdded: (event) => `${event.who} added the channel${event.quote("channelDisplayName")}.`,
  channelDeleted: (event) => `${event.who} deleted the channel${event.quote("channelDisplayName")}.`,
  channelDescriptionUpdated: (event) =>
    `${event.who} changed the channel's description to${event.quote("channelDescription") || " nothing"}.`,
  channelRenamed: (event) => `${event.who} renamed the channel to${event.quote("channelDisplayName") || " no name"}.`,
  channelSetAsFavoriteByDefault: (event) => `${event.who} made the channel show for everybody.`,
  channelSharingUpdated: (event) => `${event.who} changed with whom the channel is shared.`,
  channelUnsetAsFavoriteByDefault: (event) => `${event.who} no longer makes the channel show for everybody.`,
  teamArchived: (event) => `${event.who} archived the team.`,
  teamCreated: (event) => {
    const description = event.quote("teamDescription");
    return `${event.who} created the team${event.quote("teamDisplayName")}${description && `, described as${description}`}.`;
  },
  teamDescriptionUpdated: (event) =>
    `${event.who} changed the team's description to${event.quote("teamDescription") || " nothing"}.`,
  teamJoiningDisabled: (event) => `${event.who} turned joining by a code off.`,
  teamJoiningEnabled: (event) => `${event.who} turned joining by a code on.`,
  teamRenamed: (event) => `${event.who} renamed the team to${event.quote("teamDisplayName") || " no name"}.`,
  teamUnarchived: (event) => `${event.who} restored the team from the archive.`,
};

const RECORDING: Readonly<Record<string, (event: Event) => string>> = {
  initial: (event) => `${event.who} started recording the call.`,
  chunkFinished: () => "A part of the call's recording is ready.",
  failure: () => "Recording the call failed.",
  success: (event) => {
    const url = event.detail["callRecordingUrl"];
    const length = speakDuration(event.detail["callRecordingDuration"]);
    const named = `${event.quote("callRecordingDisplayName")}${length === undefined ? "" : ` (${length})`}`;
    return `The recording of the call${named} is ready${typeof url === "string" && url !== "" ? `: ${eventAddress(event.detail) ?? url}` : "."}`;
  },
};

function history({ visibleHistoryStartDateTime: from }: RawMessage): string {
  if (typeof from !== "string" || from === "") return "";
  return from.startsWith("0001-01-01")
    ? " and shared the whole chat history"
    : ` and shared the chat history from ${from}`;
}

/** `PT1H2M3.4S` → `1 h 2 min 3 s`. */
export function speakDuration(given: unknown): string | undefined {
  const found =
    typeof given === "string" ? /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:\.\d+)?S)?)?$/.exec(given) : null;
  if (!found) return undefined;
  const units = ["d", "h", "min", "s"];
  const parts = found
    .slice(1)
    .flatMap((value: string | undefined, at) => (Number(value ?? 0) > 0 ? [`${Number(value)} ${units[at]}`] : []));
  return parts.length > 0 ? parts.join(" ") : "0 s";
}

/** The user or application in an identity set, in `{participant: set}`, or given plainly; of a kind that Graph has added since
 * (`acsUser`, `onPremises` …), too. */
export function identity(person: unknown): RawMessage | undefined {
  if (!isRecord(person)) return undefined;
  if (isRecord(person["participant"])) return identity(person["participant"]);
  for (const kind of ["user", "application", "device", "conversation", "phone", "guest"]) {
    const found = person[kind];
    if (isRecord(found)) return found;
  }
  return [person, ...Object.values(person)].find(isNamed);
}

const isNamed = (one: unknown): one is RawMessage =>
  isRecord(one) && (typeof one["id"] === "string" || typeof one["displayName"] === "string");

const capital = (text: string): string => text.replace(/^somebody/, "Somebody");

const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
