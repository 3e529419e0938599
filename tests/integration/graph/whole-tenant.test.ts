import { createHash } from "node:crypto";
import { pipeline } from "node:stream/promises";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { FaultRule } from "../../../local/graph-simulator/faults.ts";
import type { Simulator } from "../../../local/graph-simulator/simulator.ts";
import type { Content } from "../../../shared/backup/content-source.ts";
import type { GraphSources } from "../../../shared/graph/create-graph-sources.ts";
import { isAppError } from "../../../shared/platform/errors.ts";
import { startTrusted } from "../../support/simulator.ts";
import { all } from "./scripted-sources.ts";
import { simulatedSources } from "./simulated-sources.ts";

let simulator: Simulator;
let sources: GraphSources;
beforeAll(async () => {
  simulator = await startTrusted({ sizes: { messages: 6_000 }, emptyPageShare: 1 });
  sources = simulatedSources(simulator);
});
afterEach(() => simulator.setFaults([]));
afterAll(() => simulator.stop());

const everything = () => ({ from: Date.UTC(2016, 10, 1), to: simulator.now() });
const key = ({ chatId, id, etag }: Record<string, unknown>) => `${String(chatId)} ${String(id)} ${String(etag)}`;
const accounts = () => simulator.query.accounts().filter(({ state }) => state !== "gone");
const held = (user: string) => Array.from(simulator.query.messages(user, {}), (text) => JSON.parse(text) as object);

async function exported(user: string, window = everything()) {
  const messages: Record<string, unknown>[] = [];
  for await (const page of sources.messages.pages("o1", user, window)) messages.push(...page.messages);
  return messages;
}

/** As a backup does it: what may pass is tried again from the last page that came. */
async function persistently(user: string) {
  const messages: Record<string, unknown>[] = [];
  let nextLink: string | undefined;
  for (let tries = 0; tries < 20; tries++) {
    try {
      const options = nextLink === undefined ? {} : { nextLink };
      for await (const page of sources.messages.pages("o1", user, everything(), options)) {
        messages.push(...page.messages);
        nextLink = page.nextLink;
      }
      return messages;
    } catch (error) {
      if (!isAppError(error, "graph.unavailable") && !isAppError(error, "graph.throttled")) throw error;
    }
  }
  throw new Error("It never came to an end");
}

describe("export", () => {
  it("brings every message of every account, leavers included, exactly as the tenant holds it", async () => {
    for (const { id } of accounts()) {
      const messages = await exported(id);
      const byKey = new Map(messages.map((message) => [key(message), message]));
      expect(byKey.size).toBe(messages.length);
      expect([...byKey.keys()].sort()).toEqual(
        held(id)
          .map((message) => key({ ...message }))
          .sort(),
      );
      for (const message of held(id)) expect(byKey.get(key({ ...message }))).toEqual(message);
    }
  });

  it("loses nothing and repeats nothing where windows meet at a message's very millisecond", async () => {
    const { id } = busiest();
    const times = held(id).map((message) => Date.parse(String(Object(message).lastModifiedDateTime)));
    const middle = times.sort((a, b) => a - b)[Math.floor(times.length / 2)] ?? 0;
    const { from, to } = everything();
    const both = [...(await exported(id, { from, to: middle })), ...(await exported(id, { from: middle, to }))];
    // The lower bound is a millisecond early: only what lies in that millisecond may come twice.
    const early = times.filter((time) => time === middle - 1).length;
    expect(new Set(both.map(key)).size).toBe(times.length);
    expect(both.length - times.length).toBeLessThanOrEqual(early);
  });

  it("goes on from the link of any page", async () => {
    const { id } = busiest();
    const links: string[] = [];
    const seen: unknown[] = [];
    for await (const page of sources.messages.pages("o1", id, everything())) {
      seen.push(...page.messages);
      if (page.nextLink === undefined) break;
      links.push(page.nextLink);
      if (links.length === 2) break;
    }
    const nextLink = links[1] ?? "";
    const rest = await all(simulatedSources(simulator).messages.pages("o1", id, everything(), { nextLink }));
    expect(seen.length + rest.reduce((sum, { messages }) => sum + messages.length, 0)).toBe(held(id).length);
  });

  it.each<[string, FaultRule]>([
    ["throttling", { kind: "throttle", on: "export", probability: 0.4, retryAfter: 1 }],
    ["failures", { kind: "status", status: 503, on: "export", probability: 0.3, retryAfter: null }],
    ["half answers", { kind: "truncate", on: "export", probability: 0.25 }],
    ["broken connections", { kind: "disconnect", on: "export", probability: 0.25 }],
    ["empty 404s", { kind: "emptyNotFound", on: "export", probability: 0.25 }],
    ["rows from outside the window", { kind: "strayRows", on: "export", probability: 0.5 }],
  ])("brings everything in spite of %s", async (_, fault) => {
    const { id } = busiest();
    simulator.setFaults([fault]);
    const messages = await persistently(id);
    expect(new Set(messages.map(key)).size).toBe(held(id).length);
  });

  it.each<[FaultRule, string]>([
    [{ kind: "nextLinkLoop", on: "export", skip: 1 }, "graph.page_loop"],
    [{ kind: "nextLinkBroken", on: "export" }, "graph.next_link_refused"],
    [{ kind: "paymentRequired", on: "export" }, "billing.payment_required"],
    [{ kind: "status", status: 401, on: "export" }, "graph.unauthorized"],
    [{ kind: "throttle", on: "export", retryAfter: 3_600 }, "graph.throttled"],
  ])("stops at %j", async (fault, code) => {
    simulator.setFaults([fault]);
    await expect(exported(busiest().id)).rejects.toMatchObject({ code });
  });

  it("tells a user who is gone from a lost permission", async () => {
    const { roles } = simulator.app;
    await expect(exported("00000000-0000-4000-8000-000000000000")).rejects.toMatchObject({
      code: "graph.user_not_found",
    });
    simulator.app.roles = ["User.Read.All"];
    simulator.invalidateTokens();
    await expect(exported(busiest().id)).rejects.toMatchObject({ code: "graph.forbidden" });
    simulator.app.roles = roles;
    expect(await exported(busiest().id)).toHaveLength(held(busiest().id).length);
  });
});

