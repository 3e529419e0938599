import { afterAll, beforeAll, expect, test } from "vitest";
import { archiveTables } from "../../../shared/storage/archive-tables.ts";
import { organizationBlobs } from "../../../shared/storage/organization-blobs.ts";
import {
  CHAT,
  type DownloadPlace,
  downloadWorld,
  file,
  message,
  START,
  startDownloadPlace,
} from "../../support/download-world.ts";
import { readPdf, words } from "../../support/pdf-text.ts";
import { readZip } from "../../support/zip-files.ts";

/* What the PDFs of a download say of themselves, made as downloads are made, from an archive in storage. */

let place: DownloadPlace;
beforeAll(async () => {
  place = await startDownloadPlace();
});
afterAll(() => place.azurite.stop());

/** What stands above the first day of each PDF in these zips, in one line, by the PDF's name. */
async function headsIn(zips: readonly Buffer[]): Promise<Record<string, string>> {
  const entries = (await Promise.all(zips.map(readZip))).flatMap((zip) => [...zip]);
  const heads: Record<string, string> = {};
  for (const [name, bytes] of entries.filter(([one]) => one.endsWith(".pdf"))) {
    const { pages } = await readPdf(bytes);
    const [above = ""] = pages.join("\n").split(/\n\w+day, \d+ \w+ 20\d\d\n/);
    // What is known at a document's end is drawn apart, and the reader puts nothing between.
    heads[name] = words(above.replaceAll("PARTIAL", " PARTIAL")).join(" ").replaceAll(" : ", ": ");
  }
  return heads;
}

const plain = (text: string): string => words(text).join(" ");
const OTHER = "19:other@thread.v2";

test("each PDF of a download tells whose view it is, of which days and moment, and what its conversation lacks", async () => {
  const { of, organizationId, run, zips } = downloadWorld(place);
  const members = ["u1", "u2"].map((id) => ({ id, name: `Name ${id}`, address: `${id}@contoso.test` }));
  await place.archive.directory.record(organizationId, { chatId: CHAT, type: "group", topic: "Plans", members }, 1);
  const later = { lastModifiedDateTime: "2026-02-01T00:00:00Z", etag: "9" };
  const lacking = message(2, { attachments: [file("gone.docx"), file("late.docx")] });
  const other = [4, 5].map((id) => message(id, { chatId: OTHER }));
  await place.archive.addMessages(of, [message(1), lacking, message(3, later), ...other]);
  await place.archive.addContents(organizationId, lacking, [{ reason: "file.gone" }]);

  const asked = { format: "pdf", timeZone: "Europe/Berlin", from: "2026-01-01", to: "2026-02-28" };
  const heads = await headsIn(await zips(await run({ ...asked, asOf: "2026-01-20", systemEvents: false })));
  const [account, range] = [
    "Account whose view it is: Adèle Vance <adèle@contoso.test>",
    "Range: 2026-01-01 00:00:00 +01:00 to 2026-02-28 23:59:59 +01:00; all times are those of Europe/Berlin",
  ];
  const asOf = "As of: 2026-01-20 23:59:59 +01:00; nothing that came later is told";
  const content = "Content: Messages without system events, with attachments";
  const told = [account, range, asOf, content].map(plain).join(" ");
  expect(Object.keys(heads)).toEqual(["Plans.pdf", "Chat.pdf"]);
  // Two files of one message, and a message of which only a later version is kept.
  expect(heads["Plans.pdf"]).toContain(
    `Group chat in Microsoft Teams Conversation: Plans PARTIAL: 3 items are missing, see MISSING.csv ${told} Chat id: ${CHAT} Participants: 2, as last known Name u1 <u1@contoso.test> Name u2 <u2@contoso.test>`,
  );
  expect(heads["Chat.pdf"]).toContain(
    `Chat in Microsoft Teams Conversation: Chat ${told} Chat id: ${OTHER} Participants: not known`,
  );

  const [whole] = Object.values(await headsIn(await zips(await run({ format: "pdf", attachments: false }))));
  expect(whole).toContain(`Conversation: Plans ${plain(account)} Range: 2026-01-01 00:00:00 +00:00 to 2026-02-28`);
  expect(whole).toContain("Content: Messages and system events, text only Chat id");
});

test("each PDF says that history is not backed up yet, and each part of a long conversation which it is, with all who take part", async () => {
  const { of, organizationId, run, zips } = downloadWorld(place, { partBytes: 100_000_000 });
  const people = Array.from({ length: 160 }, (_, at) => ({ id: `p${at}`, name: `Person ${at} of many` }));
  await place.archive.directory.introduce(organizationId, people.slice(0, -1), START);
  const members = people.map(({ id }) => ({ id }));
  await place.archive.directory.record(organizationId, { chatId: CHAT, type: "meeting", topic: "All", members }, 1);
  const other = message(1, { chatId: OTHER });
  await place.archive.addMessages(of, [...Array.from({ length: 5_001 }, (_, at) => message(at)), other]);
  const pending = { state: "pending", runId: "r", seen: 0, added: 0, unchanged: 0, malformed: 0 } as const;
  const window = { from: START, to: START + 1, ...pending };
  const archive = archiveTables(place.clients.table("archive"), organizationBlobs(place.clients.blobs));
  await archive.commit(of, [], [window]);

  const heads = await headsIn(await zips(await run({ format: "pdf", attachments: false })));
  const said = Object.entries(heads).map(([name, head]) => [name, head.split(" Account whose view ")[0]]);
  const partial = "PARTIAL: No backup has covered the whole history of the account yet; messages may be missing";
  expect(said.map(([name, head = ""]) => [name, head.slice(head.indexOf(" in Microsoft Teams"))])).toEqual([
    [
      "All.pdf",
      ` in Microsoft Teams, part 1; goes on in the next document of the conversation Conversation: All ${partial}`,
    ],
    ["All 2.pdf", ` in Microsoft Teams, part 2 of 2, the last Conversation: All 2 ${partial}`],
    ["Chat.pdf", ` in Microsoft Teams Conversation: Chat ${partial}`],
  ]);
  for (const name of ["All.pdf", "All 2.pdf"]) {
    expect(heads[name]).toContain("Participants: 160, as last known");
    for (const person of people.slice(0, -1)) expect(heads[name]).toContain(`${person.name} (address not known)`);
    // Whom nothing names.
    expect(heads[name]).toMatch(/ p159( |$)/);
  }
});
