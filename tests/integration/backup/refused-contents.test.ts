import { Readable } from "node:stream";
import { expect, test } from "vitest";
import type { ContentSource } from "../../../shared/backup/content-source.ts";
import { CONTENT_GROUPS, fetchContents } from "../../../shared/backup/fetch-contents.ts";
import { AppError } from "../../../shared/platform/errors.ts";
import { newId } from "../../../shared/platform/new-id.ts";
import { contentWorld, fileReference } from "../../support/content-world.ts";
import { ownStorage } from "../../support/own-storage.ts";

const clients = ownStorage();

/** Hands out so many files of five bytes; then the app has lost its role. */
function refusedAfter(files: number): ContentSource & { readonly asked: () => number } {
  let asked = 0;
  return {
    hosted: () => Promise.reject(new Error("not used")),
    async file() {
      asked += 1;
      if (asked > files) throw new AppError("forbidden", "graph.forbidden", "The role is gone");
      return Promise.resolve({ body: Readable.from([Buffer.from(`file${asked}`)]), bytes: 5 });
    },
    asked: () => asked,
  };
}
const file = (name: string) => fileReference(`https://contoso.sharepoint.com/${name}`);

/** One activity of each group, to the refusal of those that have something to ask for. */
async function refused({ organizationId, deps }: ReturnType<typeof contentWorld>): Promise<string> {
  const runId = newId(Date.now());
  const groups = Array.from({ length: CONTENT_GROUPS }, (_, group) => ({ organizationId, runId, group }));
  const codes = [];
  for (const group of groups)
    codes.push(await fetchContents(deps, group, Number.POSITIVE_INFINITY).catch((error: AppError) => error.code));
  expect(codes).toContain("graph.forbidden");
  return runId;
}

test("what a run fetched of a chat counts also where the organization is refused the rest of it", async () => {
  const world = contentWorld(clients, refusedAfter(2));
  for (const message of ["1", "2", "3", "4"]) await world.add("chat", message, file(message));
  const runId = await refused(world);
  expect(await world.counts(runId, "chat")).toMatchObject({ stored: 2, bytes: 10, skipped: 0, failed: 0, pending: 2 });
});

test("so do the contents of chats that the run never came to, as pending", async () => {
  const source = refusedAfter(0);
  const world = contentWorld(clients, source);
  const chats = Array.from({ length: 120 }, (_, n) => `chat ${n}`);
  await Promise.all(chats.map((chat) => world.add(chat, "1", file(chat))));
  const runId = await refused(world);
  expect(source.asked()).toBeLessThan(chats.length);
  const counts = await Array.fromAsync(world.deps.runs.contents(world.organizationId, runId));
  expect(counts.map(({ stored, pending }) => [stored, pending])).toEqual(chats.map(() => [0, 1]));
});

test("a content whose address is too long to be kept is counted as skipped by the run that finds it, and by no other", async () => {
  const asked = refusedAfter(0);
  const world = contentWorld(clients, asked);
  const runs = [newId(1), newId(2)];
  const skipped = { skipped: 1, failed: 0, pending: 0, reasons: [{ code: "content.address_too_long", count: 1 }] };
  for (const [n, runId] of runs.entries()) {
    await world.add("chat", String(n), file("y".repeat(9_000)));
    await world.run(runId);
    expect(await world.counts(runId, "chat")).toMatchObject(skipped);
  }
  expect(asked.asked()).toBe(0);
});
