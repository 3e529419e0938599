import { expect, test } from "vitest";
import { newId } from "../../../shared/platform/new-id.ts";
import { personTable } from "../../../shared/storage/person-table.ts";
import { watchRequests } from "../../support/watch-requests.ts";
import { ownStorage } from "../../support/own-storage.ts";

const clients = ownStorage();

const HOUR = 3_600_000;
const people = Array.from({ length: 30 }, (_, n) => ({ id: `user ${n}`, name: `Name ${n}` }));

test("many who name the same people at once cost one look-up and one row of each", async () => {
  const table = personTable(clients.table("directory"));
  const organizationId = newId(Date.now());
  const asked = await watchRequests(async () => {
    await Promise.all(Array.from({ length: 12 }, () => table.introduce(organizationId, people, 1_000)));
    await Promise.all(Array.from({ length: 12 }, () => table.learn(organizationId, people, 2_000)));
  });
  expect(asked.filter(({ method }) => method === "GET")).toHaveLength(people.length);
  expect(asked.filter(({ method }) => method !== "GET" && method !== "POST")).toHaveLength(people.length);
  expect(await table.find(organizationId, "user 7")).toEqual(people[7]);
});

test("who changes names at once is heard in turn: the last word counts, here and in the table", async () => {
  const table = personTable(clients.table("directory"));
  const organizationId = newId(Date.now());
  const names = Array.from({ length: 8 }, (_, n) => `Name ${n}`);
  await Promise.all(names.map((name, n) => table.learn(organizationId, [{ id: "a", name }], 1_000 + n)));
  expect(await table.find(organizationId, "a")).toEqual({ id: "a", name: "Name 7" });
  const asked = await watchRequests(() => table.learn(organizationId, [{ id: "a", name: "Name 7" }], 2_000));
  expect(asked).toEqual([]);
});

test("a name that another process changed meanwhile can be changed back", async () => {
  const [here, there] = [personTable(clients.table("directory")), personTable(clients.table("directory"))];
  const organizationId = newId(Date.now());
  await here.learn(organizationId, [{ id: "a", name: "Anna" }], 0);
  await there.learn(organizationId, [{ id: "a", name: "Annabel" }], HOUR);
  await here.learn(organizationId, [{ id: "a", name: "Anna" }], 2 * HOUR);
  expect(await there.find(organizationId, "a")).toEqual({ id: "a", name: "Anna" });
});
