import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { formatDay, localDays, parseDay } from "../../../shared/downloads/local-days.ts";
import { renderSet } from "../../../shared/downloads/render-set.ts";
import {
  type DownloadPlace,
  downloadWorld,
  file,
  message,
  noise,
  rows,
  startDownloadPlace,
} from "../../support/download-world.ts";
import { readSums, readZip, sha256 } from "../../support/zip-files.ts";

let place: DownloadPlace;
beforeAll(async () => {
  place = await startDownloadPlace();
});
afterAll(() => place.azurite.stop());

/** The least that a zip may be limited to. */
const PART_BYTES = 1_000_000;
const CONTENTS = [0, 10, 450_000, 1_300_000].map((bytes) => noise(`content ${bytes}`, bytes));
const FIRST = parseDay("2026-01-25");

const asked = fc.record({
  format: fc.constantFrom("eml", "csv"),
  timeZone: fc.constantFrom("UTC", "Europe/Berlin", "Africa/Cairo", "Asia/Beirut", "Pacific/Apia", "America/Havana"),
  windowDays: fc.constantFrom(7, 30, 90),
  /** Of a file set, where it is of more than a day. */
  most: fc.constantFrom(2, 5, 1_000),
  first: fc.integer({ min: 0, max: 60 }),
  days: fc.integer({ min: 1, max: 95 }),
  /** At or beside a midnight of the zone, where windows begin, and where nobody knows when. */
  messages: fc.uniqueArray(
    fc.record({
      day: fc.integer({ min: -2, max: 160 }),
      offset: fc.constantFrom(-1, 0, 1, 7_200_000, undefined),
      letters: fc.constantFrom(10, 100, 200_000),
      files: fc.subarray([0, 1, 2, 3], { maxLength: 2 }),
    }),
    { minLength: 12, maxLength: 25, selector: ({ day, offset }) => `${day} ${offset}` },
  ),
});

interface Manifest {
  readonly from: string;
  readonly to: string;
  readonly part: { readonly number: number; readonly of: number };
  readonly attachments: readonly {
    sha256: string;
    part: number;
    entry?: string;
    pieces?: { part: number; entry: string }[];
  }[];
}

const manifestOf = (entries: Map<string, Buffer>) =>
  JSON.parse(entries.get("manifest.json")?.toString() ?? "") as Manifest;

/** Graph's ids of the messages that a zip tells of. */
function messagesIn(entries: Map<string, Buffer>): string[] {
  const tables = [...entries.keys()].filter((name) => /^messages.*\.csv$/.test(name));
  const mails = [...entries].filter(([name]) => name.endsWith(".eml"));
  return [
    ...tables.flatMap((name) => rows(entries, name).map((row) => row["messageId"] ?? "")),
    ...mails.map(([, mail]) => /^X-Teams-Message-Id: (.+)\r$/m.exec(mail.toString("latin1"))?.[1] ?? ""),
  ];
}

/** Every zip under the limit and whole by itself, every content of a file set in it once, in pieces or not. */
function check(zips: readonly Buffer[], sets: readonly Map<string, Buffer>[][]): void {
  for (const zip of zips) expect(zip.length).toBeLessThanOrEqual(PART_BYTES);
  for (const parts of sets) {
    const entries = parts.flatMap((part) => [...part.keys()].filter((name) => name.includes("/")));
    expect(new Set(entries).size).toBe(entries.length);
    for (const part of parts) {
      for (const [name, digest] of readSums(part.get("SHA256SUMS")?.toString() ?? ""))
        expect(sha256(part.get(name) ?? Buffer.alloc(0))).toBe(digest);
      for (const one of manifestOf(part).attachments) {
        const places = one.pieces ?? [{ part: one.part, entry: one.entry ?? "" }];
        const joined = Buffer.concat(places.map((at) => parts[at.part - 1]?.get(at.entry) ?? Buffer.from("absent")));
        expect(sha256(joined)).toBe(one.sha256);
      }
    }
  }
}

