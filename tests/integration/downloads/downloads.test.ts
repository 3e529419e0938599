import { Readable } from "node:stream";
import { afterAll, beforeAll, expect, test } from "vitest";
import { chatKey } from "../../../shared/archive/chat-key.ts";
import { outcomeTexts } from "../../../shared/backup/outcome-text.ts";
import { buildPart } from "../../../shared/downloads/build-part.ts";
import { finishDownload } from "../../../shared/downloads/close-download.ts";
import { downloadBody } from "../../../shared/downloads/download.contract.ts";
import { issueLinks } from "../../../shared/downloads/issue-links.ts";
import { missingTexts } from "../../../shared/downloads/missing-texts.ts";
import { openSets } from "../../../shared/downloads/open-sets.ts";
import { expireDownloads, removeDownload } from "../../../shared/downloads/remove-download.ts";
import { renderSet } from "../../../shared/downloads/render-set.ts";
import { resumeDownload } from "../../../shared/downloads/resume-download.ts";
import { hashId, newId } from "../../../shared/platform/new-id.ts";
import { archiveTables } from "../../../shared/storage/archive-tables.ts";
import { organizationBlobs } from "../../../shared/storage/organization-blobs.ts";
import {
  CHAT,
  type DownloadPlace,
  downloadWorld,
  file,
  message,
  noise,
  rows,
  START,
  startDownloadPlace,
} from "../../support/download-world.ts";
import { readPdf, words } from "../../support/pdf-text.ts";
import { readSums, readZip, sha256 } from "../../support/zip-files.ts";

const PNG = "https://graph.microsoft.com/v1.0/chats/19:b/messages/1/hostedContents/aWQ9MQ==/$value";
let place: DownloadPlace;
let archive: DownloadPlace["archive"];

beforeAll(async () => {
  place = await startDownloadPlace();
  ({ archive } = place);
});
afterAll(() => place.azurite.stop());

const world = (more: { windowDays?: number } = {}) => downloadWorld(place, more);

test("a download tells of every message once, by its last version, with names from the directory", async () => {
  const { of, organizationId, run, show, fetchAll } = world();
  await archive.directory.record(
    organizationId,
    {
      chatId: CHAT,
      type: "group",
      topic: "=Plans",
      members: [{ id: "u2", name: "Megan Bowen", address: "megan@contoso.test" }],
    },
    1,
  );
  const edited = message(2, {
    etag: "9",
    lastModifiedDateTime: "2026-01-20T00:00:00Z",
    lastEditedDateTime: "2026-01-20T00:00:00Z",
    body: { contentType: "html", content: "<p>edited</p>" },
  });
  const event = message(3, {
    messageType: "systemEventMessage",
    from: null,
    eventDetail: {
      "@odata.type": "#microsoft.graph.chatRenamedEventMessageDetail",
      chatDisplayName: "Plans",
      initiator: { user: { id: "u2" } },
    },
  });
  await archive.addMessages(of, [message(1), message(2), edited, event]);
  await archive.addMessages(of, [message(1)]);
  const downloadId = await run({});
  expect(await show(downloadId)).toMatchObject({
    status: "Ready",
    messages: 3,
    attachmentCount: 0,
    missing: [],
    progress: { done: 1, total: 1, percent: 100 },
  });
  const [answer] = await fetchAll(downloadId);
  expect(answer?.part).toBe("adèle@contoso.test 2026-01-01 2026-02-28 csv 1 of 1.zip");
  expect(answer?.response.headers.get("content-disposition")).toContain(
    `filename*=UTF-8''ad%C3%A8le%40contoso.test%202026-01-01%202026-02-28%20csv%201%20of%201.zip`,
  );
  const entries = await readZip(Buffer.from((await answer?.response.arrayBuffer()) ?? new ArrayBuffer()));
  expect([...entries.keys()]).toEqual(["messages.csv", "manifest.json", "SHA256SUMS"]);
  expect(
    rows(entries).map((row) => [
      row["text"],
      row["etag"],
      row["fromName"],
      row["fromAddress"],
      row["chatTopic"],
      row["chatType"],
    ]),
  ).toEqual([
    ["message 1", "1", "Megan Bowen", "megan@contoso.test", "'=Plans", "group"],
    ["edited", "9", "Megan Bowen", "megan@contoso.test", "'=Plans", "group"],
    ['Megan Bowen renamed the chat to "Plans".', "3", "", "", "'=Plans", "group"],
  ]);
  expect(JSON.parse(entries.get("manifest.json")?.toString() ?? "")).toMatchObject({
    product: "teams-chat-vault",
    account: { userPrincipalName: "adèle@contoso.test" },
    from: "2026-01-01T00:00:00.000Z",
    to: "2026-03-01T00:00:00.000Z",
    part: { number: 1, of: 1 },
    partial: false,
  });
});

