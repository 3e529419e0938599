import type { MessageSource } from "../../shared/backup/message-source.ts";
import type { RawMessage } from "../../shared/chats/message.ts";
import { type Instant, iso } from "../../shared/platform/time.ts";

export interface Sent {
  readonly chatId: string;
  readonly id: string;
}

interface Version {
  readonly raw: RawMessage;
  readonly modifiedAt: Instant;
  readonly visibleAt: Instant;
}

/** The chats of one user and Graph's export of them: of each message the newest version that the export shows by then, in pages
 * that are cut by offset from whatever is there when a page is asked for. `tick` is the tenant's clock, which no two changes share. */
export function oneTenant(now: () => Instant, tick: () => Instant) {
  const messages = new Map<string, Version[]>();
  const sent: RawMessage[] = [];
  const handedOut = new Map<string, RawMessage>();
  let lagMs = () => 0;
  let onPage = () => undefined as void;
  let pageRows = 50;

  const put = (message: RawMessage & Sent, modifiedAt: Instant, lag = lagMs()): Sent => {
    const { chatId, id } = message;
    const key = `${chatId} ${id}`;
    messages.set(key, [...(messages.get(key) ?? []), { raw: message, modifiedAt, visibleAt: modifiedAt + lag }]);
    sent.push(message);
    return { chatId, id };
  };
  const change = ({ chatId, id }: Sent, fields: RawMessage, lag?: number): void => {
    const at = tick();
    const before = messages.get(`${chatId} ${id}`)?.at(-1)?.raw;
    put({ ...before, ...fields, chatId, id, etag: String(at), lastModifiedDateTime: iso(at) }, at, lag);
  };
  const shown = (from: Instant, to: Instant): RawMessage[] =>
    [...messages.values()]
      .map((versions) => versions.findLast(({ visibleAt }) => visibleAt <= now()))
      .filter((version) => version !== undefined)
      .filter(({ modifiedAt }) => modifiedAt >= from && modifiedAt < to)
      .sort((a, b) => a.modifiedAt - b.modifiedAt)
      .map(({ raw }) => raw);

  const pages: MessageSource["pages"] = async function* (_organization, _user, { from, to }, { nextLink = "0" } = {}) {
    for (let start = Number(nextLink); ; start += pageRows) {
      const found = shown(from, to);
      const page = found.slice(start, start + pageRows);
      for (const raw of page)
        handedOut.set(`${String(raw["chatId"])} ${String(raw["id"])} ${String(raw["etag"])}`, raw);
      const isLast = start + pageRows >= found.length;
      yield await Promise.resolve({ messages: page, ...(isLast ? {} : { nextLink: String(start + pageRows) }) });
      onPage();
      if (isLast) return;
    }
  };

  return {
    pages,
    /** Every version that ever was. */
    sent,
    /** By chat, id and etag: what the export ever showed to somebody. */
    handedOut,
    /** The newest version of every message. */
    newest: (): RawMessage[] => [...messages.values()].map((versions) => versions.at(-1)?.raw ?? {}),
    /** How long the export will take to show each later change. Default: none. */
    lag: (given: () => number): void => void (lagMs = given),
    /** How many messages a page has, from now on. Default: 50. */
    inPagesOf: (rows: number): void => void (pageRows = rows),
    /** What happens between two pages, from now on. */
    betweenPages: (given: () => void): void => void (onPage = given),
    /** Somebody says something of their own making. */
    receive: (message: RawMessage): void => {
      const modifiedAt = Date.parse(String(message["lastModifiedDateTime"]));
      put({ ...message, chatId: String(message["chatId"]), id: String(message["id"]) }, modifiedAt);
    },
    /** Says something now. */
    send: (chatId: string, text: string): Sent => {
      const at = tick();
      const body = { contentType: "text", content: text };
      const times = { createdDateTime: iso(at), lastModifiedDateTime: iso(at) };
      return put({ chatId, id: String(at), etag: String(at), ...times, body }, at);
    },
    /** Changes something now; `lag` in place of the usual one. */
    edit: (message: Sent, text: string, lag?: number): void =>
      change(message, { body: { contentType: "text", content: text } }, lag),
    /** Deletes something now: what Graph shows of it from then on has no text. */
    remove: (message: Sent): void =>
      change(message, { deletedDateTime: iso(now()), body: { contentType: "html", content: "" } }),
  };
}
