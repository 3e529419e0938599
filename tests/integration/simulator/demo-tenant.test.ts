import { inflateSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { hostedBytes, hostedContentId } from "../../../local/graph-simulator/content/hosted-content.ts";
import { type Simulator, startSimulator } from "../../../local/graph-simulator/simulator.ts";
import type { ChatMessage } from "../../../local/graph-simulator/tenant/chat-message.ts";
import { specialKinds } from "../../../local/graph-simulator/tenant/kinds/all.ts";
import { anchor, smallSizes } from "../../support/simulator.ts";

let demo: Simulator;
let messages: ChatMessage[];
let startMs: number;

const allMessages = (simulator: Simulator): ChatMessage[] =>
  simulator.data.books.flatMap((book) =>
    Array.from({ length: book.length() }, (_, n) => book.message(n, book.versions(n) - 1)),
  );

beforeAll(async () => {
  const before = performance.now();
  demo = await startSimulator({ anchor });
  startMs = performance.now() - before;
  messages = allMessages(demo);
});
afterAll(() => demo.stop());

describe("the demo tenant", () => {
  test("starts in less than two seconds and has its size", () => {
    expect(startMs).toBeLessThan(2_000);
    expect(messages).toHaveLength(20_000);
    expect(demo.query.accounts().filter((a) => a.state === "live")).toHaveLength(25);
  });

  test("ends at its anchor and covers eighteen months, with an older import", () => {
    const created = messages.map((m) => Date.parse(m.createdDateTime)).sort((a, b) => a - b);
    expect(created.at(-1)).toBeLessThanOrEqual(anchor);
    expect(created.at(-1)).toBeGreaterThan(anchor - 2 * 86_400_000);
    expect(created[0]).toBeLessThan(anchor - 3 * 365 * 86_400_000);
    const modified = messages.map((m) => Date.parse(m.lastModifiedDateTime));
    expect(Math.min(...modified)).toBeGreaterThan(anchor - 19 * 30.5 * 86_400_000);
    expect(Math.max(...modified)).toBeLessThanOrEqual(anchor);
  });

  test("has unique ids within a chat, and etags that follow the last change", () => {
    expect(new Set(messages.map((m) => `${m.chatId}|${m.id}`)).size).toBe(messages.length);
    for (const m of messages) expect(Date.parse(m.lastModifiedDateTime)).toBe(Number(m.etag));
  });

  test("shares files of at most 60 MB in all, some of several megabytes, some in several chats", () => {
    const sizes = demo.data.files.map((f) => f.bytes);
    expect(sizes.reduce((a, b) => a + b, 0)).toBeLessThan(60_000_000);
    expect(sizes.filter((s) => s > 3_000_000).length).toBeGreaterThanOrEqual(3);
    expect(sizes).toContain(0);
    const chats = Map.groupBy(
      messages.flatMap((m) =>
        m.attachments.filter((a) => a.contentType === "reference").map((a) => ({ url: a.contentUrl, chat: m.chatId })),
      ),
      (use) => use.url,
    );
    expect([...chats.values()].some((uses) => new Set(uses.map((u) => u.chat)).size > 1)).toBe(true);
  });
});

describe("every kind of content occurs", () => {
  const kinds = (simulator: Simulator): Set<string> =>
    new Set(
      simulator.data.books.flatMap((book) => Array.from({ length: book.plan.messages }, (_, n) => book.kindAt(n))),
    );

  test("in the demo tenant and in the small one of the tests", async () => {
    const wanted = specialKinds.map((k) => k.name);
    expect(wanted.filter((name) => !kinds(demo).has(name))).toEqual([]);
    const small = await startSimulator({ anchor, sizes: smallSizes });
    expect(wanted.filter((name) => !kinds(small).has(name))).toEqual([]);
    await small.stop();
  });

  test("and every documented attachment, sender and event type is among them", () => {
    const attachments = new Set(messages.flatMap((m) => m.attachments.map((a) => a.contentType)));
    for (const type of [
      "reference",
      "messageReference",
      "forwardedMessageReference",
      "meetingReference",
      "tabReference",
    ])
      expect(attachments).toContain(type);
    const senders = new Set(
      messages.map((m) => (m.from?.user as { userIdentityType?: string } | null)?.userIdentityType),
    );
    for (const type of [
      "aadUser",
      "anonymousGuest",
      "federatedUser",
      "personalMicrosoftAccountUser",
      "skypeUser",
      "phoneUser",
      "emailUser",
    ])
      expect(senders).toContain(type);
    const events = new Set(messages.map((m) => (m.eventDetail as { "@odata.type": string } | null)?.["@odata.type"]));
    expect(events.size).toBeGreaterThanOrEqual(32);
  });
});

test("the same seed and anchor give the same tenant, another seed another", async () => {
  const options = { anchor, sizes: { messages: 300, chats: 8, accounts: 10 }, ports: {} };
  const [one, two, other] = await Promise.all([
    startSimulator(options),
    startSimulator(options),
    startSimulator({ ...options, seed: "other" }),
  ]);
  const text = (s: Simulator): string =>
    allMessages(s)
      .map((m) => JSON.stringify(m))
      .join("\n")
      .replaceAll(s.graphUrl, "");
  expect(text(one)).toBe(text(two));
  expect(text(one)).not.toBe(text(other));
  await Promise.all([one.stop(), two.stop(), other.stop()]);
});

test("malformed creation dates come only where they are asked for", async () => {
  const malformed = (list: readonly ChatMessage[]): number =>
    list.filter((m) => Number.isNaN(Date.parse(m.createdDateTime))).length;
  expect(malformed(messages)).toBe(0);
  const odd = await startSimulator({ anchor, sizes: { ...smallSizes, malformedCreatedDates: true } });
  expect(malformed(allMessages(odd))).toBeGreaterThan(0);
  await odd.stop();
});

test("a large account is generated lazily", async () => {
  const before = process.memoryUsage().heapUsed;
  const big = await startSimulator({ anchor, sizes: { ...smallSizes, bigAccount: 300_000 } });
  const archive = big.query.accounts().find((a) => a.userPrincipalName.startsWith("archive@"));
  expect(archive?.messages).toBe(300_000);
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(150_000_000);
  await big.stop();
});

describe("pictures", () => {
  const bytesOf = (type: "png" | "jpeg" | "gif", n: number): Buffer => {
    const content = hostedBytes(hostedContentId(type, "test", n));
    if (content === null || content === "denied") throw new Error("no bytes");
    return content.bytes;
  };

  test("are whole PNGs whose pixels inflate to the size that the header says", () => {
    for (let n = 0; n < 10; n++) {
      const bytes = bytesOf("png", n);
      const [width, height] = [bytes.readUInt32BE(16), bytes.readUInt32BE(20)];
      const length = bytes.readUInt32BE(33);
      expect(bytes.toString("latin1", 37, 41)).toBe("IDAT");
      expect(inflateSync(bytes.subarray(41, 41 + length))).toHaveLength(height * (1 + width * 3));
    }
  });

  test("are JPEGs and GIFs from their first to their last marker", () => {
    expect(bytesOf("jpeg", 1).subarray(0, 2).toString("hex")).toBe("ffd8");
    expect(bytesOf("jpeg", 1).subarray(-2).toString("hex")).toBe("ffd9");
    expect(bytesOf("gif", 1).toString("latin1", 0, 6)).toBe("GIF89a");
    expect(bytesOf("gif", 1).at(-1)).toBe(0x3b);
  });
});