test("its progress is told by messages, bytes and zips, and never goes back", async () => {
  const { of, ask, show, deps, organizationId } = world({ windowDays: 30 });
  await archive.addMessages(of, [message(1), message(2), message(3), message(45_000)]);
  const { id } = await ask({});
  const now = async () => (await show(id)).progress;
  const where = { organizationId, downloadId: id };
  const none = { done: 0, total: 0 };
  expect(await now()).toEqual({ done: 0, total: 2, percent: 0, messages: none, bytes: none });
  await openSets(deps, { ...where, next: 0 });
  expect(await now()).toEqual({ done: 0, total: 2, percent: 0, messages: { done: 0, total: 4 }, bytes: none });
  await deps.downloads.noteRendered(organizationId, id, { set: 0, messages: 2 });
  expect(await now()).toMatchObject({ done: 0, percent: 22, messages: { done: 2, total: 4 } });
  for (const set of [0, 1]) await renderSet(deps, { ...where, set });
  const rendered = await now();
  expect(rendered).toMatchObject({ done: 0, total: 2, percent: 50, messages: { done: 4, total: 4 } });
  expect(rendered.bytes).toEqual({ done: 0, total: expect.toSatisfy((bytes: number) => bytes > 1_000) });
  await buildPart(deps, { ...where, set: 0, part: 1 });
  expect(await now()).toMatchObject({ done: 1, total: 2, percent: 83 });
  await buildPart(deps, { ...where, set: 1, part: 1 });
  expect(await now()).toMatchObject({ done: 2, total: 2, percent: 99 });
  await finishDownload(deps, { ...where, codes: [] });
  const [ended, { parts }] = [await now(), await show(id)];
  const bytes = parts.reduce((sum, part) => sum + part.bytes, 0);
  expect(ended).toMatchObject({ done: 2, percent: 100, bytes: { done: bytes, total: bytes } });
});

test("each zip that is not there is told under its own code, with what it means", async () => {
  const { of, ask, show, deps, organizationId } = world({ windowDays: 7 });
  await archive.addMessages(
    of,
    [0, 10, 20, 30, 40].map((day) => message(day * 1440)),
  );
  const { id } = await ask({});
  const where = { organizationId, downloadId: id };
  const step = await openSets(deps, { ...where, next: 0 });
  const [first = -1, second = -1, ...rest] = step.status === "done" ? step.result.sets : [];
  expect(rest).toHaveLength(5);
  await renderSet(deps, { ...where, set: first });
  await buildPart(deps, { ...where, set: first, part: 1 });
  await renderSet(deps, { ...where, set: second });
  const failures = [
    { code: "archive.damaged", count: 4 },
    { code: "download.part_too_large", count: 1 },
  ];
  await finishDownload(deps, { ...where, codes: ["storage.unavailable"], failures });
  const shown = await show(id);
  expect([shown.status, shown.parts.length]).toEqual(["Partial", 1]);
  expect(shown.missing).toEqual([...failures, { code: "storage.unavailable", count: 1 }]);
});

test("a zip that is there counts as made, whatever its activity came to", async () => {
  const { of, ask, show, deps, organizationId } = world();
  await archive.addMessages(of, [message(1)]);
  const { id } = await ask({});
  const where = { organizationId, downloadId: id };
  await openSets(deps, { ...where, next: 0 });
  await renderSet(deps, { ...where, set: 0 });
  await buildPart(deps, { ...where, set: 0, part: 1 });
  await finishDownload(deps, { ...where, codes: [], failures: [{ code: "internal", count: 1 }] });
  expect(await show(id)).toMatchObject({ status: "Ready", missing: [] });
});

