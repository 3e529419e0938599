import type { Directory, Person } from "./people.ts";
import { guidFrom, hexFrom, randomFrom, seedOf, type Random } from "./random.ts";
import { chatTopics } from "./texts/topics.ts";

export interface ChatMember {
  readonly person: Person;
  readonly roles: readonly string[];
  readonly visibleHistoryStartMs: number | null;
}

/** A conversation and the recipe of its messages; the messages themselves are made on demand. */
export interface ChatPlan {
  readonly id: string;
  readonly chatType: "oneOnOne" | "group" | "meeting";
  readonly topic: string | null;
  readonly tenantId: string;
  readonly members: readonly ChatMember[];
  /** Took part once and left: their messages remain, the member list has no trace of them. */
  readonly former: readonly Person[];
  readonly seed: number;
  readonly messages: number;
  readonly startMs: number;
  readonly endMs: number;
  /** Imported by migration: messages were "created" years before they were written here. */
  readonly importedAtMs: number | null;
  /** Light text only: chats of the account for measurements. */
  readonly plain: boolean;
}

export interface ChatOptions {
  readonly seed: string;
  readonly directory: Directory;
  readonly chats: number;
  readonly messages: number;
  readonly bigAccount: number;
  readonly startMs: number;
  readonly endMs: number;
}

const day = 86_400_000;

const asMember = (person: Person, n: number): ChatMember => ({
  person,
  roles: n === 0 || person.account ? ["owner"] : ["guest"],
  visibleHistoryStartMs: n === 0 ? null : 0,
});

/** Who can write: accounts with a mailbox; the guest and those who left come in by `mixIn`. */
const writers = (directory: Directory): Person[] =>
  directory.accounts.filter((p) => p.account?.licensed && !p.userPrincipalName.startsWith("archive@"));

function someOf(people: readonly Person[], count: number, random: Random): Person[] {
  const left = [...people];
  const chosen: Person[] = [];
  while (chosen.length < count && left.length > 0) chosen.push(...left.splice(random.int(left.length), 1));
  return chosen;
}

type Shape = Pick<ChatPlan, "id" | "chatType" | "topic" | "tenantId" | "members" | "former" | "importedAtMs">;

function oneOnOne(o: ChatOptions, n: number): Shape {
  const people = writers(o.directory);
  const first = people[n % people.length] as Person;
  const step = 1 + Math.floor(n / people.length);
  // Every ninth partner is from outside; every fifteenth chat is a person's notes to self.
  const partner =
    n % 15 === 14
      ? first
      : n % 9 === 8
        ? (o.directory.outsiders[n % o.directory.outsiders.length] as Person)
        : (people[(n + step) % people.length] as Person);
  const [a, b] = [first.id, partner.id].sort() as [string, string];
  return {
    id: `19:${a}_${b}@unq.gbl.spaces`,
    chatType: "oneOnOne",
    topic: null,
    tenantId: o.directory.tenantId,
    members: (partner === first ? [first] : [first, partner]).map(asMember),
    former: [],
    importedAtMs: null,
  };
}

function gathering(o: ChatOptions, n: number, chatType: "group" | "meeting"): Shape {
  const random = randomFrom(seedOf(o.seed, chatType, n));
  const people = writers(o.directory);
  const everyone = chatType === "group" && n === 2;
  const insiders = everyone ? people : someOf(people, 3 + random.int(8), random);
  const guests = o.directory.accounts.filter((p) => p.account?.userType === "Guest");
  const outsiders = everyone
    ? [...guests, ...o.directory.outsiders]
    : someOf([...guests, ...o.directory.outsiders], random.int(3), random);
  const left = people.filter((p) => p.account?.state === "left" && !insiders.includes(p));
  const hex = hexFrom(o.seed, chatType, n);
  return {
    id:
      chatType === "group"
        ? `19:${hex}@thread.v2`
        : `19:meeting_${Buffer.from(guidFrom(hex)).toString("base64url")}@thread.v2`,
    chatType,
    topic: n % 11 === 4 ? null : (chatTopics[(n + (chatType === "meeting" ? 5 : 0)) % chatTopics.length] as string),
    tenantId: n % 8 === 1 ? o.directory.foreignTenantId : o.directory.tenantId,
    members: [...insiders, ...outsiders].map(asMember),
    former: left.slice(0, 1),
    importedAtMs: chatType === "group" && n % 9 === 3 ? o.endMs - 150 * day : null,
  };
}

/** Half of the chats are one-on-one, a third are groups, the rest meetings; a few are busy, most are quiet. */
export function makeChats(o: ChatOptions): ChatPlan[] {
  const shapes = new Map<string, Shape>();
  const pairs = Math.max(1, Math.round(o.chats / 2));
  const groups = Math.max(o.chats > 1 ? 1 : 0, Math.round(o.chats / 3));
  const add = (shape: Shape): unknown => shapes.has(shape.id) || shapes.set(shape.id, shape);
  for (let n = 0; n < pairs; n++) add(oneOnOne(o, n));
  for (let n = 0; n < groups; n++) add(gathering(o, n, "group"));
  for (let n = 0; pairs + groups + n < o.chats; n++) add(gathering(o, n, "meeting"));
  return [...counted([...shapes.values()], o), ...archiveChats(o)];
}

function counted(shapes: readonly Shape[], o: ChatOptions): ChatPlan[] {
  const weights = shapes.map((_, n) => 1 / (1 + ((n * 7) % shapes.length)) ** 0.7);
  const sum = weights.reduce((a, b) => a + b, 0);
  let left = o.messages;
  return shapes.map((shape, n) => {
    const share =
      n === shapes.length - 1 ? left : Math.min(left, Math.max(1, Math.floor((o.messages * (weights[n] ?? 0)) / sum)));
    left -= share;
    const random = randomFrom(seedOf(o.seed, "span", n));
    const span = o.endMs - o.startMs;
    const startMs = o.startMs + Math.floor(random.chance(0.6) ? 0 : random.next() * span * 0.6);
    const endMs = random.chance(0.8) ? o.endMs : o.endMs - Math.floor(random.next() * (o.endMs - startMs) * 0.5);
    const created = shape.importedAtMs === null ? { startMs, endMs } : imported(shape.importedAtMs);
    return { ...shape, ...created, messages: share, seed: seedOf(o.seed, shape.id), plain: false };
  });
}

/** A project of eleven weeks, years before it was moved here. */
const imported = (atMs: number): { startMs: number; endMs: number } => ({
  startMs: atMs - 4 * 365 * day,
  endMs: atMs - 4 * 365 * day + 77 * day,
});

function archiveChats(o: ChatOptions): ChatPlan[] {
  const archive = o.directory.accounts.find((p) => p.userPrincipalName.startsWith("archive@"));
  if (archive === undefined) return [];
  const count = Math.min(200, Math.max(1, Math.ceil(o.bigAccount / 5_000)));
  const partners = writers(o.directory);
  return Array.from({ length: count }, (_, n) => {
    const id = `19:${hexFrom(o.seed, "archive", n)}@thread.v2`;
    return {
      id,
      chatType: "group",
      topic: `Archive ${n + 1}`,
      tenantId: o.directory.tenantId,
      // The partners only write: were they members, their own exports would grow by as much.
      members: [asMember(archive, 0)],
      former: partners.slice(0, 3),
      importedAtMs: null,
      seed: seedOf(o.seed, id),
      messages: Math.floor(o.bigAccount / count) + (n < o.bigAccount % count ? 1 : 0),
      startMs: o.startMs,
      endMs: o.endMs,
      plain: true,
    };
  });
}
