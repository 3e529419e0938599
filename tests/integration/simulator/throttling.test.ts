import { afterAll, beforeAll, expect, test } from "vitest";
import type { Simulator } from "../../../local/graph-simulator/simulator.ts";
import { rawGraph, startTrusted } from "../../support/simulator.ts";

let simulator: Simulator;
let get: Awaited<ReturnType<typeof rawGraph>>;
let clock = Date.parse("2026-03-02T00:00:00Z");

beforeAll(async () => {
  simulator = await startTrusted({ throttling: "documented", now: () => clock, sizes: { messages: 400 } });
  get = await rawGraph(simulator);
});
afterAll(() => simulator.stop());

const account = () => simulator.query.accounts().find((a) => a.messages > 0)?.id ?? "";
const drain = async (response: Response): Promise<Response> => {
  await response.arrayBuffer();
  return response;
};

test("export lets a second's worth through at once, then 83 % of the limit", async () => {
  const burst = async (n: number) => {
    const answers = await Promise.all(
      Array.from({ length: n }, async () => drain(await get(`/v1.0/users/${account()}/chats/getAllMessages?$top=1`))),
    );
    return answers.filter((r) => r.status === 200).length;
  };
  expect(await burst(240)).toBe(200);
  clock += 10_000;
  expect(await burst(210)).toBe(200);
});

test("pictures: one per second and chat, and refused calls count", async () => {
  const pictures = simulator.query
    .accounts()
    .flatMap((a) => [...simulator.query.contents(a.id, {})].filter((c) => c.kind === "hosted" && c.available));
  const [one] = pictures;
  const other = pictures.find((p) => p.chatId !== one?.chatId);
  const read = async (p: typeof one) =>
    drain(
      await get(
        `/v1.0/chats/${p?.chatId}/messages/${p?.messageId}/hostedContents/${encodeURIComponent(p?.reference ?? "")}/$value`,
      ),
    );
  clock += 60_000;
  expect((await read(one)).status).toBe(200);
  expect((await read(one)).status).toBe(429);
  expect((await read(other)).status).toBe(200);
  clock += 1_000;
  expect((await read(one)).status).toBe(429);
  clock += 2_500;
  expect((await read(one)).status).toBe(200);
});

test("Retry-After comes as seconds, as seconds with a fraction and as a date, never shorter than the wait", async () => {
  const path = `/v1.0/users/${account()}/chats`;
  clock += 60_000;
  await drain(await get(path));
  const forms = new Set<string>();
  for (let n = 0; n < 6; n++) {
    const response = await drain(await get(path));
    expect(response.status).toBe(429);
    const value = response.headers.get("retry-after") ?? "";
    const waitMs = /^[\d.]+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - clock;
    expect(waitMs).toBeGreaterThan(1_000);
    forms.add(/^\d+$/.test(value) ? "seconds" : /^\d+\.\d+$/.test(value) ? "fraction" : "date");
  }
  expect(forms).toEqual(new Set(["seconds", "fraction", "date"]));
});

test("waiting for as long as Retry-After says is enough", async () => {
  const path = `/v1.0/users/${account()}/chats`;
  clock += 60_000;
  for (let n = 0; n < 20; n++) {
    const response = await drain(await get(path));
    const value = response.headers.get("retry-after");
    if (value === null) {
      expect(response.status).toBe(200);
      continue;
    }
    clock = /^[\d.]+$/.test(value) ? clock + Math.ceil(Number(value) * 1000) : Date.parse(value);
    expect((await drain(await get(path))).status).toBe(200);
  }
  expect(simulator.stats().throttled).toBeGreaterThan(5);
});

test("can be ended and begun while it runs", async () => {
  const path = `/v1.0/users/${account()}/chats`;
  simulator.setThrottling("off");
  for (let n = 0; n < 3; n++) expect((await drain(await get(path))).status).toBe(200);
  simulator.setThrottling(2);
  const statuses: number[] = [];
  for (let n = 0; n < 4; n++) statuses.push((await drain(await get(path))).status);
  expect(statuses).toEqual([200, 200, 429, 429]);
});
