import { createHash } from "node:crypto";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { ContentRecord } from "../../../local/graph-simulator/control/contents.ts";
import type { Simulator } from "../../../local/graph-simulator/simulator.ts";
import { rawGraph, startTrusted } from "../../support/simulator.ts";

let simulator: Simulator;
let get: Awaited<ReturnType<typeof rawGraph>>;
let records: ContentRecord[];

beforeAll(async () => {
  simulator = await startTrusted();
  get = await rawGraph(simulator);
  const all = simulator.query.accounts().flatMap((a) => [...simulator.query.contents(a.id, {})]);
  records = [...new Map(all.map((r) => [`${r.chatId}|${r.messageId}|${r.reference}`, r])).values()];
});
afterEach(() => simulator.setFaults([]));
afterAll(() => simulator.stop());

const sha256 = (bytes: ArrayBuffer): string => createHash("sha256").update(Buffer.from(bytes)).digest("hex");
const valuePath = (r: ContentRecord): string =>
  `/v1.0/chats/${encodeURIComponent(r.chatId)}/messages/${r.messageId}/hostedContents/${encodeURIComponent(r.reference)}/$value`;
const share = (contentUrl: string): string =>
  `/v1.0/shares/u!${Buffer.from(contentUrl).toString("base64url")}/driveItem`;
const find = (kind: "hosted" | "file", test: (r: ContentRecord) => boolean): ContentRecord => {
  const found = records.find((r) => r.kind === kind && test(r));
  if (found === undefined) throw new Error(`The tenant holds no such ${kind}.`);
  return found;
};

describe("hosted contents", () => {
  test("give the bytes that the tenant promises, with their type in the header only", async () => {
    const wanted = records.filter((r) => r.kind === "hosted" && r.available).slice(0, 40);
    const types = new Set<string | null>();
    for (const record of wanted) {
      const response = await get(valuePath(record));
      types.add(response.headers.get("content-type"));
      expect(sha256(await response.arrayBuffer())).toBe(record.sha256);
    }
    expect(types).toEqual(new Set(["image/png", "image/jpeg", "image/gif", "text/plain"]));
    const [first] = wanted as [ContentRecord];
    const list = await get(valuePath(first).replace(/\/[^/]+\/\$value$/, ""));
    expect(((await list.json()) as { value: object[] }).value).toContainEqual({
      id: first.reference,
      contentBytes: null,
      contentType: null,
    });
  });

  test("are refused where the picture or the chat does not belong to the tenant, and 404 where there is none", async () => {
    expect((await get(valuePath(find("hosted", (r) => r.reason === "forbidden")))).status).toBe(403);
    const known = find("hosted", (r) => r.available);
    expect((await get(valuePath({ ...known, reference: "aWQ9" }))).status).toBe(404);
    expect((await get(valuePath({ ...known, messageId: "1" }))).status).toBe(404);
    const foreign = simulator.data.books.find((b) => b.plan.tenantId !== simulator.tenant.tenantId);
    expect((await get(`/v1.0/chats/${foreign?.plan.id}/members`)).status).toBe(403);
  });

  test("are at most fourteen in a chat", () => {
    const perChat = Map.groupBy(
      records.filter((r) => r.kind === "hosted"),
      (r) => r.chatId,
    );
    expect(Math.max(...[...perChat.values()].map((list) => list.length))).toBe(14);
  });

  test("can be cut off in the middle", async () => {
    simulator.setFaults([{ kind: "truncate", on: "hostedValue", count: 1 }]);
    await expect(get(valuePath(find("hosted", (r) => r.available))).then((r) => r.arrayBuffer())).rejects.toThrow();
  });
});

