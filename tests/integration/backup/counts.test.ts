import fc from "fast-check";
import { expect, test } from "vitest";
import { AppError } from "../../../shared/platform/errors.ts";
import { NEVER, NONE, oneAccount } from "../../support/one-account.ts";
import { ownStorage } from "../../support/own-storage.ts";

const clients = ownStorage();

const START = Date.UTC(2025, 0, 1);
const DAY = 86_400_000;

class Crash extends Error {}

/** Troubles by share of the chances to have them. */
interface Troubles {
  /** Graph fails between two pages. */
  readonly breaks: number;
  /** The activity's time is up. */
  readonly late: number;
  /** The process dies before, or right after, a commit. */
  readonly crash: number;
  /** A page comes with a row without an id, a row twice, or a row from another time. */
  readonly odd: number;
}

const keyOf = (message: Readonly<Record<string, unknown>>) =>
  `${String(message["chatId"])} ${String(message["id"])} ${String(message["etag"])}`;

/** How often each trouble happened, over all accounts of a test. */
type Happened = Record<keyof Troubles, number>;

/** An account whose runs have troubles; counts what Graph hands out in a run. */
function troubled(seed: number, troubles: Troubles, happened: Happened) {
  let state = seed;
  let calm = true;
  const strikes = (trouble: keyof Troubles, share = troubles[trouble]) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    const itDoes = !calm && state / 2 ** 32 < share;
    if (itDoes) happened[trouble] += 1;
    return itDoes;
  };
  let [handed, isLate] = [0, false];
  const given = new Set<string>();
  const account = oneAccount(clients, START, NONE, (deps) => ({
    ...deps,
    now: () => (isLate ? NEVER : deps.now()),
    messages: {
      async *pages(...asked) {
        for await (const page of deps.messages.pages(...asked)) {
          if (strikes("breaks")) throw new AppError("unavailable", "graph.unavailable", "broken");
          const messages = [...page.messages];
          if (strikes("odd")) messages.push({ chatId: "19:x" });
          if (strikes("odd") && messages[0]) messages.push(messages[0]);
          const stray = account.sent[state % (account.sent.length || 1)];
          if (strikes("odd") && stray) messages.push(stray);
          handed += messages.length;
          for (const message of messages) if (message["id"] !== undefined) given.add(keyOf(message));
          isLate = strikes("late");
          yield { ...page, messages };
        }
      },
    },
    archive: {
      ...deps.archive,
      async commit(...rows) {
        isLate = false;
        if (strikes("crash", troubles.crash / 2)) throw new Crash();
        await deps.archive.commit(...rows);
        if (strikes("crash", troubles.crash / 2)) throw new Crash();
      },
    },
  }));
  return {
    account,
    handed: () => handed,
    given,
    /** A run to its end, whatever dies on the way. */
    async run() {
      handed = 0;
      calm = false;
      for (let tries = 0; ; tries++) {
        if (tries === 40) calm = true;
        try {
          return await account.run();
        } catch (error) {
          const passes = error instanceof Crash || (error instanceof AppError && error.kind === "unavailable");
          if (!passes) throw error;
        }
      }
    },
  };
}

const keyOfVersion = ({ chatId, id, etag }: { chatId: string; id: string; etag: string }) => `${chatId} ${id} ${etag}`;
/** In hundredths: of all doubles in a range, nearly every one is next to nothing. */
const share = (most: number) => fc.integer({ min: 0, max: most * 100 }).map((hundredths) => hundredths / 100);
const troubles = (crash: number) =>
  fc.record({ breaks: share(0.3), late: share(0.3), crash: share(crash), odd: share(0.5) });

async function daysOfTrouble(
  seed: number,
  troubles: Troubles,
  happened: Happened,
  check: (totals: { seen: number; handed: number }) => void,
) {
  const { account, run, handed, given } = troubled(seed, troubles, happened);
  let stored = 0;
  for (let day = 0; day < 3; day++) {
    const said = Array.from({ length: 90 }, (_, n) => account.send(`19:${n % 4}`, `said ${n}`));
    for (const one of said.slice(0, day * 7)) account.edit(one, "changed");
    account.pass(DAY);
    const { totals, status } = await run();
    expect(totals.messagesSeen).toBe(totals.messagesNew + totals.messagesUnchanged + totals.messagesFailed);
    expect(totals.failed).toBe(totals.messagesFailed);
    expect(status).toBe(totals.failed === 0 ? "Completed" : "Partial");
    check({ seen: totals.messagesSeen, handed: handed() });
    stored += totals.messagesNew;
  }
  const versions = new Set((await account.versions()).map(keyOfVersion));
  for (const one of versions) expect(given).toContain(one);
  for (const one of account.newest()) expect(versions).toContain(keyOf(one));
  const packs = await Array.fromAsync(account.archive.packs(account.of));
  expect(stored).toBe(packs.reduce((sum, pack) => sum + pack.versions, 0));
  expect(stored).toBe(versions.size);
  const messages = new Set(Array.from(versions, (key) => key.slice(0, key.lastIndexOf(" "))));
  expect(packs.reduce((sum, pack) => sum + pack.messages, 0)).toBe(messages.size);
  const sums = await account.archive.totals(account.of);
  expect(sums?.versions).toBe(stored);
  return { versions, given };
}

/** So many accounts; answers how often each trouble happened to them. */
async function accountsOfTrouble(
  seed: number,
  crash: number,
  check: (seed: number, given: Troubles, happened: Happened) => Promise<void>,
): Promise<Happened> {
  const happened: Happened = { breaks: 0, late: 0, crash: 0, odd: 0 };
  const property = fc.asyncProperty(fc.integer({ min: 1 }), troubles(crash), (seed, given) =>
    check(seed, given, happened),
  );
  await fc.assert(property, { seed, numRuns: 6, endOnFailure: true });
  console.log(`Seed ${seed}: ${JSON.stringify(happened)}`);
  return happened;
}
const notHappened = (happened: Happened) =>
  Object.entries(happened).flatMap(([trouble, times]) => (times === 0 ? [trouble] : []));

test.each([1, 2])(
  "what Graph handed out adds up, run by run, through failures, splits, repeats and odd rows (seed %i)",
  async (seed) => {
    const happened = await accountsOfTrouble(seed, 0, async (seed, given, happened) => {
      const kept = await daysOfTrouble(seed, given, happened, ({ seen, handed }) => expect(seen).toBe(handed));
      expect(kept.versions.size).toBe(kept.given.size);
    });
    expect(notHappened(happened)).toEqual(["crash"]);
  },
);

test.each([1, 2])(
  "so it does when processes die: what they had read and not committed is read, and counted, again (seed %i)",
  async (seed) => {
    const happened = await accountsOfTrouble(seed, 0.3, async (seed, given, happened) => {
      await daysOfTrouble(seed, given, happened, ({ seen, handed }) => expect(seen).toBeLessThanOrEqual(handed));
    });
    expect(notHappened(happened)).toEqual([]);
  },
);
