import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Simulator } from "../../../local/graph-simulator/simulator.ts";
import type { ChatMessage } from "../../../local/graph-simulator/tenant/chat-message.ts";
import { allPages, rawGraph, startTrusted } from "../../support/simulator.ts";

let simulator: Simulator;
let get: Awaited<ReturnType<typeof rawGraph>>;

beforeAll(async () => {
  simulator = await startTrusted({ sizes: { accounts: 30, chats: 40, messages: 2_000 } });
  get = await rawGraph(simulator);
});
afterAll(() => simulator.stop());

interface ChatAnswer {
  readonly id: string;
  readonly chatType: string;
  readonly tenantId: string;
  readonly members?: object[];
}

describe("chats", () => {
  test("of a user page by 50 at most, and $expand=members stops at 25", async () => {
    const user = simulator.query.accounts().toSorted((a, b) => b.chats - a.chats)[0];
    const pages = await allPages<ChatAnswer>(get, `/v1.0/users/${user?.id}/chats?$top=3&$expand=members`);
    const chats = pages.flatMap((p) => p.value);
    expect(new Set(chats.map((c) => c.id)).size).toBe(user?.chats);
    expect((await get(`/v1.0/users/${user?.id}/chats?$top=51`)).status).toBe(400);
    const largest = simulator.data.books.toSorted((a, b) => b.plan.members.length - a.plan.members.length)[0];
    expect(largest?.plan.members.length).toBeGreaterThan(25);
    const expanded = (await (await get(`/v1.0/chats/${largest?.plan.id}?$expand=members`)).json()) as ChatAnswer;
    expect(expanded.members).toHaveLength(25);
    const members = await allPages<object>(get, `/v1.0/chats/${largest?.plan.id}/members?$top=10`);
    expect(members.flatMap((p) => p.value)).toHaveLength(largest?.plan.members.length ?? 0);
  });

  test("of all types exist, notes to self and those of another tenant among them", () => {
    const plans = simulator.data.books.map((b) => b.plan);
    expect(new Set(plans.map((p) => p.chatType))).toEqual(new Set(["oneOnOne", "group", "meeting"]));
    expect(plans.some((p) => p.members.length === 1 && p.chatType === "oneOnOne")).toBe(true);
    expect(plans.some((p) => p.tenantId === simulator.tenant.otherTenantId)).toBe(true);
    expect(plans.some((p) => p.importedAtMs !== null)).toBe(true);
  });

  test("of another tenant: text is exported, members are 403", async () => {
    const foreign = simulator.data.books.find((b) => b.plan.tenantId !== simulator.tenant.tenantId);
    const member = foreign?.plan.members.find(
      ({ person }) => person.account?.licensed && person.account.state === "live",
    );
    const pages = await allPages<ChatMessage>(get, `/v1.0/users/${member?.person.id}/chats/getAllMessages?$top=250`);
    expect(pages.flatMap((p) => p.value).some((m) => m.chatId === foreign?.plan.id)).toBe(true);
    expect((await get(`/v1.0/chats/${foreign?.plan.id}/members`)).status).toBe(403);
    expect((await get(`/v1.0/chats/${foreign?.plan.id}`)).status).toBe(200);
  });

  test("without the user's part of the path have no export", async () => {
    const response = await get("/v1.0/chats/getAllMessages");
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ error: { code: "NotFound" } });
    expect((await get("/v1.0/chats/getAllMessages/delta")).status).toBe(404);
  });
});

test("system events have their type only for callers that ask for unknown members", async () => {
  const event = simulator.data.books
    .flatMap((b) => Array.from({ length: b.length() }, (_, n) => b.message(n, 0)))
    .find((m) => m.messageType === "systemEventMessage");
  const book = simulator.data.bookOf(event?.chatId ?? "");
  const user = book?.plan.members.find(({ person }) => person.account?.licensed)?.person.id;
  const types = async (headers: Record<string, string>) => {
    const pages = await allPages<ChatMessage>(get, `/v1.0/users/${user}/chats/getAllMessages?$top=250`, headers);
    return pages.flatMap((p) => p.value).find((m) => m.id === event?.id && m.chatId === event.chatId)?.messageType;
  };
  expect(await types({})).toBe("unknownFutureValue");
  expect(await types({ Prefer: "include-unknown-enum-members" })).toBe("systemEventMessage");
  expect(await types({ Prefer: "odata.maxpagesize=50, include-unknown-enum-members" })).toBe("systemEventMessage");
});

test("a single message can be read at once, without the lag of export", async () => {
  const book = simulator.data.books.find((b) => b.plan.tenantId === simulator.tenant.tenantId);
  const added = simulator.mutate.addMessage(book?.plan.id ?? "");
  const response = await get(`/v1.0/chats/${added.chatId}/messages/${added.id}`);
  expect(await response.json()).toMatchObject({ id: added.id, chatId: added.chatId });
});

describe("messages of one chat", () => {
  const chat = () =>
    simulator.data.books.find((b) => b.plan.tenantId === simulator.tenant.tenantId && b.plan.messages > 60);
  const path = (query: string): string => `/v1.0/chats/${encodeURIComponent(chat()?.plan.id ?? "")}/messages?${query}`;

  test("come newest first and whole", async () => {
    const messages = (await allPages<ChatMessage>(get, path("$top=50"))).flatMap((p) => p.value);
    expect(messages).toHaveLength(chat()?.length() ?? 0);
    const times = messages.map((m) => m.lastModifiedDateTime);
    expect(times).toEqual(times.toSorted().reverse());
  });

  test("are filtered only where the order names the same property", async () => {
    const all = chat()?.length() ?? 0;
    const count = async (query: string) =>
      (await allPages<ChatMessage>(get, path(`$top=50&${query}`))).flatMap((p) => p.value).length;
    const filter = `$filter=lastModifiedDateTime gt ${new Date(simulator.now()).toISOString()}`;
    expect(await count(filter)).toBe(all);
    expect(await count(`$orderby=createdDateTime desc&${filter}`)).toBe(all);
    expect(await count(`$orderby=lastModifiedDateTime desc&${filter}`)).toBe(0);
  });

  test.each(["$top=51", "$orderby=createdDateTime asc", "$orderby=createdDateTime", "$expand=replies"])(
    "refuse %s",
    async (query) => {
      expect((await get(path(query))).status).toBe(400);
    },
  );
});