const busiest = () => accounts().reduce((most, account) => (account.messages > most.messages ? account : most));

describe("directory and chats", () => {
  it("lists every user, leavers last", async () => {
    const users = await all(sources.users.users("o1"));
    const known = simulator.query.accounts();
    expect(users.map(({ graphId, deleted, enabled, licensed }) => ({ graphId, deleted, enabled, licensed }))).toEqual(
      known.map(({ id, state, accountEnabled, licensed }) => ({
        graphId: id,
        deleted: state === "left",
        enabled: accountEnabled,
        licensed,
      })),
    );
  });

  it("lists every chat, and the members of those that the tenant owns", async () => {
    const { id, chats } = busiest();
    const found = await all(sources.chats.chats("o1", id));
    expect(found).toHaveLength(chats);
    for (const chat of found) {
      const book = simulator.data.bookOf(String(chat["id"]));
      const members = all(sources.chats.members("o1", String(chat["id"])));
      if (book?.plan.tenantId === simulator.tenant.tenantId) expect((await members).length).toBeGreaterThan(0);
      else await expect(members).rejects.toMatchObject({ code: "graph.access_denied" });
    }
  });
});

describe("contents", () => {
  const reasons: Record<string, string[]> = {
    forbidden: ["content.no_access"],
    gone: ["content.gone"],
    "foreign-tenant": ["content.other_tenant", "content.no_access"],
  };

  async function digest(content: Promise<Content>) {
    try {
      const hash = createHash("sha256");
      await pipeline((await content).body, hash);
      return hash.digest("hex");
    } catch (error) {
      if (isAppError(error)) return error.code;
      throw error;
    }
  }

  it("come byte by byte, or with the reason why not; no token reaches the file host", async () => {
    simulator.resetStats();
    const wanted = new Map(
      accounts()
        .flatMap(({ id }) => [...simulator.query.contents(id, {})])
        .map((record) => [
          record.kind === "file" ? record.reference : `${record.messageId} ${record.reference}`,
          record,
        ]),
    );
    const outcomes = new Set<string>();
    for (const { kind, chatId, messageId, reference, sha256, reason } of wanted.values()) {
      const content =
        kind === "file"
          ? sources.contents.file("o1", { url: reference })
          : sources.contents.hosted("o1", { chatId, messageId, hostedId: reference });
      const found = await digest(content);
      if (sha256 === null) expect(reasons[reason ?? ""]).toContain(found);
      else expect(found).toBe(sha256);
      outcomes.add(`${kind} ${reason ?? "stored"}`);
    }
    expect([...outcomes].sort()).toEqual(
      expect.arrayContaining(["file gone", "file stored", "hosted forbidden", "hosted stored"]),
    );
    expect(simulator.stats().authorizationAtContentHost).toBe(0);
  });

  it("survive a download that breaks off and a host that pauses", async () => {
    const file = accounts()
      .flatMap(({ id }) => [...simulator.query.contents(id, {})])
      .find(({ kind, available, bytes }) => kind === "file" && available && (bytes ?? 0) > 10_000);
    const url = file?.reference ?? "";
    simulator.setFaults([
      { kind: "throttle", on: "download", retryAfter: 1, count: 1 },
      { kind: "disconnect", on: "download", count: 2 },
    ]);
    expect(await digest(sources.contents.file("o1", { url }))).toBe(file?.sha256);
    simulator.setFaults([{ kind: "signInPage", on: "shareContent" }]);
    expect(await digest(sources.contents.file("o1", { url }))).toBe("content.sign_in_page");
  });
});
