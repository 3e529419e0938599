import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeManifest, type Manifest } from "../../../shared/archive/manifest.ts";
import { encodePack, packLine } from "../../../shared/archive/pack.ts";
import { versionOf } from "../../../shared/archive/version.ts";
import type { FetchWindowDeps } from "../../../shared/backup/fetch-window.ts";
import type { TimeWindow } from "../../../shared/backup/plan-windows.ts";
import type { RawMessage } from "../../../shared/chats/message.ts";
import { AppError } from "../../../shared/platform/errors.ts";
import { type Mishaps, NEVER, type OneAccount, oneAccount } from "../../support/one-account.ts";
import type { Sent } from "../../support/one-tenant.ts";
import { ownStorage } from "../../support/own-storage.ts";

const clients = ownStorage();

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const START = Date.UTC(2025, 0, 28);

type Step =
  | { readonly kind: "send"; readonly chat: number; readonly count: number }
  | { readonly kind: "edit" | "remove"; readonly which: number }
  | { readonly kind: "pass"; readonly hours: number }
  | { readonly kind: "skew"; readonly hours: number }
  | { readonly kind: "run" };

const which = fc.nat(1_000);
/** Right as often as wrong. */
const hours = fc.oneof(fc.constant(0), fc.integer({ min: -6, max: 6 }));
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("send" as const), chat: fc.nat(3), count: fc.nat(90) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constantFrom("edit" as const, "remove" as const), which }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("pass" as const), hours: fc.integer({ min: 1, max: 400 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("skew" as const), hours }) },
  { weight: 3, arbitrary: fc.constant({ kind: "run" as const }) },
);
const history = fc.record({
  steps: fc.array(step, { minLength: 10, maxLength: 40, size: "max" }),
  /** Hours until the export shows a change; taken in turn. */
  lags: fc.array(fc.nat(24), { minLength: 1, maxLength: 20 }),
  /** Which message is changed between two pages; taken in turn, the larger ones are nobody's. */
  stirs: fc.array(fc.nat(120), { minLength: 5, maxLength: 20 }),
  /** What happens at each write and after each activity; taken in turn. */
  chances: fc.array(fc.nat(9), { minLength: 5, maxLength: 60 }),
  /** After how many pages the time of an activity is over, all that are read at once taken together; taken in turn, the larger ones
   * are never. */
  budgets: fc.array(fc.nat(14), { minLength: 3, maxLength: 20 }),
});

const inTurn = <T>(items: readonly T[]) => {
  let place = 0;
  return (): T => items[place++ % items.length] as T;
};

/** How often what happened, over all histories of a seed. */
class Happened {
  kills = 0;
  repeats = 0;
  stirs = 0;
  skewedRuns = 0;
  compactions = 0;
  /** Readings that went on where an earlier activity had stopped. */
  resumed = 0;
  /** Those of which Graph did not know the place any more. */
  refused = 0;
}

