import { afterAll, beforeAll, expect, test } from "vitest";
import { type Azurite, startAzurite } from "../../../local/azurite.ts";
import { createPaymentFence } from "../../../shared/billing/payment-fence.ts";
import { createLogger } from "../../../shared/platform/logger.ts";
import { newId } from "../../../shared/platform/new-id.ts";
import type { StorageClients } from "../../../shared/storage/clients.ts";
import { dueTable } from "../../../shared/storage/due-table.ts";
import { paymentTable } from "../../../shared/storage/payment-table.ts";
import { clientsOf } from "../../support/storage.ts";

let azurite: Azurite;
let clients: StorageClients;
let now = Date.now();
beforeAll(async () => {
  azurite = await startAzurite();
  clients = clientsOf(azurite);
});
afterAll(() => azurite.stop());

/** One instance of the app. */
function instance() {
  const [payments, due] = [paymentTable(clients.table("payments")), dueTable(clients.table("due"), "payment")];
  const lines: string[] = [];
  const log = createLogger((_level, line) => lines.push(line));
  return { payments, due, lines, ...createPaymentFence({ payments, due, now: () => now, log }) };
}
const REFUSED = { code: "billing.payment_required" };

test("what one instance hears holds its own requests at once, even before it is written", async () => {
  const [fence, organizationId] = [instance(), newId(now)];
  await fence.check(organizationId);
  const said = Promise.withResolvers<string>();
  const raised = fence.raise(organizationId, said.promise);
  const waiting = expect(fence.check(organizationId)).rejects.toMatchObject({ ...REFUSED, message: "pay" });
  said.resolve("pay");
  await Promise.all([raised, waiting]);
});

test("the others learn of it within five seconds, or from Graph, and none says it twice", async () => {
  const [one, other, organizationId] = [instance(), instance(), newId(now)];
  await other.check(organizationId);
  await one.raise(organizationId, Promise.resolve("pay"));
  await other.check(organizationId);
  now += 5_000;
  await expect(other.check(organizationId)).rejects.toMatchObject(REFUSED);
  await other.raise(organizationId, Promise.resolve("pay again"));
  expect(await other.payments.find(organizationId)).toMatchObject({ message: "pay" });
  expect([one, other].flatMap(({ lines }) => lines)).toEqual([expect.stringContaining(organizationId)]);
  const reminders = (await Array.fromAsync(one.due.due(now + 86_400_000, 100))).filter(
    (due) => due.organizationId === organizationId,
  );
  expect(reminders).toHaveLength(1);
});

test("once it is paid every instance passes at its next request, and other organizations always did", async () => {
  const [one, other, organizationId] = [instance(), instance(), newId(now)];
  await one.raise(organizationId, Promise.resolve("pay"));
  await one.check(newId(now));
  await expect(other.check(organizationId)).rejects.toMatchObject(REFUSED);
  await other.payments.clear(organizationId);
  await one.check(organizationId);
  await other.check(organizationId);
});

test("an answer whose text breaks off holds nobody up for ever", async () => {
  const [fence, organizationId] = [instance(), newId(now)];
  await expect(fence.raise(organizationId, Promise.reject(new Error("broken")))).rejects.toThrow("broken");
  await fence.check(organizationId);
});

test("reminders come in the order of time, no more than asked for, and go to the one who takes them", async () => {
  const due = dueTable(clients.table("reminders"), "daily");
  expect(await Array.fromAsync(due.due(now, 10))).toEqual([]);
  const all = [7, 3, 99_999_999, 1, 5].map((at) => ({ at, organizationId: newId(now) }));
  for (const one of [...all, ...all]) await due.add(one);
  expect((await Array.fromAsync(due.due(7, 3))).map(({ at }) => at)).toEqual([1, 3, 5]);
  expect((await Array.fromAsync(due.due(7, 10))).map(({ at }) => at)).toEqual([1, 3, 5, 7]);
  const [first] = await Array.fromAsync(due.due(7, 1));
  if (!first) throw new Error("nothing is due");
  expect((await Promise.all([due.take(first), due.take(first), due.take(first)])).filter(Boolean)).toHaveLength(1);
  expect((await Array.fromAsync(due.due(7, 1))).map(({ at }) => at)).toEqual([3]);
});
