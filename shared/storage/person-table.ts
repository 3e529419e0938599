import type { TableClient } from "@azure/data-tables";
import { z } from "zod";
import type { Person } from "../archive/chat-directory.ts";
import { forEachParallel } from "../platform/for-each-parallel.ts";
import { hashId } from "../platform/new-id.ts";
import type { Instant } from "../platform/time.ts";
import { downwards } from "./downwards.ts";
import { table } from "./table.ts";

const row = z.object({
  id: z.string(),
  name: z.string().optional(),
  address: z.string().optional(),
  seenAt: z.number(),
});

/** People whose last name this process remembers, so that most pages and chats cost no look-up. */
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
  const remembered = new Map<string, Person>();
  const partition = (organizationId: string, userId: string) => `${organizationId}|${hashId("person", userId)}`;
  const remember = (key: string, person: Person): Person => {
    if (remembered.size >= MOST_REMEMBERED) remembered.clear();
    remembered.set(key, person);
    return person;
  };
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
        const held = remembered.get(key);
        if (held && !isNews(held, person)) return;
        const known = await find(organizationId, person.id);
        const next = isNews(known, person) ? personOf({ ...known, ...person }) : known;
        if (!next) return;
        if (next !== known) await rows.upsert({ partitionKey: key, rowKey: downwards(seenAt) }, { ...next, seenAt });
        remember(key, next);
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
