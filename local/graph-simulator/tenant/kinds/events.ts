import type { ChatMessage } from "../chat-message.ts";
import { guidFrom } from "../random.ts";
import { html, type MessageKind, type Writing } from "./kind.ts";
import { malformedTime } from "./oddities.ts";

/** Names are usually null in events: the ids must be resolved. */
const by = (id: string | undefined): object => ({
  application: null,
  device: null,
  user: { "@odata.type": "#microsoft.graph.teamworkUserIdentity", id, displayName: null, userIdentityType: "aadUser" },
});
const member = (w: Writing, n: number): object => ({
  id: w.member(n).id,
  displayName: null,
  userIdentityType: "aadUser",
});
const members = (w: Writing): object[] => [member(w, 1), member(w, 2)];
const channel = "19:4a95f7d8db4c4e7fae857bcebe0623e6@thread.tacv2";
const team = (w: Writing): string => guidFrom(w.directory.tenantId, "team");
const call = (w: Writing): string => guidFrom(w.id, "call");

type Detail = (w: Writing) => Record<string, unknown>;

/** In chats. Source of the properties: Microsoft Learn, "Get system messages for Microsoft Teams". */
const chatEvents: Record<string, Detail> = {
  callStarted: (w) => ({ callId: call(w), callEventType: w.chat.chatType === "meeting" ? "meeting" : "call" }),
  callEnded: (w) => ({
    callId: call(w),
    callDuration: "PT1H2M59S",
    callEventType: "meeting",
    callParticipants: [0, 1].map((n) => ({ participant: by(w.member(n).id) })),
  }),
  callRecording: (w) => ({
    callId: call(w),
    callRecordingDisplayName: "Meeting Recording.mp4",
    callRecordingUrl:
      "https://fabrikam-my.sharepoint.com/personal/x/Documents/Recordings/Meeting%20Recording.mp4?web=1",
    callRecordingDuration: "PT40M19.26S",
    callRecordingStatus: (["initial", "chunkFinished", "success", "failure"] as const)[w.ordinal % 4],
    meetingOrganizer: by(w.member(0).id),
  }),
  callTranscript: (w) => ({
    callId: call(w),
    callTranscriptICalUid: "040000008200E00074C5B7101A82E008 ",
    meetingOrganizer: by(w.member(0).id),
  }),
  chatRenamed: (w) => ({
    chatId: w.chat.id,
    chatDisplayName: w.ordinal % 2 === 0 ? "Neuer Name <&> 新しい名前" : null,
  }),
  conversationMemberRoleUpdated: (w) => ({ conversationMemberRoles: ["owner"], conversationMemberUser: member(w, 1) }),
  meetingPolicyUpdated: (w) => ({ meetingChatEnabled: w.ordinal % 2 === 0, meetingChatId: w.chat.id }),
  membersAdded: (w) => ({
    visibleHistoryStartDateTime: w.ordinal % 2 === 0 ? "0001-01-01T00:00:00Z" : malformedTime,
    members: members(w),
  }),
  membersDeleted: (w) => ({ members: members(w) }),
  membersJoined: (w) => ({ members: members(w) }),
  membersLeft: (w) => ({ members: [member(w, 1)] }),
  messagePinned: () => ({ eventDateTime: malformedTime }),
  messageUnpinned: (w) => ({ eventDateTime: new Date(w.createdMs).toISOString() }),
  tabUpdated: (w) => ({ tabId: guidFrom(w.id, "tab") }),
  teamsAppInstalled: (w) => ({
    teamsAppId: guidFrom("app"),
    teamsAppDisplayName: w.ordinal % 2 === 0 ? "Polls" : null,
  }),
  teamsAppRemoved: () => ({ teamsAppId: guidFrom("app"), teamsAppDisplayName: "Polls" }),
  teamsAppUpgraded: () => ({ teamsAppId: guidFrom("app"), teamsAppDisplayName: "Polls" }),
};

/** Of teams and channels: a reader of chats still has to say something about them. */
const teamEvents: Record<string, Detail> = {
  channelAdded: () => ({ channelId: channel, channelDisplayName: "Standard channel" }),
  channelDeleted: () => ({ channelId: channel, channelDisplayName: "Standard channel" }),
  channelDescriptionUpdated: () => ({ channelId: channel, channelDescription: "Updated" }),
  channelRenamed: () => ({ channelId: channel, channelDisplayName: "Renamed" }),
  channelSetAsFavoriteByDefault: () => ({ channelId: channel }),
  channelSharingUpdated: () => ({ sharedChannelInformation: { displayName: "Shared" } }),
  channelUnsetAsFavoriteByDefault: () => ({ channelId: channel }),
  teamArchived: (w) => ({ teamId: team(w) }),
  teamCreated: (w) => ({ teamId: team(w), teamDisplayName: "Team", teamDescription: "Description" }),
  teamDescriptionUpdated: (w) => ({ teamId: team(w), teamDescription: "Description" }),
  teamJoiningDisabled: (w) => ({ teamId: team(w) }),
  teamJoiningEnabled: (w) => ({ teamId: team(w) }),
  teamRenamed: (w) => ({ teamId: team(w), teamDisplayName: "Team" }),
  teamUnarchived: (w) => ({ teamId: team(w) }),
  // A type that nobody knows yet.
  holographicPresence: () => ({ intensity: 11 }),
};

const event = (name: string, copies: number, detail: Detail): MessageKind => ({
  name: `event-${name}`,
  copies,
  write: (w): Partial<ChatMessage> => ({
    ...html("<systemEventMessage/>"),
    messageType: "systemEventMessage",
    from: null,
    eventDetail: {
      "@odata.type": `#microsoft.graph.${name}EventMessageDetail`,
      ...detail(w),
      initiator: w.ordinal % 5 === 4 ? null : by(w.sender.id),
    },
  }),
});

export const eventKinds: readonly MessageKind[] = [
  ...Object.entries(chatEvents).map(([name, detail]) => event(name, name.startsWith("members") ? 12 : 4, detail)),
  ...Object.entries(teamEvents).map(([name, detail]) => event(name, 1, detail)),
];
