import { isDeepStrictEqual } from "node:util";
import { chatKey } from "../archive/chat-key.ts";
import type { ChatDirectoryStore, ChatSnapshot } from "../archive/chat-directory.ts";
import { again, type Step } from "../platform/activity.contract.ts";
import { isAppError } from "../platform/errors.ts";
import { forEachParallel } from "../platform/for-each-parallel.ts";
import type { Instant } from "../platform/time.ts";
import type { BackupAccounts } from "./backup-accounts.ts";
import { type ChatFacts, factsOf, listedMembers, peopleOf, text } from "./chat-snapshot.ts";
import { type ChatSource, EXPANDED_MEMBERS, type RawChat, type RawMember } from "./chat-source.ts";
import type { RunStore } from "./run-store.ts";

export interface RecordChatsDeps {
  readonly accounts: BackupAccounts;
  readonly chats: ChatSource;
  readonly directory: ChatDirectoryStore;
  readonly runs: RunStore;
  readonly now: () => Instant;
}

const CHATS_AT_ONCE = 4;
/** A chat of another tenant, one that is gone by now, or one whose list is broken: its outcome alone. */
const OUTCOMES = new Set([
  ...["graph.access_denied", "graph.unlicensed", "graph.chat_not_found"],
  ...["graph.refused", "graph.page_loop"],
]);

/** Takes a snapshot of each chat that an account takes part in and that is not as it was: topic, type and members. One account of a
 * run does it for all that share the chat. Members come with the list; those of a chat that may have more are asked for when it is
 * new, or when Graph's `lastUpdatedDateTime` (rename and membership) moved. */
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
  let [late, recorded] = [0, 0];
  await forEachParallel(deps.chats.chats(organizationId, userId), CHATS_AT_ONCE, async (chat) => {
    const chatId = text(chat["id"]);
    if (chatId === undefined) return;
    const known = await deps.directory.chat(organizationId, chatId);
    const seen = fromList(chatId, chat, known);
    if (seen && isDeepStrictEqual(seen, known)) return;
    if (!(await deps.runs.claimChat(organizationId, runId, chatKey(chatId), accountId))) return;
    if (deps.now() >= deadline) late += 1;
    else {
      const snapshot = seen ?? (await withAllMembers(deps.chats, organizationId, factsOf(chatId, chat), chat));
      await deps.directory.record(organizationId, snapshot, deps.now());
      recorded += 1;
    }
  });
  return late > 0 ? again(recorded > 0) : { status: "done", result: {} };
}

/** The chat as the list alone tells it; undefined when its members have to be asked for. */
function fromList(chatId: string, chat: RawChat, known: ChatSnapshot | undefined): ChatSnapshot | undefined {
  const facts = factsOf(chatId, chat);
  const listed = listedMembers(chat);
  if (listed && listed.length < EXPANDED_MEMBERS) return { ...facts, members: peopleOf(listed) };
  if (!known || facts.updated === undefined || facts.updated !== known.updated) return undefined;
  const { members, membersMissing } = known;
  return { ...facts, members, ...(membersMissing === undefined ? {} : { membersMissing }) };
}

async function withAllMembers(
  chats: ChatSource,
  organizationId: string,
  facts: ChatFacts,
  chat: RawChat,
): Promise<ChatSnapshot> {
  const members: RawMember[] = [];
  try {
    for await (const member of chats.members(organizationId, facts.chatId)) members.push(member);
    return { ...facts, members: peopleOf(members) };
  } catch (error) {
    if (!isAppError(error) || !OUTCOMES.has(error.code)) throw error;
    return { ...facts, members: peopleOf(listedMembers(chat) ?? []), membersMissing: error.code };
  }
}
