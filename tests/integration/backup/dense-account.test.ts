import { afterAll, beforeAll, expect, test } from "vitest";
import type { Simulator } from "../../../local/graph-simulator/simulator.ts";
import { NONE, oneAccount } from "../../support/one-account.ts";
import { ownStorage } from "../../support/own-storage.ts";
import { anchor, startTrusted } from "../../support/simulator.ts";
import { simulatedSources } from "../graph/simulated-sources.ts";

const MESSAGES = 60_000;

const clients = ownStorage();
let simulator: Simulator;

beforeAll(async () => {
  const sizes = { accounts: 3, messages: 30, chats: 2, months: 1, bigAccount: MESSAGES };
  simulator = await startTrusted({ sizes });
});
afterAll(() => simulator.stop());

test("an account that is dense for a month, more than any activity takes, is read about once", async () => {
  const { id } = simulator.query.accounts().reduce((a, b) => (b.messages > a.messages ? b : a));
  const { messages } = simulatedSources(simulator);
  let pages = 0;
  const one = oneAccount(clients, anchor + 3_600_000, NONE, (deps) => ({
    ...deps,
    messages: {
      async *pages(_organization, _user, ...asked) {
        for await (const page of messages.pages("o1", id, ...asked)) {
          pages += 1;
          yield page;
        }
      },
    },
  }));
  const { totals, status } = await one.run();
  expect({ status, stored: totals.messagesNew }).toEqual({ status: "Completed", stored: MESSAGES });
  expect(totals.messagesSeen / MESSAGES).toBeLessThan(1.1);
  expect(pages / (MESSAGES / 250)).toBeLessThan(1.4);
  const packs = await Array.fromAsync(one.archive.packs(one.of));
  expect(packs.reduce((sum, { versions }) => sum + versions, 0)).toBe(MESSAGES);
});
