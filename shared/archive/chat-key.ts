import { hashId } from "../platform/new-id.ts";

/** Names a chat where Graph's id cannot stand: it may hold `/`, `#` and `?`, which no table key may. */
export const chatKey = (chatId: string): string => hashId("chat", chatId);
