import type { TableClient } from "@azure/data-tables";
import { z } from "zod";
import type { Person } from "../archive/chat-directory.ts";
import { forEachParallel } from "../platform/for-each-parallel.ts";
import { hashId } from "../platform/new-id.ts";
import type { Instant } from "../platform/time.ts";
import { downwards } from "./downwards.ts";
import { createPersonMemory } from "./person-memory.ts";
import { table } from "./table.ts";

const row = z.object({
  id: z.string(),
  name: z.string().optional(),
  address: z.string().optional(),
  seenAt: z.number(),
});

/** About 300 bytes each. */
const MOST_REMEMBERED = 20_000;
const AT_ONCE = 8;

export interface PersonTable {
  find(organizationId: string, userId: string): Promise<Person | undefined>;
  /** Adds what differs from the last name and address. */
  learn(organizationId: string, people: readonly Person[], seenAt: Instant): Promise<void>;
  /** Adds those who have no name yet. */
  introduce(organizationId: string, people: readonly Person[], seenAt: Instant): Promise<void>;
}

/** Names over time (partition organization|person), the newest first: nothing is overwritten. */
export function personTable(client: TableClient): PersonTable {
  const rows = table(client, row);
  const memory = createPersonMemory(MOST_REMEMBERED);
  const partition = (organizationId: string, userId: string) => `${organizationId}|${hashId("person", userId)}`;
  const find = async (organizationId: string, userId: string): Promise<Person | undefined> => {
    const newest = (await rows.page(partition(organizationId, userId), 1))[0]?.value;
    return newest && personOf(newest);
  };
  const add =
    (isNews: (known: Person | undefined, person: Person) => boolean) =>
    async (organizationId: string, people: readonly Person[], seenAt: Instant): Promise<void> => {
      const byId = new Map(people.map((person) => [person.id, person]));
      await forEachParallel(byId.values(), AT_ONCE, async (person) => {
        const key = partition(organizationId, person.id);
        await memory.change(key, seenAt, async (held) => {
          if (held && !isNews(held, person)) return held;
          const known = await find(organizationId, person.id);
          if (!isNews(known, person)) return known;
          const next = personOf({ ...known, ...person });
          await rows.upsert({ partitionKey: key, rowKey: downwards(seenAt) }, { ...next, seenAt });
          return next;
        });
      });
    };
  return {
    find,
    learn: add(
      (known, { name = known?.name, address = known?.address }) => name !== known?.name || address !== known?.address,
    ),
    introduce: add((known, { name }) => known?.name === undefined && name !== undefined),
  };
}

const personOf = ({
  id,
  name,
  address,
}: { readonly [K in keyof Person]: Person[K] | undefined } & { id: string }): Person => ({
  id,
  ...(name === undefined ? {} : { name }),
  ...(address === undefined ? {} : { address }),
});