test("every message of the days asked for is in exactly one window and zip, and no zip is over its limit", async () => {
  await fc.assert(
    fc.asyncProperty(asked, async ({ format, timeZone, windowDays, most, first, days, messages }) => {
      const { of, organizationId, run, zips, show } = downloadWorld(place, { windowDays, mostMessages: most });
      const local = localDays(timeZone);
      if (!local) throw new Error(timeZone);
      const dayOf = (id: string): number => local.dayOf(given.find(({ raw }) => raw["id"] === id)?.when ?? 0);
      const given = messages.map(({ day, offset, letters, files }, at) => {
        const when = offset === undefined ? undefined : local.startOf(FIRST + day) + offset;
        const date = when === undefined ? "nobody knows" : new Date(when).toISOString();
        const raw = message(at, {
          ...{ id: `m${at}`, createdDateTime: date, lastModifiedDateTime: date, chatId: `19:${at % 3}@thread.v2` },
          body: { contentType: "text", content: noise(`${at}`, letters / 2).toString("hex") },
          attachments: files.map((one) => file(`${one}.bin`, `https://contoso.sharepoint.com/${at}/${one}`)),
        });
        return { raw, when, files };
      });
      await place.archive.addMessages(
        of,
        given.map(({ raw }) => raw),
      );
      for (const { raw, files } of given) {
        if (files.length === 0) continue;
        const bytes = files.map((one) => ({ bytes: CONTENTS[one] ?? Buffer.alloc(0) }));
        await place.archive.addContents(organizationId, raw, bytes);
      }
      const [from, to] = [FIRST + first, FIRST + first + days - 1];
      const id = await run({ format, timeZone, from: formatDay(from), to: formatDay(to) });
      expect(await show(id)).toMatchObject({ status: "Ready", missing: [] });
      const bytes = await zips(id);
      const read = await Promise.all(bytes.map(readZip));
      const bySet = Map.groupBy(read, (entries) => manifestOf(entries).from);
      check(bytes, [...bySet.values()]);

      const wanted = given.filter(
        ({ when }) => when === undefined || (local.dayOf(when) >= from && local.dayOf(when) <= to),
      );
      expect(read.flatMap(messagesIn).sort()).toEqual(wanted.map(({ raw }) => String(raw["id"])).sort());
      for (const parts of bySet.values()) {
        const [{ from: begin, to: end }] = parts.map(manifestOf) as [Manifest];
        const dated = parts
          .flatMap(messagesIn)
          .filter((one) => given.some(({ raw, when }) => raw["id"] === one && when));
        const isOneDay = local.dayOf(Date.parse(end) - 1) === local.dayOf(Date.parse(begin));
        expect(dated.length <= most || isOneDay || new Set(dated.map(dayOf)).size === 1).toBe(true);
      }
      for (const entries of read) {
        const window = manifestOf(entries);
        for (const one of messagesIn(entries)) {
          const { when } = given.find(({ raw }) => raw["id"] === one) ?? {};
          if (when === undefined) expect(window.to).toBe((await show(id)).to);
          else expect(when >= Date.parse(window.from) && when < Date.parse(window.to)).toBe(true);
        }
      }
    }),
    { numRuns: 10 },
  );
}, 180_000);

test("a busy window that a damaged pack keeps from being counted keeps no other from being made", async () => {
  const { accountId, of, organizationId, ask, plan, deps } = downloadWorld(place, { windowDays: 30, mostMessages: 1 });
  await place.archive.addMessages(of, [message(1), message(2), message(45_000), message(46_500)]);
  const container = place.clients.blobs.getContainerClient(`org-${organizationId}`);
  for await (const { name } of container.listBlobsFlat({ prefix: `messages/${accountId}/2026-01/` }))
    await container.deleteBlob(name);
  const { id: downloadId } = await ask({});
  const [first, ...others] = await plan({ organizationId, downloadId });
  const made = (set = -1) => renderSet(deps, { organizationId, downloadId, set });
  await expect(made(first)).rejects.toMatchObject({ code: "archive.damaged" });
  expect(others).toHaveLength(2);
  for (const set of others) expect(await made(set)).toMatchObject({ status: "done" });
});