class Trouble implements Mishaps {
  isOn = true;
  hours = 0;
  #kills = 0;
  readonly #happened: Happened;
  readonly #next: () => number;
  readonly #budget: () => number;
  constructor(chances: readonly number[], budgets: readonly number[], happened: Happened) {
    this.#next = inTurn(chances);
    this.#budget = inTurn(budgets);
    this.#happened = happened;
  }
  atWrite(): void {
    // One that is killed every time would never end.
    if (!this.isOn || this.#next() !== 0 || this.#kills++ >= 25) return;
    this.#happened.kills += 1;
    throw new AppError("unavailable", "storage.unavailable", "killed");
  }
  isRepeated(): boolean {
    const isRepeated = this.isOn && this.#next() === 1;
    if (isRepeated) this.#happened.repeats += 1;
    return isRepeated;
  }
  skew(): number {
    return this.hours * HOUR;
  }
  deadline(now: number): number {
    const pages = this.isOn ? this.#budget() : MOST_PAGES;
    return pages < MOST_PAGES ? now + pages : NEVER;
  }
  /** Whether a place where a reading stopped is known no longer. */
  isRefused(): boolean {
    this.#happened.resumed += 1;
    const isRefused = this.isOn && this.#happened.resumed % 3 === 0;
    if (isRefused) this.#happened.refused += 1;
    return isRefused;
  }
}

const MOST_PAGES = 12;

const sentAs = ({ chatId, id }: RawMessage): Sent => ({ chatId: String(chatId), id: String(id) });

/** What commits must have kept: versions that the export showed to a reading whose commit came about. What a reading saw that was killed
 * before may never be shown again, once it is edited meanwhile. */
function keptByCommits(trouble: Trouble) {
  const kept = new Map<string, RawMessage>();
  let seen: { readonly of: TimeWindow; readonly raw: RawMessage }[] = [];
  const watch = <T extends Pick<FetchWindowDeps, "messages" | "archive">>(deps: T): T => ({
    ...deps,
    messages: {
      async *pages(organizationId, userId, stretch, options = {}) {
        // A reading that begins anew, or goes on from a commit: what was seen of it since was not committed.
        seen = seen.filter(({ of }) => !isWithin(of, stretch));
        if (options.nextLink !== undefined && trouble.isRefused())
          throw new AppError("unavailable", "graph.next_link_refused", "expired");
        for await (const page of deps.messages.pages(organizationId, userId, stretch, options)) {
          for (const raw of page.messages) seen.push({ of: stretch, raw });
          yield page;
        }
      },
    } satisfies FetchWindowDeps["messages"],
    archive: {
      ...deps.archive,
      async commit(of, packs, windows, stored = [], stamp) {
        await deps.archive.commit(of, packs, windows, stored, stamp);
        const isCommitted = ({ of }: (typeof seen)[number]) => stored.some((window) => isWithin(of, window));
        for (const { raw } of seen.filter(isCommitted)) kept.set(keyOf(raw), raw);
        seen = seen.filter((one) => !isCommitted(one));
      },
    } satisfies FetchWindowDeps["archive"],
  });
  return { kept, watch };
}
const isWithin = (inner: TimeWindow, outer: TimeWindow) => inner.from >= outer.from && inner.to <= outer.to;

/** So many packs in one month that the next run but one compacts them. */
async function fillMonth({ archive, of, send, sent, pass }: OneAccount): Promise<void> {
  for (let n = 0; n < 34; n++) send(`chat ${n % 4}`, `early ${n}`);
  for (const raw of sent) {
    const { summary, sha256, bytes } = await encodePack([versionOf(raw)].flatMap((one) => one ?? []).map(packLine));
    await archive.putPack(of, "2025-01", sha256, bytes);
    const row = { ...summary, month: "2025-01", sha256, bytes: bytes.length, messages: 1, runId: "r" };
    await archive.commit(of, [row], []);
  }
  pass(1);
}

/** Answers how many versions the runs said were new. */
async function live(
  account: OneAccount,
  trouble: Trouble,
  steps: readonly Step[],
  happened: Happened,
): Promise<number> {
  let added = 0;
  const known: Sent[] = account.sent.map(sentAs);
  for (const one of steps) {
    const target = "which" in one ? known[one.which % known.length] : undefined;
    if (one.kind === "send") {
      for (let n = 0; n < one.count; n++) known.push(account.send(`chat ${one.chat}`, `message ${known.length}`));
    } else if (one.kind === "edit" && target) account.edit(target, `edited at ${account.now()}`);
    else if (one.kind === "remove" && target) account.remove(target);
    else if (one.kind === "pass") account.pass(one.hours * HOUR);
    else if (one.kind === "skew") trouble.hours = one.hours;
    else if (one.kind === "run") {
      if (trouble.hours !== 0) happened.skewedRuns += 1;
      added += (await account.run()).totals.messagesNew;
    }
  }
  return added;
}

async function manifests({ archive, of }: OneAccount): Promise<Manifest[]> {
  const read: Manifest[] = [];
  for await (const { number, sha256 } of archive.manifests(of))
    read.push(decodeManifest(await archive.readManifest(of, number), sha256));
  return read;
}

function played(given: readonly Manifest[]): string[] {
  const packs = new Map<string, object>();
  for (const { packs: told } of given) {
    for (const pack of told.added) packs.set(pack.sha256, pack);
    for (const { packs: gone, by } of told.replaced) {
      for (const { sha256 } of gone) expect(packs.delete(sha256), "replaced what is there").toBe(true);
      for (const pack of by) packs.set(pack.sha256, pack);
    }
  }
  return [...packs.keys()].sort();
}

const keyOf = ({ chatId, id, etag }: { readonly chatId?: unknown; readonly id?: unknown; readonly etag?: unknown }) =>
  `${String(chatId)} ${String(id)} ${String(etag)}`;

/** Answers how many packs became others. */
async function prove(account: OneAccount, committed: ReadonlyMap<string, RawMessage>): Promise<number> {
  const kept = new Map((await account.versions()).map((version) => [keyOf(version), version.raw]));
  expect(committed.size).toBeGreaterThan(kept.size / 2);
  for (const [key, raw] of committed) expect(kept.get(key), key).toEqual(raw);
  for (const raw of account.newest()) expect(kept.has(keyOf(raw)), keyOf(raw)).toBe(true);
  const ever = new Set(account.sent.map(keyOf));
  for (const key of kept.keys()) expect(ever).toContain(key);
  const rows = await Array.fromAsync(account.archive.packs(account.of));
  const sum = (what: "versions" | "messages" | "bytes") => rows.reduce((total, row) => total + row[what], 0);
  const messages = new Set([...kept.values()].map(({ chatId, id }) => `${String(chatId)} ${String(id)}`)).size;
  expect([sum("versions"), sum("messages")]).toEqual([kept.size, messages]);
  const told = await manifests(account);
  const sums = { versions: kept.size, messages, packs: rows.length, packBytes: sum("bytes") };
  expect(told.at(-1)?.totals).toMatchObject(sums);
  expect(await account.archive.totals(account.of)).toMatchObject({ versions: kept.size, messages });
  expect(played(told)).toEqual(rows.map(({ sha256 }) => sha256).sort());
  return told.reduce((sum, { packs }) => sum + packs.replaced.length, 0);
}

test.each([1, 2, 3])(
  "whatever people do and wherever a run is killed, the archive has what the export ever showed, once (seed %i)",
  { timeout: 240_000 },
  async (seed) => {
    const happened = new Happened();
    await fc.assert(
      fc.asyncProperty(history, async ({ steps, lags, stirs, chances, budgets }) => {
        const trouble = new Trouble(chances, budgets, happened);
        const { kept, watch } = keptByCommits(trouble);
        const account = oneAccount(clients, START, trouble, watch);
        account.inPagesOf(8);
        await fillMonth(account);
        const lag = inTurn(lags);
        account.lag(() => lag() * HOUR);
        const stir = inTurn(stirs);
        account.betweenPages(() => {
          account.pass(1);
          const raw = account.sent[stir()];
          // A clock that is hours wrong cannot tell when a page was read.
          if (!trouble.isOn || trouble.hours !== 0 || !raw) return;
          happened.stirs += 1;
          account.edit(sentAs(raw), "changed while it was read", 0);
        });
        const seeded = account.sent.length;
        let added = await live(account, trouble, steps, happened);
        Object.assign(trouble, { isOn: false, hours: 0 });
        // By then the export shows everything, and the clock of the service is past all windows.
        for (const days of [2, 1]) {
          account.pass(days * DAY);
          added += (await account.run()).totals.messagesNew;
        }
        expect(added, "new to the runs").toBe((await account.versions()).length - seeded);
        happened.compactions += await prove(account, kept);
      }),
      { seed, numRuns: 6, endOnFailure: true },
    );
    console.log(`Seed ${seed}: ${JSON.stringify(happened)}`);
    expect(Object.entries(happened).filter(([, times]) => times === 0)).toEqual([]);
  },
);