test("it can leave out events, keep to one conversation, and go back to a day", async () => {
  const { of, run, zips } = world();
  const edited = message(1, {
    etag: "9",
    lastModifiedDateTime: "2026-02-01T00:00:00Z",
    body: { contentType: "text", content: "later" },
  });
  const event = message(2, { messageType: "systemEventMessage", eventDetail: {} });
  await archive.addMessages(of, [
    message(1),
    edited,
    event,
    message(3, { chatId: "19:other@thread.v2" }),
    message(60 * 24 * 30),
  ]);
  const texts = async (body: object) => {
    const [zip] = await zips(await run(body));
    return rows(await readZip(zip ?? Buffer.alloc(0))).map((row) => row["text"]);
  };
  expect(await texts({ systemEvents: false })).toEqual(["later", "message 43200", "message 3"]);
  for (const chatId of ["19:other@thread.v2", chatKey("19:other@thread.v2")])
    expect(await texts({ chatId })).toEqual(["message 3"]);
  for (const body of [{ asOf: "2026-01-15T00:00:00Z" }, { asOf: "2026-01-31" }])
    expect(await texts(body)).toEqual(["message 1", "message 2", "message 3"]);
  for (const body of [{ asOf: "2026-02-01" }, { asOf: "2026-01-31", timeZone: "America/New_York" }])
    expect(await texts(body)).toEqual(["later", "message 2", "message 3"]);
  expect(await texts({ from: "2026-02-01" })).toEqual(["message 43200"]);
});

test("a chat that the account has nothing of is refused, and nothing is begun", async () => {
  const { of, organizationId, ask, deps } = world();
  const theirs = "19:theirs@thread.v2";
  await archive.addMessages(of, [message(1)]);
  await archive.addMessages({ organizationId, accountId: hashId("somebody else") }, [message(2, { chatId: theirs })]);
  for (const chatId of [organizationId, hashId("nobody's"), theirs, chatKey(theirs)]) {
    await expect(ask({ chatId })).rejects.toMatchObject({ kind: "not_found", code: "download.chat_not_found" });
  }
  expect(await deps.downloads.list(organizationId, 10)).toEqual([]);
  const open = await Array.fromAsync(deps.downloads.open());
  expect(open.filter((one) => one.organizationId === organizationId)).toEqual([]);
  expect(await ask({ chatId: chatKey(CHAT) })).toMatchObject({ chatId: CHAT, status: "Queued" });
});

test("a chat is told by the vault's id in answers and by Graph's in manifests, whichever was asked for", async () => {
  const { of, run, show, zips } = world({ windowDays: 7 });
  const day = 60 * 24;
  // The other chat's are of weeks in which this one has nothing.
  const others = [10, 25].map((days) => message(day * days, { chatId: "19:other@thread.v2" }));
  await archive.addMessages(of, [message(1), message(day * 35), ...others]);
  for (const chatId of [CHAT, chatKey(CHAT)]) {
    const id = await run({ chatId });
    expect(await show(id)).toMatchObject({ chatId: chatKey(CHAT), messages: 2 });
    const files = await Promise.all((await zips(id)).map(readZip));
    expect(files.map((entries) => rows(entries).length)).toEqual([1, 1]);
    for (const entries of files)
      expect(JSON.parse(String(entries.get("manifest.json")))).toMatchObject({ chatId: CHAT });
  }
});

test("what is no id of a chat is refused", () => {
  for (const chatId of [
    "",
    "19:",
    "a:b",
    "19:a b",
    "19:a\nb",
    `19:${"x".repeat(501)}`,
    "19:ä@thread.v2",
    ["19:a@thread.v2"],
  ])
    expect(downloadBody.safeParse({ ...unasked, chatId }).success, String(chatId)).toBe(false);
  for (const chatId of ["48:notes", "19:uni01_ab@thread.v2", "19:a_b@unq.gbl.spaces"])
    expect(downloadBody.parse({ ...unasked, chatId }).chatId).toBe(chatId);
});

const unasked = { accountIds: ["0".repeat(26)], format: "csv", attachments: false };

test("where a file's list of chats was too long to keep, the directory says which chats there are", async () => {
  const { of, organizationId, ask } = world();
  const chatIds = Array.from({ length: 4_000 }, (_, n) => `19:${sha256(Buffer.from(`${n}`))}@thread.v2`);
  await archive.addMessages(
    of,
    chatIds.map((chatId, n) => message(n, { chatId })),
  );
  const [chatId = ""] = chatIds;
  await archive.directory.record(organizationId, { chatId, members: [] }, 1);
  for (const named of [chatId, chatKey(chatId)]) expect(await ask({ chatId: named })).toMatchObject({ chatId });
  await expect(ask({ chatId: organizationId })).rejects.toMatchObject({ code: "download.chat_not_found" });
});

