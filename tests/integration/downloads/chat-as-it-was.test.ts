import { type AddressObject, simpleParser } from "mailparser";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { ChatSnapshot } from "../../../shared/archive/chat-directory.ts";
import {
  CHAT,
  type DownloadPlace,
  downloadWorld,
  message,
  rows,
  START,
  startDownloadPlace,
} from "../../support/download-world.ts";
import { readPdf } from "../../support/pdf-text.ts";
import { readZip } from "../../support/zip-files.ts";

/* A chat of three is renamed, one leaves and another comes: each message is told with the chat as it was then. */

const minute = (number: number): number => START + number * 60_000;
const iso = (number: number): string => new Date(minute(number)).toISOString();
const person = (id: string) => ({ id, name: id.toUpperCase(), address: `${id}@contoso.test` });
const BEFORE = { chatId: CHAT, type: "group", topic: "Plans", members: ["ana", "bob", "u1", "u2"].map(person) };
const AFTER = { chatId: CHAT, type: "group", topic: "Layoffs", members: ["ana", "cleo", "u1", "u2"].map(person) };
const LATER = { chatId: CHAT, type: "group", members: ["ana", "cleo", "dora", "u1", "u2"].map(person) };

let place: DownloadPlace;
beforeAll(async () => {
  place = await startDownloadPlace();
});
afterAll(() => place.azurite.stop());

async function world() {
  const { of, run, zips, organizationId } = downloadWorld(place);
  const { archive } = place;
  await archive.directory.record(organizationId, { ...BEFORE, updated: iso(-99) }, minute(15));
  // Seen later than it happened.
  await archive.directory.record(organizationId, { ...AFTER, updated: iso(18) }, minute(40));
  await archive.directory.record(organizationId, LATER, minute(50));
  await archive.addMessages(
    of,
    [1, 17, 19, 45, 60].map((id) => message(id)),
  );
  return async (body: object) => {
    const [zip] = await zips(await run({ attachments: false, ...body }));
    return readZip(zip ?? Buffer.alloc(0));
  };
}

const boxes = (to: AddressObject | AddressObject[] | undefined): string[] =>
  [to ?? []].flat().flatMap(({ value }) => value.map(({ address }) => address?.split("@")[0] ?? ""));

test("mails go to those who were there, under the name that the chat had", async () => {
  const download = await world();
  const mails = async (body: object) => {
    const entries = [...(await download({ format: "eml", ...body }))].filter(([name]) => name.endsWith(".eml"));
    const folders = new Set(entries.map(([name]) => name.split("/")[0]));
    const told = await Promise.all(
      entries.map(async ([, bytes]) => {
        const { subject, to } = await simpleParser(bytes);
        return [subject, ...boxes(to)];
      }),
    );
    return { folders: [...folders], told };
  };
  const all = await mails({});
  expect(all.told).toEqual([
    ["Plans", "ana", "bob", "u1"],
    ["Plans", "ana", "bob", "u1"],
    ["Layoffs", "ana", "cleo", "u1"],
    ["Layoffs", "ana", "cleo", "u1"],
    ["ANA, CLEO, DORA, U1 and 1 more", "ana", "cleo", "dora", "u1"],
  ]);
  expect(all.folders).toEqual(["ANA, CLEO, DORA, U1 and 1 more"]);
  const early = await mails({ asOf: iso(30) });
  expect(early).toEqual({ folders: ["Layoffs"], told: all.told.slice(0, 3) });
});

test("rows of a table tell the topic of their time, a document is called what the chat was called last", async () => {
  const download = await world();
  const table = rows(await download({ format: "csv" }));
  expect(table.map(({ chatTopic }) => chatTopic)).toEqual(["Plans", "Plans", "Layoffs", "Layoffs", ""]);
  const pdf = (await download({ format: "pdf", asOf: iso(46) })).get("Layoffs.pdf");
  expect((await readPdf(pdf ?? Buffer.alloc(0))).info).toMatchObject({ Title: "Layoffs" });
});

test("whoever left a chat is not told what it was called, and who came, afterwards", async () => {
  const without = (members: { id: string }[]) => members.filter(({ id }) => id !== "u1");
  const names = async (snapshots: readonly ChatSnapshot[], format: string) => {
    const { of, run, zips, organizationId } = downloadWorld(place);
    for (const [at, snapshot] of snapshots.entries())
      await place.archive.directory.record(organizationId, snapshot, minute(15 + at));
    await place.archive.addMessages(of, [message(1), message(14)]);
    const [zip] = await zips(await run({ attachments: false, format }));
    return [...(await readZip(zip ?? Buffer.alloc(0))).keys()].map((name) => name.split("/")[0]);
  };
  const left = [AFTER, LATER].map((one) => ({ ...one, members: without(one.members) }));
  expect(await names([BEFORE, ...left], "eml")).toEqual(["Plans", "Plans", "manifest.json", "SHA256SUMS"]);
  expect(await names([BEFORE, ...left], "pdf")).toContain("Plans.pdf");
  // Come back, and gone again.
  expect(await names([BEFORE, ...left, AFTER, left[1] ?? LATER], "pdf")).toContain("Layoffs.pdf");
  // Left before anything was known of the chat, and one of whose members nothing is known.
  expect(await names(left, "pdf")).toContain("Layoffs.pdf");
  const foreign = { ...BEFORE, topic: "Theirs", members: [], membersMissing: "graph.forbidden" };
  expect(await names([BEFORE, foreign], "pdf")).toContain("Theirs.pdf");
});

test("members whom the chat does not name are called as the directory knows them, in all mails alike", async () => {
  const { of, run, zips, organizationId } = downloadWorld(place);
  const { archive } = place;
  const names = ["u2", "u3"].map((id) => ({ id, name: id.toUpperCase() }));
  await archive.directory.introduce(organizationId, names, START);
  await archive.directory.record(organizationId, { chatId: CHAT, members: [{ id: "u2" }, { id: "u3" }] }, START);
  await archive.addMessages(of, [message(1), message(2, { from: { user: { id: "u3" } } })]);
  const [zip] = await zips(await run({ format: "eml" }));
  const mails = [...(await readZip(zip ?? Buffer.alloc(0)))].filter(([name]) => name.endsWith(".eml"));
  expect(mails.map(([name]) => name.split("/")[0])).toEqual(["U2, U3", "U2, U3"]);
  const told = await Promise.all(mails.map(async ([, bytes]) => simpleParser(bytes)));
  expect(told.map(({ subject }) => subject)).toEqual(["U2, U3", "U2, U3"]);
  expect(told.map(({ to }) => [to ?? []].flat().map(({ text }) => text.split('"')[1]))).toEqual([["U3"], ["U2"]]);
});
