import type { Sizes } from "../options.ts";
import { type AccountIndex, buildIndex } from "./account-index.ts";
import { type ChatBook, chatBook } from "./chat-book.ts";
import { makeChats } from "./chats.ts";
import { makeFiles, type FileChange, type SharedFile } from "./files.ts";
import { jsonCache } from "./json-cache.ts";
import { specialKinds } from "./kinds/all.ts";
import { type Directory, makeDirectory, type Person } from "./people.ts";
import { planKinds } from "./plan-kinds.ts";

export interface TenantOptions {
  readonly seed: string;
  readonly sizes: Sizes;
  readonly domain: string;
  readonly anchorMs: number;
  readonly lagMs: number;
  readonly graphUrl: () => string;
}

/** What the tenant holds. Only `mutators.ts` changes it. */
export interface Tenant {
  readonly directory: Directory;
  readonly books: readonly ChatBook[];
  readonly bookOf: (chatId: string) => ChatBook | undefined;
  readonly booksOf: (userId: string) => readonly ChatBook[];
  readonly accountOf: (idOrUpn: string) => Person | undefined;
  readonly stateOf: (person: Person) => "live" | "left" | "gone";
  readonly setState: (userId: string, state: "live" | "left" | "gone") => void;
  /** When somebody who is not there was deleted: five days before the start. */
  readonly deletedMs: (person: Person) => number | undefined;
  readonly fileAt: (contentUrl: string) => SharedFile | undefined;
  readonly files: readonly SharedFile[];
  readonly changeFile: (contentUrl: string, change: FileChange) => void;
  /** Rebuilt when one of the account's chats changed. `all`: earlier versions too. */
  readonly indexOf: (userId: string, all: boolean) => AccountIndex;
  readonly json: (chatNo: number, message: number, version: number) => string;
  readonly lagMs: number;
}

const month = 30.4 * 86_400_000;
/** About 64 MB of UTF-16 text. */
const cacheChars = 32_000_000;

export function makeTenant(o: TenantOptions): Tenant {
  const directory = makeDirectory(o.seed, o.sizes.accounts, o.domain, o.sizes.bigAccount > 0);
  const files = makeFiles(o.seed, directory, Math.min(60, Math.ceil(o.sizes.messages / 10)));
  const plans = makeChats({
    seed: o.seed,
    directory,
    chats: o.sizes.chats,
    messages: o.sizes.messages,
    bigAccount: o.sizes.bigAccount,
    startMs: o.anchorMs - o.sizes.months * month,
    endMs: o.anchorMs,
  });
  const kinds = planKinds(o.seed, plans, specialKinds);
  const context = { directory, files, graphUrl: o.graphUrl, malformedCreatedDates: o.sizes.malformedCreatedDates };
  const books = plans.map((plan, no) => chatBook(plan, no, kinds, context, o.anchorMs));
  const byChatId = new Map(books.map((book) => [book.plan.id, book]));
  const byUser = new Map<string, ChatBook[]>();
  for (const book of books) {
    for (const { person } of book.plan.members) byUser.set(person.id, [...(byUser.get(person.id) ?? []), book]);
  }
  const byAddress = new Map(
    directory.accounts.flatMap((p) => [[p.id, p] as const, [p.userPrincipalName.toLowerCase(), p] as const]),
  );
  const states = new Map<string, "live" | "left" | "gone">();
  const stateOf = (person: Person) => states.get(person.id) ?? person.account?.state ?? "gone";
  const deletedMs = Date.now() - 5 * 86_400_000;
  const fileChanges = new Map<string, FileChange>();
  const byUrl = new Map(files.map((file) => [file.contentUrl, file]));
  const indexes = new Map<string, { revision: number; index: AccountIndex }>();
  const cached = jsonCache(cacheChars);

  return {
    directory,
    books,
    bookOf: (chatId) => byChatId.get(chatId),
    booksOf: (userId) => byUser.get(userId) ?? [],
    accountOf: (idOrUpn) => byAddress.get(idOrUpn.toLowerCase()),
    stateOf,
    deletedMs: (person) => (stateOf(person) === "live" ? undefined : deletedMs),
    setState: (userId, state) => void states.set(userId, state),
    files,
    fileAt: (contentUrl) => {
      const file = byUrl.get(contentUrl);
      return file && { ...file, ...fileChanges.get(contentUrl) };
    },
    changeFile: (contentUrl, change) => void fileChanges.set(contentUrl, { ...fileChanges.get(contentUrl), ...change }),
    indexOf: (userId, all) => {
      const own = byUser.get(userId) ?? [];
      const revision = own.reduce((sum, book) => sum + book.revision(), 0);
      const key = `${userId}|${all}`;
      const known = indexes.get(key);
      if (known?.revision === revision) return known.index;
      const index = buildIndex(own, all);
      indexes.set(key, { revision, index });
      return index;
    },
    json: (chatNo, message, version) =>
      cached(`${chatNo}:${message}:${version}`, () => JSON.stringify(books[chatNo]?.message(message, version))),
    lagMs: o.lagMs,
  };
}