test("attachments lie in parts under the limit, once per content, and the same request gives the same bytes", async () => {
  const { of, organizationId, run, show, zips } = world();
  const names = [
    "con.txt",
    "a/b:c.docx",
    "photo\u202Egpj.exe",
    "same.bin",
    "SAME.bin",
    `${"漢".repeat(300)}.pdf`,
    "huge.bin",
  ];
  const sizes = [10, 400_000, 20, 500_000, 500_001, 300_000, 2_300_000];
  const messages = names.map((name, id) => message(id, { attachments: [file(name)] }));
  const picture = message(50, { body: { contentType: "html", content: `<p>see <img src="${PNG}"></p>` } });
  const again = message(51, { attachments: [file("copy of same.bin")] });
  await archive.addMessages(of, [...messages, picture, again]);
  const contents = names.map((name, at) => noise(name, sizes[at] ?? 0));
  for (const [at, raw] of messages.entries())
    await archive.addContents(organizationId, raw, [{ bytes: contents[at] ?? Buffer.alloc(0) }]);
  await archive.addContents(organizationId, picture, [{ bytes: noise("png", 3_000), type: "image/png" }]);
  await archive.addContents(organizationId, again, [{ bytes: contents[3] ?? Buffer.alloc(0) }]);

  const first = await run({});
  const shown = await show(first);
  expect(shown).toMatchObject({ status: "Ready", messages: 9, attachmentCount: 8, missing: [] });
  const files = await zips(first);
  expect(files.map(sha256)).toEqual(shown.parts.map((part) => part.sha256));
  expect(files.map(({ length }) => length)).toEqual(shown.parts.map((part) => part.bytes));
  expect(Math.max(...files.map(({ length }) => length))).toBeLessThanOrEqual(1_000_000);
  const parts = await Promise.all(files.map(readZip));
  for (const entries of parts) {
    const sums = readSums(entries.get("SHA256SUMS")?.toString() ?? "");
    expect(sums.size).toBe(entries.size - 1);
    for (const [name, digest] of sums) expect(sha256(entries.get(name) ?? Buffer.alloc(0))).toBe(digest);
  }
  const all = new Map(parts.flatMap((entries) => [...entries]));
  const inFolder = [...all.keys()].filter((name) => name.startsWith("Attachments/")).map((name) => name.slice(12));
  expect(inFolder).toEqual([
    ...["_con.txt", "a_b_c.docx", "photogpj.exe", "same.bin", "SAME (2).bin", `${"漢".repeat(38)}.pdf`],
    ...["huge.bin.001", "huge.bin.002", "huge.bin.003", "image.png"],
  ]);
  const huge = Buffer.concat([1, 2, 3].map((n) => all.get(`Attachments/huge.bin.00${n}`) ?? Buffer.alloc(0)));
  expect(huge.equals(contents[6] ?? Buffer.alloc(0))).toBe(true);
  expect(all.get("Attachments/same.bin")?.equals(contents[3] ?? Buffer.alloc(0))).toBe(true);
  expect(rows(parts[0] ?? new Map()).at(-1)?.["attachments"]).toBe("Attachments/same.bin");

  place.now += 10_000_000;
  const second = await run({});
  expect((await zips(second)).map(sha256)).toEqual(files.map(sha256));

  const [textOnly] = await zips(await run({ attachments: false }));
  const plain = await readZip(textOnly ?? Buffer.alloc(0));
  expect([...plain.keys()]).toEqual(["messages.csv", "manifest.json", "SHA256SUMS"]);
  expect(rows(plain)[0]?.["attachments"]).toBe("con.txt");
});

