import { describe, expect, it } from "vitest";
import { sendWithRetry } from "../../../shared/graph/send-with-retry.ts";
import { AppError } from "../../../shared/platform/errors.ts";

type Answer = Response | Error;
const answer = (status: number, retryAfter?: string) =>
  new Response(null, { status, headers: retryAfter === undefined ? {} : { "retry-after": retryAfter } });

/** Plays the answers in order, the last one for ever, on a clock that moves by sleeping alone. */
function play(...answers: Answer[]) {
  let clock = 1_000_000;
  const start = clock;
  const waits: number[] = [];
  const fences: number[] = [];
  let sent = 0;
  let eachMs = 0;
  const send = async () => {
    clock += eachMs;
    const next = answers[Math.min(sent++, answers.length - 1)];
    if (next instanceof Error) throw next;
    return next ?? answer(500);
  };
  const deps = {
    now: () => clock,
    sleep: async (ms: number) => {
      waits.push(ms);
      clock += ms;
    },
    throttled: async (notBefore: number) => void fences.push(notBefore - start),
  };
  const each = (ms: number) => (eachMs = ms);
  return {
    each,
    run: (signal?: AbortSignal) => sendWithRetry(send, deps, signal),
    waits,
    fences,
    sent: () => sent,
    now: () => clock,
    start,
  };
}

describe("sendWithRetry", () => {
  it("waits exactly as long as it is told and tells the gate", async () => {
    const played = play(answer(429, "7"), answer(200));
    expect((await played.run()).status).toBe(200);
    expect(played.waits).toEqual([7_000]);
    expect(played.fences).toEqual([7_000]);
  });

  it.each([500, 502, 503, 504])("retries %i with growing waits", async (status) => {
    const played = play(answer(status), answer(status), answer(200));
    expect((await played.run()).status).toBe(200);
    expect(played.waits).toHaveLength(2);
    expect(played.waits[1]).toBeGreaterThan(played.waits[0] ?? 0);
  });

  it.each([400, 401, 402, 403, 404, 409, 501])("hands %i back at once", async (status) => {
    const played = play(answer(status));
    expect((await played.run()).status).toBe(status);
    expect(played.sent()).toBe(1);
  });

  it("leaves with notBefore when the wait is longer than a minute", async () => {
    const played = play(answer(429, "600"));
    await expect(played.run()).rejects.toMatchObject({
      code: "graph.throttled",
      kind: "too_many",
      options: { notBefore: played.start + 600_000 },
    });
    expect(played.waits).toEqual([]);
    expect(played.fences).toEqual([600_000]);
  });

  it("leaves when many short waits add up to more than a minute", async () => {
    const played = play(answer(503, "25"));
    await expect(played.run()).rejects.toMatchObject({ code: "graph.throttled" });
    expect(played.waits).toEqual([25_000, 25_000]);
  });

  it.each([429, 500, 502, 503, 504])("obeys a long Retry-After of %i", async (status) => {
    const played = play(answer(status, "600"));
    await expect(played.run()).rejects.toMatchObject({
      code: "graph.throttled",
      options: { notBefore: played.start + 600_000 },
    });
    expect(played.sent()).toBe(1);
    expect(played.fences).toEqual([600_000]);
  });

  it.each(["0", "Tue, 23 Dec 1969 12:00:00 GMT"])(
    "does not storm a server that says %j again and again",
    async (asked) => {
      const played = play(answer(429, asked));
      const error = await played.run().catch((thrown: unknown) => thrown);
      if (!(error instanceof AppError)) throw new Error("no error");
      expect(error.code).toBe("graph.throttled");
      expect(error.options.notBefore).toBeGreaterThanOrEqual(played.now() + 20_000);
      const [first, ...others] = played.waits;
      expect(first).toBe(0);
      expect(others).toHaveLength(3);
      for (const ms of others) expect(ms).toBeGreaterThanOrEqual(3_000);
    },
  );

  it("gives a 429 without a header a pause of its own", async () => {
    const played = play(answer(429));
    await expect(played.run()).rejects.toMatchObject({
      code: "graph.throttled",
      options: { notBefore: expect.any(Number) },
    });
    expect(played.sent()).toBe(5);
  });

  it("begins no further try after a minute and a half of servers that hang", async () => {
    const played = play(new Error("No answer in time"));
    played.each(45_000);
    await expect(played.run()).rejects.toMatchObject({ code: "graph.unavailable" });
    expect(played.sent()).toBe(2);
  });

  it("hands back a failure that does not pass", async () => {
    const played = play(answer(500));
    expect((await played.run()).status).toBe(500);
    expect(played.sent()).toBe(5);
  });

  it("retries broken connections, then says unavailable", async () => {
    const passing = play(new TypeError("fetch failed"), answer(200));
    expect((await passing.run()).status).toBe(200);
    await expect(play(new TypeError("fetch failed")).run()).rejects.toMatchObject({ code: "graph.unavailable" });
  });

  it("does not retry our own errors, nor after an abort", async () => {
    const own = play(new AppError("forbidden", "credentials.refused", "no"));
    await expect(own.run()).rejects.toMatchObject({ code: "credentials.refused" });
    const reason = new Error("stop");
    const aborted = play(reason);
    await expect(aborted.run(AbortSignal.abort(reason))).rejects.toBe(reason);
    expect([own.sent(), aborted.sent()]).toEqual([1, 1]);
  });
});
