import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { Simulator } from "../../../local/graph-simulator/simulator.ts";
import { allPages, anchor, type Page, rawGraph, startTrusted } from "../../support/simulator.ts";

let simulator: Simulator;
let get: Awaited<ReturnType<typeof rawGraph>>;
let path: string;

beforeAll(async () => {
  simulator = await startTrusted({ emptyPageShare: 0 });
  get = await rawGraph(simulator);
  const busiest = simulator.query.accounts().toSorted((a, b) => b.messages - a.messages)[0];
  path = `/v1.0/users/${busiest?.id}/chats/getAllMessages?$top=100`;
});
afterEach(() => simulator.setFaults([]));
afterAll(() => simulator.stop());

const read = async () => (await (await get(path)).json()) as Page<object>;

describe("a fault", () => {
  test("of payment answers 402 until it is taken away", async () => {
    simulator.setFaults([{ kind: "paymentRequired", on: ["export", "retained"] }]);
    const response = await get(path);
    expect(response.status).toBe(402);
    expect(await response.json()).toMatchObject({ error: { code: "PaymentRequired" } });
    expect((await get("/v1.0/users")).status).toBe(200);
    simulator.setFaults([]);
    expect((await get(path)).status).toBe(200);
  });

  test("that truncates gives 200 and JSON that ends in the middle", async () => {
    simulator.setFaults([{ kind: "truncate", on: "export", count: 1 }]);
    const response = await get(path);
    expect(response.status).toBe(200);
    const text = await response.text();
    expect(() => JSON.parse(text) as unknown).toThrow(SyntaxError);
    expect((await read()).value).toHaveLength(100);
  });

  test("that disconnects breaks the body off", async () => {
    simulator.setFaults([{ kind: "disconnect", on: "export", count: 1 }]);
    await expect(get(path).then((r) => r.text())).rejects.toThrow();
  });

  test.each([500, 502, 503, 504, 400, 404])("answers %i with an error body", async (status) => {
    simulator.setFaults([{ kind: "status", status, on: "export", count: 1, retryAfter: 7 }]);
    const response = await get(path);
    expect([response.status, response.headers.get("retry-after")]).toEqual([status, "7"]);
    expect(await response.json()).toHaveProperty("error.code");
  });

  test("answers 404 without a body", async () => {
    simulator.setFaults([{ kind: "emptyNotFound", on: "export", count: 1 }]);
    const response = await get(path);
    expect([response.status, await response.text()]).toEqual([404, ""]);
  });

  test("hangs until the client gives up", async () => {
    simulator.setFaults([{ kind: "hang", on: "export", count: 1 }]);
    await expect(get(path, {}, { signal: AbortSignal.timeout(200) })).rejects.toThrow("timeout");
    expect((await get(path)).status).toBe(200);
  });

  test("throttles with the Retry-After that it was given, or none", async () => {
    simulator.setFaults([
      { kind: "throttle", on: "export", retryAfter: "Thu, 01 Jan 1970 00:00:00 GMT", count: 1 },
      { kind: "throttle", on: "export", retryAfter: null, count: 1 },
    ]);
    expect((await get(path)).headers.get("retry-after")).toBe("Thu, 01 Jan 1970 00:00:00 GMT");
    const second = await get(path);
    expect([second.status, second.headers.get("retry-after")]).toEqual([429, null]);
  });

  test("loops the nextLink, or breaks it", async () => {
    simulator.setFaults([{ kind: "nextLinkLoop", on: "export", count: 2 }]);
    const first = await read();
    const second = (await (await get(first["@odata.nextLink"] ?? "")).json()) as Page<object>;
    expect(second.value).toEqual(first.value);
    expect(second["@odata.nextLink"]).toBe(first["@odata.nextLink"]);
    simulator.setFaults([{ kind: "nextLinkBroken", on: "export", count: 1 }]);
    expect((await read())["@odata.nextLink"]).toContain("/users//chats");
  });

  test("makes the nextLink longer than a row of a table holds, and follows it", async () => {
    const whole = await allPages<object>(get, path);
    simulator.setFaults([{ kind: "nextLinkLong", on: "export" }]);
    const pages = await allPages<object>(get, path);
    expect(pages[0]?.["@odata.nextLink"]?.length).toBeGreaterThan(32 * 1024);
    expect(pages.flatMap((p) => p.value)).toEqual(whole.flatMap((p) => p.value));
  });

  test("of an empty page loses no message", async () => {
    const whole = await allPages<object>(get, path);
    simulator.setFaults([{ kind: "emptyPage", on: "export" }]);
    const pages = await allPages<object>(get, path);
    expect(pages.filter((p) => p.value.length === 0).length).toBeGreaterThan(1);
    expect(pages.flatMap((p) => p.value)).toEqual(whole.flatMap((p) => p.value));
  });

  test("of stray rows brings messages from outside the window", async () => {
    const day = (ms: number): string => new Date(ms).toISOString();
    const from = anchor - 20 * 86_400_000;
    const filter = encodeURIComponent(
      `lastModifiedDateTime gt ${day(from)} and lastModifiedDateTime lt ${day(from + 86_400_000)}`,
    );
    simulator.setFaults([{ kind: "strayRows", on: "export", count: 1 }]);
    const page = (await (await get(`${path}&$filter=${filter}`)).json()) as Page<{ lastModifiedDateTime: string }>;
    expect(page.value.some((m) => Date.parse(m.lastModifiedDateTime) < from)).toBe(true);
  });

  test("applies by kind, text in the path, skip, count and probability", async () => {
    const id = simulator.query.accounts()[1]?.id ?? "";
    simulator.setFaults([{ kind: "status", status: 503, on: "user", pathIncludes: id, skip: 1, count: 2 }]);
    const statuses: number[] = [];
    for (let n = 0; n < 5; n++) statuses.push((await get(`/v1.0/users/${id}`)).status);
    expect(statuses).toEqual([200, 503, 503, 200, 200]);
    simulator.setFaults([{ kind: "status", status: 500, on: "organization", probability: 0.5 }]);
    const drawn = await Promise.all(Array.from({ length: 60 }, async () => (await get("/v1.0/organization")).status));
    expect(drawn.filter((s) => s === 500).length).toBeGreaterThan(15);
    expect(drawn.filter((s) => s === 200).length).toBeGreaterThan(15);
  });
});