test("what is missing makes it PARTIAL in name, status and inside", async () => {
  const { of, organizationId, run, show, zips } = world();
  const one = message(1, { attachments: [file("gone.docx"), file("waiting.docx"), file("there.docx")] });
  await archive.addMessages(of, [one]);
  await archive.addContents(organizationId, one, [{ reason: "content.gone" }, {}, { bytes: Buffer.from("x") }]);
  const downloadId = await run({});
  const shown = await show(downloadId);
  expect(shown).toMatchObject({
    status: "Partial",
    attachmentCount: 1,
    missing: [
      { code: "content.gone", count: 1 },
      { code: "pending", count: 1 },
    ],
  });
  expect(shown.parts[0]?.name).toBe("PARTIAL adèle@contoso.test 2026-01-01 2026-02-28 csv 1 of 1.zip");
  const entries = await readZip((await zips(downloadId))[0] ?? Buffer.alloc(0));
  const told = rows(entries, "MISSING.csv").map((row) =>
    ["messageId", "name", "reason", "text", "remedy"].map((name) => row[name]),
  );
  const [gone, pending] = [outcomeTexts["content.gone"], missingTexts["pending"]];
  expect(told).toEqual([
    [one["id"], "gone.docx", "content.gone", gone?.text, gone?.remedy],
    [one["id"], "waiting.docx", "pending", pending?.text, pending?.remedy],
  ]);
  expect(JSON.parse(entries.get("manifest.json")?.toString() ?? "")).toMatchObject({
    partial: true,
    counts: { missing: 2, attachments: 1 },
  });
});

test("pictures of one message that are missing are told apart", async () => {
  const { of, run, zips } = world();
  const pictures = (...ids: string[]) =>
    ids.map((id) => `<img src="${PNG.replace(/[^/]+(?=\/\$value)/, id)}">`).join("");
  const body = (...ids: string[]) => ({ body: { contentType: "html", content: pictures(...ids) } });
  await archive.addMessages(of, [message(1, body("YQ", "Yg")), message(2, body("Yw"))]);
  const entries = await readZip((await zips(await run({})))[0] ?? Buffer.alloc(0));
  expect(rows(entries, "MISSING.csv").map(({ name }) => name)).toEqual(["picture 1", "picture 2", "picture"]);
});

/** What stands in place of messages. */
async function saidInstead(entries: ReadonlyMap<string, Buffer>): Promise<string> {
  const pdf = entries.get("No messages.pdf");
  return pdf ? (await readPdf(pdf)).pages.join("\n") : (entries.get("No messages.txt")?.toString() ?? "");
}

test.each(["csv", "eml", "pdf"])("messages not kept as of a moment are listed as missing, in %s", async (format) => {
  const { of, run, show, zips } = world();
  const asOf = "2026-01-15T00:00:00Z";
  const later = { lastModifiedDateTime: "2026-02-01T00:00:00Z", attachments: [file("later.docx")] };
  const event = { messageType: "systemEventMessage", eventDetail: {} };
  const edited = [1, 3].map((id) => message(id, { ...later, etag: "9" }));
  const other = message(4, { ...later, chatId: "19:other@thread.v2" });
  await archive.addMessages(of, [
    ...edited,
    message(2),
    other,
    message(5, { ...later, ...event }),
    message(60 * 24 * 30),
  ]);
  const ask = { format, asOf, systemEvents: false };
  const manifestOf = async (downloadId: string) => {
    const entries = await readZip((await zips(downloadId))[0] ?? Buffer.alloc(0));
    const manifest = JSON.parse(entries.get("manifest.json")?.toString() ?? "") as Record<string, unknown>;
    return { entries, manifest };
  };
  for (const [body, ids, messages] of [
    [{}, [edited[0]?.["id"], edited[1]?.["id"], other["id"]], 1],
    [{ attachments: false, chatId: chatKey("19:other@thread.v2") }, [other["id"]], 0],
  ] as const) {
    const downloadId = await run({ ...ask, ...body });
    const missing = [{ code: "message.not_kept_as_of", count: ids.length }];
    expect(await show(downloadId)).toMatchObject({ status: "Partial", messages, missing });
    const { entries, manifest } = await manifestOf(downloadId);
    const listed = rows(entries, "MISSING.csv").map((row) => [row["messageId"], row["name"], row["reason"]]);
    expect(listed).toEqual(ids.map((id) => [id, "", "message.not_kept_as_of"]));
    const said =
      "Of what was asked for, the archive holds no message as it was by asOf, but later versions of 1 message";
    const note = messages > 0 ? null : `${said}: MISSING.csv names them.`;
    expect(await show(downloadId)).toMatchObject({ note });
    expect(manifest).toMatchObject({ partial: true, setCounts: { messages, notKeptAsOf: ids.length }, note });
    const told = words(await saidInstead(entries)).join(" ");
    if (format !== "csv" && messages === 0)
      expect(told).toContain("but later versions of 1 message: MISSING.csv names them.");
    else expect(told).toBe("");
    const [, pdf] = [...entries].find(([name]) => name.endsWith(".pdf")) ?? [];
    if (pdf && messages > 0)
      expect(words((await readPdf(pdf)).pages.join("\n")).join(" ")).toContain("PARTIAL: 2 items are missing");
    expect([...entries.keys()].filter((name) => name.startsWith("Attachments/"))).toEqual([]);
  }
  expect(await show(await run({ ...ask, asOf: "2026-01-09T00:00:00Z" }))).toMatchObject({
    status: "Ready",
    missing: [],
  });
});

