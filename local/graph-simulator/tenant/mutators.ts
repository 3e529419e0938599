import type { ChatBook } from "./chat-book.ts";
import type { ChatMessage } from "./chat-message.ts";
import type { FileState } from "./files.ts";
import type { Change } from "./journal.ts";
import type { Person } from "./people.ts";
import type { Tenant } from "./tenant.ts";
import { blankMessage } from "./write-message.ts";

export interface MessageKey {
  readonly chatId: string;
  readonly messageId: string;
}

/** Changes to the tenant as people would make them. Each gives the message a new etag and lastModifiedDateTime. */
export interface Mutators {
  /** A new message in a chat, by its first member unless `fields.from` says otherwise. `createdMs` default: now. */
  readonly addMessage: (chatId: string, fields?: Partial<ChatMessage>, createdMs?: number) => ChatMessage;
  /** Replaces the body (and whatever else is given); sets lastEditedDateTime. */
  readonly editMessage: (key: MessageKey, fields: Partial<ChatMessage>) => ChatMessage;
  /** Sets deletedDateTime and empties body and attachments. */
  readonly deleteMessage: (key: MessageKey) => ChatMessage;
  /** Changes etag and lastModifiedDateTime without an edit, as reactions do. */
  readonly reactToMessage: (key: MessageKey, reactionType: string) => ChatMessage;
  /** "left": deleted less than 30 days ago; "gone": for good; "live": back again. */
  readonly setUserState: (userId: string, state: "live" | "left" | "gone") => void;
  readonly setFileState: (contentUrl: string, state: FileState) => void;
  /** Other bytes under the same address, as when someone saves the file again: new cTag and eTag. */
  readonly replaceFile: (contentUrl: string, bytes?: number) => void;
}

export function mutators(tenant: Tenant, now: () => number, keep: (change: Change) => void): Mutators {
  const bookOf = (chatId: string): ChatBook => {
    const book = tenant.bookOf(chatId);
    if (book === undefined) throw new Error(`No such chat: ${chatId}`);
    return book;
  };
  const change = (
    key: MessageKey,
    fields: (modified: string, old: ChatMessage) => Partial<ChatMessage>,
  ): ChatMessage => {
    const book = bookOf(key.chatId);
    const index = book.indexOf(key.messageId);
    if (index < 0) throw new Error(`No such message: ${key.messageId}`);
    const version = book.versions(index) - 1;
    const old = book.message(index, version);
    // Two changes within one millisecond still get different etags.
    const modifiedMs = Math.max(now(), book.modifiedAt(index, version) + 1);
    const lastModifiedDateTime = new Date(modifiedMs).toISOString();
    const next = { ...old, ...fields(lastModifiedDateTime, old), etag: String(modifiedMs), lastModifiedDateTime };
    keep({ put: next, modifiedMs });
    return next;
  };
  return {
    addMessage: (chatId, fields = {}, createdMs = now()) => {
      const book = bookOf(chatId);
      let id = createdMs;
      while (book.indexOf(String(id)) >= 0) id++;
      const sender = book.plan.members[0]?.person as Person;
      const message = {
        ...blankMessage(chatId, id, id, sender),
        body: { contentType: "text" as const, content: "A new message" },
        ...fields,
      };
      const modifiedMs = Number(message.etag);
      keep({ put: message, modifiedMs });
      return message;
    },
    editMessage: (key, fields) => change(key, (modified) => ({ lastEditedDateTime: modified, ...fields })),
    deleteMessage: (key) =>
      change(key, (modified) => ({
        deletedDateTime: modified,
        body: { contentType: "html", content: "" },
        attachments: [],
        mentions: [],
      })),
    reactToMessage: (key, reactionType) =>
      change(key, (modified, old) => {
        const user = {
          application: null,
          device: null,
          user: { id: tenant.directory.accounts[0]?.id, displayName: null, userIdentityType: "aadUser" },
        };
        const reaction = { reactionType, displayName: null, reactionContentUrl: null, createdDateTime: modified, user };
        return {
          reactions: [...old.reactions, reaction],
          messageHistory: [...old.messageHistory, { modifiedDateTime: modified, actions: "reactionAdded", reaction }],
        };
      }),
    setUserState: (userId, state) => keep({ userId, state }),
    setFileState: (contentUrl, state) => keep({ contentUrl, file: { state } }),
    replaceFile: (contentUrl, bytes) => {
      const file = tenant.fileAt(contentUrl);
      if (file === undefined) throw new Error(`No such file: ${contentUrl}`);
      keep({ contentUrl, file: { revision: file.revision + 1, bytes: bytes ?? file.bytes } });
    },
  };
}
