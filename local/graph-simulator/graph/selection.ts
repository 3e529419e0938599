import { type AccountIndex, firstAfter, firstAtOrAfter } from "../tenant/account-index.ts";
import type { ChatMessage } from "../tenant/chat-message.ts";
import { mix, seedOf } from "../tenant/random.ts";
import type { Tenant } from "../tenant/tenant.ts";
import type { ExportFilter, SenderClause } from "./filter.ts";

/** Places in an account's index that a request asks for: a run of places, or a list where something hides some of them. */
export interface Selection {
  readonly index: AccountIndex;
  readonly length: number;
  readonly placeAt: (n: number) => number;
}

/** How long export takes to show a version: its own share of the longest lag. */
const lagOf = (tenant: Tenant, chat: number, message: number, version: number): number =>
  (mix(chat + 17, message + version) / 4294967296) * tenant.lagMs;

function isVisible(tenant: Tenant, index: AccountIndex, place: number, nowMs: number): boolean {
  const lag = lagOf(
    tenant,
    index.chat[place] as number,
    index.message[place] as number,
    index.version[place] as number,
  );
  return (index.modified[place] as number) + lag <= nowMs;
}

/**
 * Selects by last change, both bounds exclusive, in the order of change; `unordered` then shuffles it. With lag, a version
 * is shown from its own moment on and hides the earlier ones; without, the index holds the newest versions only.
 */
export function select(
  tenant: Tenant,
  userId: string,
  filter: ExportFilter,
  nowMs: number,
  retained: boolean,
): Selection {
  const index = tenant.indexOf(userId, tenant.lagMs > 0 || retained);
  const low = filter.after === null ? 0 : firstAfter(index, filter.after);
  const high = filter.before === null ? index.length : firstAtOrAfter(index, filter.before);
  const simple = filter.senders.length === 0 && tenant.lagMs === 0 && !retained;
  if (simple) return { index, length: Math.max(0, high - low), placeAt: (n) => low + n };
  // Without lag the answer depends on nothing that moves: a scan's later pages need not look at every message again.
  const key = JSON.stringify(filter);
  const known = tenant.lagMs === 0 ? remembered.get(index)?.get(key) : undefined;
  const places = known ?? matching(tenant, index, filter, { low, high, nowMs, retained });
  if (tenant.lagMs === 0) remember(index, key, places);
  return { index, length: places.length, placeAt: (n) => places[n] as number };
}

const remembered = new WeakMap<AccountIndex, Map<string, readonly number[]>>();

function remember(index: AccountIndex, key: string, places: readonly number[]): void {
  const filters = remembered.get(index) ?? new Map<string, readonly number[]>();
  if (filters.size > 20) filters.clear();
  remembered.set(index, filters.set(key, places));
}

interface Range {
  readonly low: number;
  readonly high: number;
  readonly nowMs: number;
  readonly retained: boolean;
}

function matching(tenant: Tenant, index: AccountIndex, filter: ExportFilter, range: Range): number[] {
  const { low, high, nowMs, retained } = range;
  const places: number[] = [];
  const shown = (place: number): boolean => isVisible(tenant, index, place, nowMs);
  for (let place = low; place < high; place++) {
    if (!shown(place) || (!retained && superseded(tenant, index, place, nowMs))) continue;
    if (filter.senders.length > 0 && !sentBy(messageAt(tenant, index, place), filter.senders)) continue;
    places.push(place);
  }
  return places;
}

/** A later version of the same message is visible already. */
function superseded(tenant: Tenant, index: AccountIndex, place: number, nowMs: number): boolean {
  const [chat, message, version] = [
    index.chat[place] as number,
    index.message[place] as number,
    index.version[place] as number,
  ];
  const book = tenant.books[chat];
  if (book === undefined) return false;
  for (let later = version + 1; later < book.versions(message); later++) {
    if (book.modifiedAt(message, later) + lagOf(tenant, chat, message, later) <= nowMs) return true;
  }
  return false;
}

const messageAt = (tenant: Tenant, index: AccountIndex, place: number): ChatMessage =>
  JSON.parse(
    tenant.json(index.chat[place] as number, index.message[place] as number, index.version[place] as number),
  ) as ChatMessage;

function sentBy(message: ChatMessage, senders: readonly SenderClause[]): boolean {
  const user = message.from?.user as { id?: string; userIdentityType?: string } | null | undefined;
  const application = message.from?.application as { applicationIdentityType?: string } | null | undefined;
  return senders.some((clause) => {
    switch (clause.property) {
      case "userId":
        return user?.id === clause.value;
      case "userIdentityType":
        return user?.userIdentityType === clause.value;
      case "applicationIdentityType":
        return application?.applicationIdentityType === clause.value;
      case "messageType":
        return (message.messageType === clause.value) === clause.equal;
    }
  });
}

const block = 500;

/**
 * Export promises no order: within blocks of 500 the places are shuffled, and half of the accounts are read newest block
 * first. A block-wise shuffle keeps what reality has too: one more or less item moves the items behind it by one place.
 */
export function unordered(length: number, userId: string): (n: number) => number {
  const seed = seedOf(userId);
  const blocks = Math.ceil(length / block);
  const last = length % block === 0 ? block : length % block;
  const newestFirst = seed % 2 === 0;
  return (n) => {
    let blockNo = Math.floor(n / block);
    let within = n % block;
    if (newestFirst) {
      // The short block is the newest one and comes first.
      blockNo = n < last ? blocks - 1 : blocks - 2 - Math.floor((n - last) / block);
      within = n < last ? n : (n - last) % block;
    }
    const size = blockNo === blocks - 1 ? last : block;
    const stride = coprime(size, 1 + (seed % 89));
    return blockNo * block + ((within * stride + (seed % size)) % size);
  };
}

function coprime(size: number, from: number): number {
  const divisor = (a: number, b: number): number => (b === 0 ? a : divisor(b, a % b));
  let candidate = from;
  while (divisor(candidate, size) !== 1) candidate++;
  return candidate;
}