describe("shared files", () => {
  const download = async (record: ContentRecord): Promise<string> => {
    const response = await get(`${share(record.reference)}/content`);
    expect(response.status).toBe(302);
    return response.headers.get("location") ?? "";
  };

  test("come by a redirect to another host, without Authorization", async () => {
    const available = records.filter((r) => r.kind === "file" && r.available);
    const large = available.find((r) => (r.bytes ?? 0) > 5_000_000);
    const small = available.filter((r) => (r.bytes ?? 0) < 1_000_000).slice(0, 40);
    for (const record of [...small, ...(large ? [large] : [])]) {
      const location = await download(record);
      expect(new URL(location).host).toBe(simulator.contentHost);
      const response = await fetch(location);
      expect(sha256(await response.arrayBuffer())).toBe(record.sha256);
    }
  });

  test("are refused there when a token is sent along, or the address is altered or old", async () => {
    const location = await download(find("file", (r) => r.available));
    const before = simulator.stats().authorizationAtContentHost;
    expect((await fetch(location, { headers: { Authorization: "Bearer x" } })).status).toBe(401);
    expect(simulator.stats().authorizationAtContentHost).toBe(before + 1);
    expect((await fetch(location.replace(/expires=\d/, "expires=9"))).status).toBe(403);
  });

  test("answer ranges", async () => {
    const record = find("file", (r) => r.available && (r.bytes ?? 0) > 1_000);
    const location = await download(record);
    const whole = Buffer.from(await (await fetch(location)).arrayBuffer());
    const part = await fetch(location, { headers: { Range: "bytes=100-199" } });
    expect(part.status).toBe(206);
    expect(part.headers.get("content-range")).toBe(`bytes 100-199/${record.bytes}`);
    expect(Buffer.from(await part.arrayBuffer()).equals(whole.subarray(100, 200))).toBe(true);
    const tail = await fetch(location, { headers: { Range: "bytes=-7" } });
    expect(Buffer.from(await tail.arrayBuffer()).equals(whole.subarray(-7))).toBe(true);
    expect((await fetch(location, { headers: { Range: `bytes=${record.bytes}-` } })).status).toBe(416);
  });

  test("that are gone, forbidden or another tenant's say so", async () => {
    const status = async (reason: string) =>
      (await get(`${share(find("file", (r) => r.reason === reason).reference)}/content`)).status;
    expect([await status("gone"), await status("forbidden"), await status("foreign-tenant")]).toEqual([404, 403, 403]);
    const record = find("file", (r) => r.available);
    simulator.mutate.setFileState(record.reference, "gone");
    expect((await get(share(record.reference))).status).toBe(404);
    simulator.mutate.setFileState(record.reference, "available");
  });

  test("have other bytes and another cTag once someone saved them again", async () => {
    const record = find("file", (r) => r.available && (r.bytes ?? 0) > 100);
    const item = async () =>
      (await (await get(share(record.reference))).json()) as { cTag: string; eTag: string; size: number };
    const before = await item();
    simulator.mutate.replaceFile(record.reference, 777);
    const after = await item();
    expect(after.cTag).not.toBe(before.cTag);
    expect(after.size).toBe(777);
    const bytes = await (await fetch(await download(record))).arrayBuffer();
    const [now] = simulator.query
      .accounts()
      .flatMap((a) => [...simulator.query.contents(a.id, {})])
      .filter((c) => c.reference === record.reference);
    expect([bytes.byteLength, sha256(bytes)]).toEqual([777, now?.sha256]);
  });

  test("that became a folder or malware are metadata without bytes", async () => {
    const record = find("file", (r) => r.available);
    simulator.mutate.setFileState(record.reference, "folder");
    expect(await (await get(share(record.reference))).json()).not.toHaveProperty("file");
    expect((await get(`${share(record.reference)}/content`)).status).toBe(400);
    simulator.mutate.setFileState(record.reference, "malware");
    expect(await (await get(share(record.reference))).json()).toHaveProperty("malware");
    expect((await get(`${share(record.reference)}/content`)).status).toBe(403);
    simulator.mutate.setFileState(record.reference, "available");
  });

  test.each([
    ["plain base64", (url: string) => `u!${Buffer.from(`${url}??>`).toString("base64")}=`],
    ["no prefix", (url: string) => Buffer.from(url).toString("base64url")],
  ])("are refused for a sharing token with %s", async (_, encode) => {
    const token = encodeURIComponent(encode(find("file", (r) => r.available).reference));
    expect((await get(`/v1.0/shares/${token}/driveItem`)).status).toBe(400);
  });

  test("can turn out to be a sign-in page", async () => {
    simulator.setFaults([{ kind: "signInPage", on: "shareContent" }]);
    const response = await get(`${share(find("file", (r) => r.available).reference)}/content`);
    expect(response.headers.get("content-type")).toContain("text/html");
  });
});
