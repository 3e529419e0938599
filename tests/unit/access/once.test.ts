import { beforeEach, expect, test } from "vitest";
import { type KeyUse, type OnceDeps, once } from "../../../shared/access/idempotency.ts";
import { createSeal } from "../../../shared/platform/seal.ts";

let now = 0;
let rows: Map<string, { use: KeyUse; version: string }>;
let deps: OnceDeps;
let counter = 0;

beforeEach(() => {
  now = 1_000;
  rows = new Map();
  const put = (id: string, use: KeyUse) => (rows.set(id, { use, version: String(counter++) }), true);
  deps = {
    uses: {
      find: async (who, key) => rows.get(`${who}/${key}`),
      claim: async (who, key, use) => !rows.has(`${who}/${key}`) && put(`${who}/${key}`, use),
      replace: async (who, key, use, version) =>
        rows.get(`${who}/${key}`)?.version === version && put(`${who}/${key}`, use),
      release: async (who, key) => void rows.delete(`${who}/${key}`),
    },
    seal: createSeal(new Uint8Array(32)),
    fingerprint: (text) => `print of ${text}`,
    newAttempt: () => String(counter++),
    now: () => now,
    sleep: async (ms) => {
      now += ms;
      await new Promise(setImmediate);
    },
  };
});

const request = { principalId: "p", key: "k", route: "r", body: "b" };

test("a repeat gets the first answer, and the work runs once", async () => {
  let runs = 0;
  const work = async () => `answer ${++runs}`;
  expect(await once(deps, request, work)).toEqual({ answer: "answer 1", repeated: false });
  expect(await once(deps, request, work)).toEqual({ answer: "answer 1", repeated: true });
  expect(JSON.stringify([...rows])).not.toContain("answer 1");
});

test("of twenty at the same time one works and the others wait for its answer", async () => {
  let runs = 0;
  const work = async () => {
    await new Promise(setImmediate);
    return `answer ${++runs}`;
  };
  const all = await Promise.all(Array.from({ length: 20 }, () => once(deps, request, work)));
  expect(runs).toBe(1);
  expect(new Set(all.map(({ answer }) => answer))).toEqual(new Set(["answer 1"]));
  expect(all.filter(({ repeated }) => !repeated)).toHaveLength(1);
});

test("another body is refused; another person, route or key is another use", async () => {
  const work = async () => "x";
  await once(deps, request, work);
  await expect(once(deps, { ...request, body: "c" }, work)).rejects.toMatchObject({ code: "idempotency.key_reused" });
  for (const other of [{ principalId: "q" }, { key: "l" }, { route: "s" }]) {
    expect(await once(deps, { ...request, ...other }, work)).toMatchObject({ repeated: false });
  }
});

test("work that throws is forgotten, so that the same key can try again", async () => {
  await expect(once(deps, request, () => Promise.reject(new Error("no")))).rejects.toThrow("no");
  expect(await once(deps, request, async () => "yes")).toEqual({ answer: "yes", repeated: false });
});

test("an answer is kept for 24 hours and not longer", async () => {
  await once(deps, request, async () => "old");
  now += 86_399_000;
  expect((await once(deps, request, async () => "new")).answer).toBe("old");
  now += 2_000;
  expect((await once(deps, request, async () => "new")).answer).toBe("new");
});

test("an attempt that died is taken over; its late answer does not replace the new one", async () => {
  let finish = (_: string): void => undefined;
  const dead = once(deps, request, () => new Promise<string>((resolve) => (finish = resolve)));
  await new Promise(setImmediate);
  now += 250_000;
  expect((await once(deps, request, async () => "second")).answer).toBe("second");
  finish("first");
  await dead;
  expect((await once(deps, request, async () => "third")).answer).toBe("second");
});

test("who waits too long is told that the first still runs", async () => {
  void once(deps, request, () => new Promise(() => undefined));
  await new Promise(setImmediate);
  await expect(once(deps, request, async () => "x")).rejects.toMatchObject({ code: "idempotency.in_progress" });
});
