import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { type Azurite, startAzurite } from "../../../local/azurite.ts";
import { type Table, table } from "../../../shared/storage/table.ts";
import { watchRequests } from "../../support/watch-requests.ts";
import { clientsOf } from "../../support/storage.ts";

let azurite: Azurite;
let rows: Table<{ n: number }>;

beforeAll(async () => {
  azurite = await startAzurite();
  rows = table(clientsOf(azurite).table("rows"), z.object({ n: z.number() }));
});
afterAll(() => azurite.stop());

const key = (n: number) => ({ partitionKey: "p", rowKey: String(n).padStart(3, "0") });

test("a page asks for as many rows as it answers", async () => {
  for (const start of [0, 100]) {
    const batch = Array.from({ length: 100 }, (_, n) => start + n);
    await rows.transaction(batch.map((n) => ({ action: "insert", ...key(n), value: { n } })));
  }
  let found: number[] = [];
  const asked = await watchRequests(async () => {
    found = (await rows.page("p", 3, "009")).map(({ value }) => value.n);
  });
  expect(found).toEqual([10, 11, 12]);
  expect(asked.map(({ url }) => /\$top=\d+/.exec(url)?.[0])).toEqual(["$top=3"]);
  expect(await Array.fromAsync(rows.list("p"))).toHaveLength(200);
});

test("a transaction that deletes a row which is gone changes nothing", async () => {
  const writes = [
    { action: "insert", ...key(900), value: { n: 900 } },
    { action: "delete", ...key(901) },
  ] as const;
  await expect(rows.transaction(writes)).rejects.toMatchObject({ code: "storage.not_found" });
  expect(await rows.get(key(900))).toBeUndefined();
});