test("more messages not kept than one zip can list are listed in several", async () => {
  const { of, run, show, zips } = world();
  const late = { lastModifiedDateTime: "2026-02-01T00:00:00Z" };
  const messages = Array.from({ length: 6_000 }, (_, id) => message(id, id === 3_000 ? {} : late));
  await archive.addMessages(of, messages);
  for (const format of ["csv", "eml"]) {
    const downloadId = await run({ format, asOf: "2026-01-20T00:00:00Z" });
    const missing = [{ code: "message.not_kept_as_of", count: 5_999 }];
    const shown = await show(downloadId);
    expect(shown).toMatchObject({ status: "Partial", messages: 1, missing });
    expect(shown.parts.length).toBeGreaterThan(1);
    const parts = await Promise.all((await zips(downloadId)).map(readZip));
    const listed = parts.flatMap((entries) => rows(entries, "MISSING.csv").map((row) => row["messageId"]));
    expect(listed).toEqual(messages.filter((_, id) => id !== 3_000).map((one) => one["id"]));
  }
});

test("a range without any message is Ready, and says so in the resource and in the zip", async () => {
  const { of, run, ask, show, zips } = world();
  await archive.addMessages(of, [message(1)]);
  const manifestOf = async (downloadId: string) => {
    const entries = await readZip((await zips(downloadId))[0] ?? Buffer.alloc(0));
    return JSON.parse(entries.get("manifest.json")?.toString() ?? "") as Record<string, unknown>;
  };
  const note = "The archive holds no message of what was asked for.";
  const empty = await run({ from: "2026-05-01", to: "2026-05-31" });
  expect(await show(empty)).toMatchObject({ status: "Ready", messages: 0, missing: [], note });
  expect(await manifestOf(empty)).toMatchObject({ partial: false, note });
  const filled = await run({});
  expect(await show(filled)).toMatchObject({ status: "Ready", messages: 1, note: null });
  expect(await manifestOf(filled)).toMatchObject({ note: null });
  expect(await show((await ask({})).id)).toMatchObject({ status: "Queued", note: null });
});

test("an account that was never backed up, or not wholly, is told as incomplete", async () => {
  const { of, run, show } = world();
  const incomplete = { status: "Partial", missing: [{ code: "archive.not_covered", count: 1 }] };
  const never = await show(await run({ attachments: false }));
  expect(never).toMatchObject(incomplete);
  expect(never.parts[0]?.name).toMatch(/^PARTIAL /);
  await archive.addMessages(of, [message(1)]);
  expect(await show(await run({ attachments: false }))).toMatchObject({ status: "Ready", messages: 1, missing: [] });
  const pending = { state: "pending", runId: "r", seen: 0, added: 0, unchanged: 0, malformed: 0 } as const;
  await archiveTables(place.clients.table("archive"), organizationBlobs(place.clients.blobs)).commit(
    of,
    [],
    [{ from: START, to: START + 1, ...pending }],
  );
  expect(await show(await run({ attachments: false }))).toMatchObject({ ...incomplete, messages: 1 });
});

