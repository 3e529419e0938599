import type { ChatSnapshot, Person } from "../archive/chat-directory.ts";
import type { RawChat, RawMember } from "./chat-source.ts";

/** What of a chat is kept, beside its members. */
export type ChatFacts = Omit<ChatSnapshot, "members" | "membersMissing">;

export function factsOf(chatId: string, chat: RawChat): ChatFacts {
  return {
    chatId,
    ...named("type", text(chat["chatType"])),
    ...named("topic", text(chat["topic"])),
    ...named("updated", text(chat["lastUpdatedDateTime"])),
    ...named("tenantId", text(chat["tenantId"])),
  };
}

/** The members that came with a chat; undefined where none did, which no chat has. */
export function listedMembers(chat: RawChat): readonly RawMember[] | undefined {
  const members: unknown = chat["members"];
  if (!Array.isArray(members)) return undefined;
  return members.filter((member) => typeof member === "object" && member !== null) as RawMember[];
}

/** In the order of their ids; Graph's own order changes. */
export function peopleOf(members: readonly RawMember[]): Person[] {
  const people = members.map(toPerson).filter((person) => person !== undefined);
  return people.sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
}

/** Longer ones are nobody's. */
const LONGEST_NAME = 256;

function toPerson(member: RawMember): Person | undefined {
  const id = text(member["userId"]) ?? text(member["id"]);
  if (id === undefined) return undefined;
  const [name, address] = [text(member["displayName"]), text(member["email"])];
  return { id, ...named("name", clip(name)), ...named("address", clip(address)) };
}

const clip = (value: string | undefined): string | undefined => value?.slice(0, LONGEST_NAME).toWellFormed();

export const text = (value: unknown): string | undefined =>
  typeof value === "string" && value !== "" ? value : undefined;

const named = <K extends string>(key: K, value: string | undefined): { [P in K]?: string } =>
  value === undefined ? {} : ({ [key]: value } as { [P in K]?: string });
