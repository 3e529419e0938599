import type { ChatDirectoryStore, Person } from "../archive/chat-directory.ts";
import { versionOf } from "../archive/version.ts";
import { parseMessage } from "../chats/message.ts";
import { referencesOf } from "../chats/references.ts";
import type { Instant } from "../platform/time.ts";
import type { DisturbedWindows } from "./disturbed-windows.ts";
import type { HeldReferences } from "./held-references.ts";
import { peopleOfMessage } from "./people-of-message.ts";
import type { PageCounts } from "./read-window.ts";
import type { WindowPacks } from "./window-packs.ts";

export interface TakePageDeps {
  readonly directory: Pick<ChatDirectoryStore, "introduce">;
  readonly now: () => Instant;
}

interface Takers {
  readonly packs: WindowPacks;
  readonly disturbed: DisturbedWindows;
  readonly references: HeldReferences;
}

/** Takes in what a page has that is new: its version, the people that it names, the contents that it points to. */
export async function takePage(
  deps: TakePageDeps,
  organizationId: string,
  messages: readonly unknown[],
  { packs, disturbed, references }: Takers,
): Promise<PageCounts> {
  const counts = { added: 0, unchanged: 0, malformed: 0 };
  const people: Person[] = [];
  for (const raw of messages) {
    const version = versionOf(raw);
    if (!version) counts.malformed += 1;
    else if (!(await packs.add(version))) counts.unchanged += 1;
    else {
      counts.added += 1;
      const message = parseMessage(version.raw);
      people.push(...peopleOfMessage(message));
      await disturbed.note(version);
      references.hold(version, referencesOf(message));
    }
  }
  await deps.directory.introduce(organizationId, people, deps.now());
  await references.relieve();
  return counts;
}