test("zips of accounts that had the same address one after the other are not one file where case does not count", async () => {
  const { deps, run, show, accountId } = world();
  const addresses = new Map([
    [accountId, "ad\u00e8le@contoso.test"],
    [hashId("later"), "Ade\u0300le@contoso.test"],
    [hashId("last"), "AD\u00c8LE@contoso.test"],
  ]);
  deps.accounts.find = (_, graphId) =>
    Promise.resolve({ graphId, displayName: "Ad\u00e8le", userPrincipalName: addresses.get(graphId) ?? "" });
  const { parts } = await show(await run({ accountIds: [...addresses.keys()], attachments: false }));
  expect(new Set(parts.map(({ name }) => name.toLowerCase())).size).toBe(3);
});
test("windows are file sets of their own and share no message", async () => {
  const { of, run, show, zips } = world({ windowDays: 10 });
  await archive.addMessages(
    of,
    Array.from({ length: 40 }, (_, day) => message(day * 1_440)),
  );
  const downloadId = await run({ from: "2026-01-01", to: "2026-02-09", timeZone: "Pacific/Apia" });
  const shown = await show(downloadId);
  expect(shown.windows).toHaveLength(4);
  expect(shown.parts.map(({ name }) => name.replace(/ csv.*/, "").slice(-21))).toEqual([
    "2026-01-01 2026-01-10",
    "2026-01-11 2026-01-20",
    "2026-01-21 2026-01-30",
    "2026-01-31 2026-02-09",
  ]);
  const found = (await Promise.all((await zips(downloadId)).map(readZip))).map((entries) =>
    rows(entries).map((row) => row["messageId"]),
  );
  expect(found.map(({ length }) => length)).toEqual([1, 10, 10, 10]);
  expect(new Set(found.flat()).size).toBe(31);
});

test("links read one zip, for a while, and end with the download", async () => {
  const { of, organizationId, deps, run, show, fetchAll } = world();
  await archive.addMessages(of, [message(1)]);
  const downloadId = await run({});
  const [answer] = await fetchAll(downloadId);
  const url = new URL(answer?.url ?? "");
  expect(url.pathname).toMatch(
    new RegExp(`/org-${organizationId}/${downloadId}/[0-9a-z]{26}/0-1-[0-9a-f-]{36}\\.zip$`),
  );
  expect(url.searchParams.get("sp")).toBe("r");
  expect(url.searchParams.get("sr")).toBe("b");
  expect((await fetch(url.href.replace(".zip", "x.zip"))).status).toBe(403);
  expect((await fetch(url, { method: "DELETE" })).status).toBe(403);
  const expired = await issueLinks({ ...deps, now: () => Date.now() - 120_000 }, organizationId, downloadId);
  expect((await fetch(expired[0]?.url ?? "")).status).toBe(403);
  await expect(issueLinks(deps, organizationId, downloadId, ["no such part"])).rejects.toMatchObject({
    code: "download.part_not_found",
  });
  await expect(issueLinks(deps, newId(1), downloadId)).rejects.toMatchObject({ code: "download.not_found" });

  const { finishedAt, expiresAt } = await show(downloadId);
  expect(Date.parse(expiresAt ?? "") - Date.parse(finishedAt ?? "")).toBe(86_400_000);
  place.now = Date.parse(expiresAt ?? "") - 1_000;
  const last = await issueLinks(deps, organizationId, downloadId);
  expect(last.map((one) => one.expiresAt)).toEqual([Date.parse(expiresAt ?? "")]);
  place.now += 1_000;
  await expect(issueLinks(deps, organizationId, downloadId)).rejects.toThrow("The download is Expired");
  place.now += 1;
  await expireDownloads(deps, place.now + 60_000);
  expect(await show(downloadId)).toMatchObject({ status: "Expired", parts: [], messages: 1 });
  expect((await fetch(url)).status).toBe(404);
  await expect(issueLinks(deps, organizationId, downloadId)).rejects.toMatchObject({ code: "download.not_ready" });
});

test("a download that is removed is gone with its blobs, and work on it stops", async () => {
  const { of, organizationId, deps, ask, run, blobs } = world();
  await archive.addMessages(of, [message(1)]);
  const downloadId = await run({});
  await removeDownload(deps, organizationId, downloadId);
  expect(await deps.downloads.find(organizationId, downloadId)).toBeUndefined();
  expect(await blobs(downloadId)).toEqual([]);
  const removed = await ask({});
  await openSets(deps, { organizationId, downloadId: removed.id, next: 0 });
  await removeDownload(deps, organizationId, removed.id);
  await expect(renderSet(deps, { organizationId, downloadId: removed.id, set: 0 })).rejects.toMatchObject({
    code: "download.not_found",
  });
});

