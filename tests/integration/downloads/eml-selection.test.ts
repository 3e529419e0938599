import { type ParsedMail, simpleParser } from "mailparser";
import { expect, test } from "vitest";
import { chatKey } from "../../../shared/archive/chat-key.ts";
import type { RawMessage } from "../../../shared/chats/message.ts";
import type { DownloadResource } from "../../../shared/downloads/download.contract.ts";
import { hashId } from "../../../shared/platform/new-id.ts";
import { call, ended, startWorld } from "../../support/download-host.ts";
import type { TestHost } from "../../support/host.ts";
import { readZip } from "../../support/zip-files.ts";

/* What is asked for over HTTP is what is in the mails, read by a parser that did not write them: every message once, and no other. */

const MINUTE = 60_000;
const DAY = 1_440 * MINUTE;
const GROUP = "19:group@thread.v2";
const SECRET = "19:secret@thread.v2";
const [ADELE, MEGAN] = [hashId("adele"), hashId("megan")];

const message = (at: number, more: RawMessage = {}): RawMessage => ({
  ...{ chatId: GROUP, id: `${at}`, etag: `${at}`, messageType: "message" },
  ...{ createdDateTime: new Date(at).toISOString(), lastModifiedDateTime: new Date(at).toISOString() },
  from: { user: { id: "u2", displayName: "Megan Bowen" } },
  body: { contentType: "text", content: `said at ${at}` },
  ...more,
});

interface Mail {
  readonly accountId: string;
  readonly id: string;
  readonly mail: ParsedMail;
  readonly bytes: Buffer;
}

/** Asks for mails, and reads those of all zips. */
async function mailsOf(
  host: TestHost,
  list: string,
  more: object,
): Promise<{ shown: DownloadResource; mails: Mail[] }> {
  const ask = { format: "eml", attachments: false, accountIds: [ADELE], ...more };
  const { body: asked, status } = await call<DownloadResource>(host, "POST", list, ask);
  expect(status, JSON.stringify(asked)).toBe(202);
  const shown = await ended(host, `${list}/${asked.id}`);
  expect(shown).toMatchObject({ status: "Ready", missing: [] });
  const { body } = await call<{ links: { part: string; url: string }[] }>(
    host,
    "POST",
    `${list}/${asked.id}/links`,
    {},
  );
  const mails: Mail[] = [];
  for (const { part, url } of body.links) {
    const entries = await readZip(Buffer.from(await (await fetch(url)).arrayBuffer()));
    const accountId = shown.parts.find(({ name }) => name === part)?.accountId ?? "";
    for (const [name, bytes] of entries) {
      if (!name.endsWith(".eml")) continue;
      const mail = await simpleParser(bytes, { skipImageLinks: true, skipTextToHtml: true });
      mails.push({ accountId, id: String(mail.headers.get("x-teams-message-id")), mail, bytes });
    }
  }
  expect(shown.messages).toBe(mails.length);
  return { shown, mails };
}

const ids = (mails: readonly Mail[]) => mails.map(({ id }) => id).sort();
const idsOf = (raw: readonly RawMessage[]) => raw.map((one) => String(one["id"])).sort();

/** The local date of an instant, as the runtime writes it. */
function dateIn(timeZone: string, at: number): string {
  return new Intl.DateTimeFormat("en-CA", { timeZone, dateStyle: "short" }).format(at);
}

test("days are those of the zone, on days on which its clocks change too", async () => {
  const { organizationId, archive, start } = await startWorld();
  const list = `organizations/${organizationId}/downloads`;
  /** Days of a change, in Brazil, Egypt and Lebanon at midnight. */
  const changes = [
    ["Europe/Berlin", "2026-03-29"],
    ["Europe/Berlin", "2026-10-25"],
    ["America/New_York", "2026-03-08"],
    ["America/Sao_Paulo", "2018-11-04"],
    ["Africa/Cairo", "2026-04-24"],
    ["Asia/Beirut", "2026-03-29"],
    ["Australia/Lord_Howe", "2026-04-05"],
  ] as const;
  const instants = new Set(
    changes.flatMap(([, date]) =>
      Array.from({ length: 60 }, (_, n) => Date.parse(date) - DAY + n * 60 * MINUTE).flatMap((at) => [at - 1, at]),
    ),
  );
  const all = [...instants].map((at) => message(at));
  await archive.addMessages({ organizationId, accountId: ADELE }, all);
  const host = await start();
  for (const [timeZone, date] of changes) {
    const { mails } = await mailsOf(host, list, { timeZone, from: date, to: date });
    const wanted = all.filter((raw) => dateIn(timeZone, Number(raw["id"])) === date);
    expect(wanted.length).toBeGreaterThan(40);
    expect(ids(mails), `${timeZone} ${date}`).toEqual(idsOf(wanted));
    for (const { id, mail } of mails) expect(mail.date?.getTime()).toBe(Math.floor(Number(id) / 1_000) * 1_000);
  }
  await host.stop();
}, 180_000);

