import { select } from "../graph/selection.ts";
import type { ChatMessage } from "../tenant/chat-message.ts";
import type { Tenant } from "../tenant/tenant.ts";
import { type ContentRecord, contentsOf } from "./contents.ts";

export interface AccountRecord {
  readonly id: string;
  readonly userPrincipalName: string;
  readonly displayName: string | null;
  readonly userType: "Member" | "Guest";
  readonly accountEnabled: boolean;
  readonly licensed: boolean;
  readonly state: "live" | "left" | "gone";
  readonly chats: number;
  /** As export would give now. */
  readonly messages: number;
}

/** Created at or after `fromMs` and before `toMs`. */
export interface CreatedRange {
  readonly fromMs?: number | undefined;
  readonly toMs?: number | undefined;
}

/** What the tenant holds, asked from the side: no token, no throttling, no faults, no pages. */
export interface TenantQuery {
  readonly accounts: () => AccountRecord[];
  /** JSON of every message as export would give it now with the Prefer header, newest versions, ordered by last change. */
  readonly messages: (userId: string, range: CreatedRange) => Generator<string>;
  readonly contents: (userId: string, range: CreatedRange) => Generator<ContentRecord>;
}

const everything = { after: null, before: null, senders: [] };

export function tenantQuery(tenant: Tenant, now: () => number): TenantQuery {
  const shown = (userId: string): ReturnType<typeof select> => select(tenant, userId, everything, now(), false);
  function* rows(
    userId: string,
    range: CreatedRange,
  ): Generator<{ chatNo: number; json: string; message: ChatMessage }> {
    const selection = shown(userId);
    for (let n = 0; n < selection.length; n++) {
      const place = selection.placeAt(n);
      const { chat, message, version } = selection.index;
      const chatNo = chat[place] as number;
      const json = tenant.json(chatNo, message[place] as number, version[place] as number);
      const parsed = JSON.parse(json) as ChatMessage;
      const created = Date.parse(parsed.createdDateTime);
      if (range.fromMs !== undefined && !(created >= range.fromMs)) continue;
      if (range.toMs !== undefined && !(created < range.toMs)) continue;
      yield { chatNo, json, message: parsed };
    }
  }
  return {
    accounts: () =>
      tenant.directory.accounts.map((p) => ({
        id: p.id,
        userPrincipalName: p.userPrincipalName,
        displayName: p.displayName,
        userType: p.account?.userType ?? "Member",
        accountEnabled: p.account?.enabled ?? false,
        licensed: p.account?.licensed ?? false,
        state: tenant.stateOf(p),
        chats: tenant.booksOf(p.id).length,
        messages: shown(p.id).length,
      })),
    *messages(userId, range) {
      for (const row of rows(userId, range)) yield row.json;
    },
    *contents(userId, range) {
      for (const { chatNo, json, message } of rows(userId, range)) {
        const book = tenant.books[chatNo];
        if (book !== undefined) yield* contentsOf(tenant, book, message, json);
      }
    },
  };
}