test.each(["rendered", "written"])(
  "a download that is removed while it is being %s leaves nothing behind",
  async (how) => {
    const { of, organizationId, deps, ask, blobs } = world();
    const raw = message(1, { attachments: [file("a.bin")] });
    await archive.addMessages(of, [raw]);
    await archive.addContents(organizationId, raw, [{ bytes: noise("a", 1_000) }]);
    const { id: downloadId } = await ask({});
    const where = { organizationId, downloadId, set: 0 };
    await openSets(deps, { ...where, next: 0 });
    const removing = async () => void (await removeDownload(deps, organizationId, downloadId));
    const contents: typeof deps.contents = {
      ...deps.contents,
      ofMessage: async (...given) => (await removing(), deps.contents.ofMessage(...given)),
      open: async (...given) => (await removing(), deps.contents.open(...given)),
    };
    if (how === "written") {
      await renderSet(deps, where);
      await buildPart({ ...deps, contents }, { ...where, part: 1 });
    } else await expect(renderSet({ ...deps, contents }, where)).rejects.toMatchObject({ code: "storage.not_found" });
    expect(await deps.downloads.find(organizationId, downloadId)).toBeUndefined();
    expect(await blobs(downloadId)).toEqual([]);
    expect(await Array.fromAsync(deps.downloads.zips(organizationId, downloadId))).toEqual([]);
  },
);

test("what a killed process left of a removed download goes when its build ends, or is looked after", async () => {
  const { of, organizationId, deps, ask, blobs } = world();
  await archive.addMessages(of, [message(1)]);
  const leave = async () => {
    const { id: downloadId } = await ask({});
    await removeDownload(deps, organizationId, downloadId);
    await deps.packages.put(organizationId, `${downloadId}/spool/0-x.index`, Readable.from([Buffer.from("x")]), "x");
    return downloadId;
  };
  const [ended, looked] = [await leave(), await leave()];
  await finishDownload(deps, { organizationId, downloadId: ended, codes: [] });
  place.now += 600_000;
  for await (const open of deps.downloads.open()) {
    if (open.downloadId === looked) await resumeDownload(deps, open, () => Promise.reject(new Error("started")));
  }
  expect([await blobs(ended), await blobs(looked)]).toEqual([[], []]);
  const left = (await Array.fromAsync(deps.downloads.open())).map(({ downloadId }) => downloadId);
  expect(left.filter((id) => id === ended || id === looked)).toEqual([]);
});

test("of two renderings at once the one that does not count is taken away", async () => {
  const { of, organizationId, deps, ask, blobs } = world();
  await archive.addMessages(of, [message(1)]);
  const { id: downloadId } = await ask({});
  const where = { organizationId, downloadId, set: 0 };
  await openSets(deps, { ...where, next: 0 });
  await Promise.all([renderSet(deps, where), renderSet(deps, where), renderSet(deps, where)]);
  expect(await blobs(`${downloadId}/spool/`)).toHaveLength(2);
  await buildPart(deps, { ...where, part: 1 });
  expect(await blobs(downloadId)).toHaveLength(3);
});

test("downloads are listed newest first, and a foreign account looks like none", async () => {
  const { organizationId, deps, ask } = world();
  const ids: string[] = [];
  for (let n = 0; n < 3; n++) ids.push((await ask({ to: `2026-01-0${n + 1}` })).id), (place.now += 1);
  expect((await deps.downloads.list(organizationId, 2)).map(({ id }) => id)).toEqual([ids[2], ids[1]]);
  expect((await deps.downloads.list(organizationId, 2, ids[1])).map(({ id }) => id)).toEqual([ids[0]]);
  await expect(ask({ accountIds: [hashId("somebody else")] })).rejects.toMatchObject({ code: "account.not_found" });
  await expect(ask({ from: "2020-01-01", to: "1999-01-01" })).rejects.toMatchObject({ code: "download.bad_range" });
  expect(() => downloadBody.parse({ accountIds: ids, chatId: ids[0], format: "csv", attachments: true })).toThrow(
    "exactly one account",
  );
});

test("links are refused with the status that the download shows", async () => {
  const { of, organizationId, ask, show, deps } = world();
  await archive.addMessages(of, [message(1)]);
  const { id: downloadId } = await ask({});
  const refused = () => issueLinks(deps, organizationId, downloadId);
  await expect(refused()).rejects.toThrow("The download is Queued: there are no links now");
  await openSets(deps, { organizationId, downloadId, next: 0 });
  await renderSet(deps, { organizationId, downloadId, set: 0 });
  expect((await show(downloadId)).status).toBe("Generating");
  await expect(refused()).rejects.toThrow("The download is Generating: there are no links now");
});