test("without a range it is today and the 89 days before, in the zone", async () => {
  const { organizationId, archive, start } = await startWorld();
  const list = `organizations/${organizationId}/downloads`;
  const now = Date.now();
  const all = Array.from({ length: 94 * 4 }, (_, n) => message(now + DAY - n * 360 * MINUTE));
  await archive.addMessages({ organizationId, accountId: ADELE }, all);
  const host = await start();
  for (const timeZone of ["UTC", "Pacific/Kiritimati", "America/Los_Angeles"]) {
    const { shown, mails } = await mailsOf(host, list, { timeZone });
    const asked = Date.parse(shown.requestedAt);
    const today = dateIn(timeZone, asked);
    const first = new Date(Date.parse(today) - 89 * DAY).toISOString().slice(0, 10);
    const wanted = all.filter((raw) => {
      const date = dateIn(timeZone, Number(raw["id"]));
      return date >= first && date <= today;
    });
    expect(wanted.length).toBeGreaterThan(355);
    expect(ids(mails), timeZone).toEqual(idsOf(wanted));
  }
  await host.stop();
}, 180_000);

test("accounts, one conversation, events and a moment are what was asked for, and nobody gets what another saw", async () => {
  const { organizationId, archive, start } = await startWorld();
  const list = `organizations/${organizationId}/downloads`;
  const range = { from: "2026-01-01", to: "2026-02-10" };
  const at = (day: number, hour = 9) => Date.UTC(2026, 0, day, hour);
  const early = [1, 2, 3].map((day) => message(at(day)));
  const joined = message(at(4), {
    ...{ messageType: "systemEventMessage", from: null },
    eventDetail: { "@odata.type": "#microsoft.graph.membersAddedEventMessageDetail", members: [{ id: "u3" }] },
  });
  const edited = { ...message(at(5)), etag: "2", lastModifiedDateTime: "2026-01-20T00:00:00Z" };
  const versions = [message(at(5)), { ...edited, body: { contentType: "text", content: "said otherwise" } }];
  const reply = message(at(35), {
    attachments: [{ id: "q", contentType: "messageReference", content: JSON.stringify({ messageId: String(at(5)) }) }],
  });
  const late = [...versions, message(at(6)), reply];
  const secret = [7, 8].map((day) => message(at(day), { chatId: SECRET }));
  await archive.addMessages({ organizationId, accountId: ADELE }, [...early, joined, ...late, ...secret]);
  // Megan joined on the fourth.
  await archive.addMessages({ organizationId, accountId: MEGAN }, [joined, ...late]);
  const host = await start();
  const get = async (more: object) => (await mailsOf(host, list, { ...range, ...more })).mails;
  const [hers, theirs] = [idsOf([...early, joined, ...late.slice(1), ...secret]), idsOf([joined, ...late.slice(1)])];

  const both = await get({ accountIds: [ADELE, MEGAN] });
  const of = (accountId: string) => both.filter((one) => one.accountId === accountId);
  expect([ids(of(ADELE)), ids(of(MEGAN))]).toEqual([hers, theirs]);
  // The same message is the same mail, whoever's archive it is from.
  for (const { id, bytes } of of(MEGAN)) {
    expect(
      of(ADELE)
        .find((one) => one.id === id)
        ?.bytes.equals(bytes),
      id,
    ).toBe(true);
  }
  // In another zip than what it quotes.
  const [quoted, quoting] = [at(5), at(35)].map((id) => of(MEGAN).find((one) => one.id === `${id}`)?.mail);
  expect(quoted?.messageId).toBeDefined();
  expect(quoting?.inReplyTo).toBe(quoted?.messageId);
  expect(new Set(of(ADELE).map(({ mail }) => mail.messageId)).size).toBe(hers.length);

  expect(ids(await get({ chatId: chatKey(SECRET) }))).toEqual(idsOf(secret));
  const plain = await get({ accountIds: [MEGAN], systemEvents: false });
  expect(ids(plain)).toEqual(idsOf(late.slice(1)));
  const texts = (mails: readonly Mail[]) =>
    mails.filter(({ id }) => id === `${at(5)}`).map(({ mail }) => mail.text?.trim());
  expect(texts(plain)).toEqual(["said otherwise"]);
  const before = await get({ asOf: "2026-01-19T00:00:00Z" });
  expect(ids(before)).toEqual(hers.filter((id) => id !== `${at(35)}`));
  expect(texts(before)).toEqual([`said at ${at(5)}`]);

  const foreign = { format: "eml", attachments: false, ...range, accountIds: [MEGAN], chatId: chatKey(SECRET) };
  expect((await call(host, "POST", list, foreign)).status).toBe(404);
  await host.stop();
}, 180_000);
