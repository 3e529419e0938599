import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Simulator } from "../../../local/graph-simulator/simulator.ts";
import { rawGraph, startTrusted } from "../../support/simulator.ts";

let simulator: Simulator;
let get: Awaited<ReturnType<typeof rawGraph>>;
let endpoint: Server;
let notificationUrl: string;

beforeAll(async () => {
  simulator = await startTrusted({ sizes: { messages: 50 } });
  get = await rawGraph(simulator);
  endpoint = createServer((request, response) => {
    const address = new URL(request.url ?? "", "http://localhost");
    response.writeHead(200, { "Content-Type": "text/plain" });
    response.end(address.pathname === "/wrong" ? "nope" : address.searchParams.get("validationToken"));
  });
  await new Promise<void>((resolve) => endpoint.listen(0, "127.0.0.1", resolve));
  notificationUrl = `http://127.0.0.1:${(endpoint.address() as AddressInfo).port}/hook`;
});
afterAll(async () => {
  endpoint.close();
  await simulator.stop();
});

const hour = 3_600_000;
const later = (ms: number): string => new Date(simulator.now() + ms).toISOString();
const create = async (fields: object = {}): Promise<Response> =>
  get(
    "/v1.0/subscriptions",
    { "Content-Type": "application/json" },
    {
      method: "POST",
      body: JSON.stringify({
        changeType: "created,updated,deleted",
        notificationUrl,
        lifecycleNotificationUrl: notificationUrl,
        resource: "/chats/getAllMessages",
        expirationDateTime: later(48 * hour),
        clientState: "secret",
        ...fields,
      }),
    },
  );

test("a subscription is created after the handshake, renewed and removed", async () => {
  const created = (await (await create()).json()) as { id: string; expirationDateTime: string };
  expect((await create()).status).toBe(409);
  const path = `/v1.0/subscriptions/${created.id}`;
  const renewed = await get(
    path,
    {},
    { method: "PATCH", body: JSON.stringify({ expirationDateTime: later(70 * hour) }) },
  );
  expect(Date.parse(((await renewed.json()) as typeof created).expirationDateTime)).toBeGreaterThan(
    Date.parse(created.expirationDateTime),
  );
  expect((await get(path, {}, { method: "DELETE" })).status).toBe(204);
  expect((await get(path)).status).toBe(404);
});

test.each([
  ["an expiry beyond three days", () => ({ expirationDateTime: later(73 * hour) })],
  ["an expiry in the past", () => ({ expirationDateTime: later(-hour) })],
  ["over an hour without a lifecycle address", () => ({ lifecycleNotificationUrl: undefined })],
  ["an unsupported resource", () => ({ resource: "/me/messages" })],
  ["an unknown changeType", () => ({ changeType: "destroyed" })],
  ["a clientState of 129 characters", () => ({ clientState: "x".repeat(129) })],
  ["resource data without a certificate", () => ({ includeResourceData: true })],
  ["an endpoint that answers another token", () => ({ notificationUrl: notificationUrl.replace("/hook", "/wrong") })],
  ["an endpoint that cannot be reached", () => ({ notificationUrl: "http://127.0.0.1:1/hook" })],
])("%s is refused", async (_, fields) => {
  expect((await create(fields())).status).toBe(400);
});

test("less than 45 minutes is raised to 45, and an expired subscription is gone", async () => {
  const created = (await (
    await create({ expirationDateTime: later(60_000), lifecycleNotificationUrl: undefined })
  ).json()) as { id: string; expirationDateTime: string };
  expect(Date.parse(created.expirationDateTime) - simulator.now()).toBeGreaterThan(44 * 60_000);
  simulator.advance(50 * 60_000);
  expect((await get(`/v1.0/subscriptions/${created.id}`)).status).toBe(404);
});
