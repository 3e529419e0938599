import { isSystemEvent } from "../../../chats/read-body.ts";
import { oneLine } from "../conversation-title.ts";
import type { RenderItem } from "../renderer.ts";
import { atom, DOMAIN } from "./mail-ids.ts";

export interface Mailbox {
  readonly name: string;
  readonly address: string;
}

/** The rest is counted: a chat of a thousand would weigh on each of its mails. */
const MOST_RECIPIENTS = 100;

/** Addresses that every mail program takes: RFC 5321's dot-string in ASCII, and a domain name. */
const VALID =
  /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})+$/;

export function fromMailbox({ message, from }: RenderItem): Mailbox {
  if (from.id !== undefined || from.name !== undefined) return mailbox(from);
  const isEvent = message.from === undefined && isSystemEvent(message);
  return isEvent
    ? { name: "Microsoft Teams", address: `system-event@${DOMAIN}` }
    : { name: "Unknown sender", address: `unknown@${DOMAIN}` };
}

/** Everybody else in the chat; alone in it, oneself. */
export function toMailboxes({ chat, from, nameOf }: RenderItem): Mailbox[] {
  const members = chat.members ?? [];
  const others = members.filter(({ id }) => id !== from.id);
  const named = (others.length > 0 ? others : members).map((person) => ({
    ...person,
    name: person.name ?? nameOf(person.id) ?? "",
  }));
  if (named.length === 0) return [{ name: "Members of the chat", address: `members@${DOMAIN}` }];
  const more = named.length - MOST_RECIPIENTS;
  const told = named.slice(0, MOST_RECIPIENTS).map(mailbox);
  return more > 0 ? [...told, { name: `and ${more} more`, address: `others@${DOMAIN}` }] : told;
}

/** With the address where a valid one is known, else with one that leads nowhere. */
function mailbox({
  id,
  name,
  address,
}: {
  readonly id?: string;
  readonly name?: string;
  readonly address?: string;
}): Mailbox {
  const known = address !== undefined && address.length <= 254 && VALID.test(address);
  return {
    name: headerText(name || (known ? "" : (address ?? id ?? ""))),
    address: known ? address : `${atom(id ?? "unknown")}@${DOMAIN}`,
  };
}

/** A text for a header: one line, and nothing in it that a reader would take for an encoded word (RFC 2047). */
export const headerText = (text: string): string => oneLine(text).replaceAll("=?", "= ?");
