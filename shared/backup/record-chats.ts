import { type ChatDirectoryStore, type ChatSnapshot, type Person } from "../archive/chat-directory.ts";
import type { Step } from "../platform/activity.contract.ts";
import { isAppError } from "../platform/errors.ts";
import { forEachParallel } from "../platform/for-each-parallel.ts";
import type { Instant } from "../platform/time.ts";
import { chatKey } from "../archive/chat-key.ts";
import type { BackupAccounts } from "./backup-accounts.ts";
import type { ChatSource, RawChat, RawMember } from "./chat-source.ts";
import type { RunStore } from "./run-store.ts";

export interface RecordChatsDeps {
  readonly accounts: BackupAccounts;
  readonly chats: ChatSource;
  readonly directory: ChatDirectoryStore;
  readonly runs: RunStore;
  readonly now: () => Instant;
}

const CHATS_AT_ONCE = 4;
/** A chat of another tenant, or one that is gone by now: its outcome alone. */
const OUTCOMES = new Set(["graph.access_denied", "graph.unlicensed", "graph.chat_not_found"]);

/** Takes a snapshot of each chat that an account takes part in, unless another account of the run does: topic, type and members. Members are asked for only when
 * Graph's `lastUpdatedDateTime` (rename and membership) moved, so most runs ask for none. */
export async function recordChats(
  deps: RecordChatsDeps,
  {
    organizationId,
    accountId,
    runId,
  }: { readonly organizationId: string; readonly accountId: string; readonly runId: string },
  deadline: Instant,
): Promise<Step<Record<string, never>>> {
  const userId = await deps.accounts.graphId(organizationId, accountId);
  if (userId === undefined) return { status: "failed", code: "account.not_active" };
  const late = new Set<string>();
  await forEachParallel(deps.chats.chats(organizationId, userId), CHATS_AT_ONCE, async (chat) => {
    const chatId = text(chat["id"]);
    if (chatId === undefined) return;
    const known = await deps.directory.chat(organizationId, chatId);
    const updated = text(chat["lastUpdatedDateTime"]);
    if (known && updated !== undefined && known.updated === updated) return;
    if (!(await deps.runs.claimChat(organizationId, runId, chatKey(chatId), accountId))) return;
    if (deps.now() >= deadline) late.add(chatId);
    else await deps.directory.record(organizationId, await snapshot(deps, organizationId, chatId, chat), deps.now());
  });
  return late.size > 0 ? { status: "again" } : { status: "done", result: {} };
}

async function snapshot(
  deps: RecordChatsDeps,
  organizationId: string,
  chatId: string,
  chat: RawChat,
): Promise<ChatSnapshot> {
  const members: Person[] = [];
  let missing: string | undefined;
  try {
    for await (const member of deps.chats.members(organizationId, chatId)) {
      const person = toPerson(member);
      if (person) members.push(person);
    }
  } catch (error) {
    if (!isAppError(error) || !OUTCOMES.has(error.code)) throw error;
    missing = error.code;
  }
  return {
    chatId,
    ...named("type", text(chat["chatType"])),
    ...named("topic", text(chat["topic"])),
    ...named("updated", text(chat["lastUpdatedDateTime"])),
    ...named("tenantId", text(chat["tenantId"])),
    members: members.sort((a, b) => (a.id < b.id ? -1 : 1)),
    ...named("membersMissing", missing),
  };
}

function toPerson(member: RawMember): Person | undefined {
  const id = text(member["userId"]) ?? text(member["id"]);
  if (id === undefined) return undefined;
  return { id, ...named("name", text(member["displayName"])), ...named("address", text(member["email"])) };
}

const text = (value: unknown): string | undefined => (typeof value === "string" && value !== "" ? value : undefined);

const named = <K extends string>(key: K, value: string | undefined): { [P in K]?: string } =>
  value === undefined ? {} : ({ [key]: value } as { [P in K]?: string });
