import { z } from "zod";
import { iso } from "../platform/time.ts";
import { MONTH_DAYS, SAMPLED_DAYS } from "./estimate.ts";
import { modelCosts } from "./model-costs.ts";
import type { StoredEstimate } from "./sample-export.ts";

const costs = z
  .array(
    z.object({
      model: z.enum(["A", "B"]),
      seededMessages: z.number().int().meta({ description: "A month, when every active account has the licence" }),
      chargedMessages: z.number().int(),
      usd: z.number(),
    }),
  )
  .meta({ description: "What it would cost if Graph charged as it did until 2025-08-25; it does not today" });

export const usageView = z.object({
  model: z.enum(["A", "B"]).nullable().meta({ description: "The billing model under Credentials; null sends none" }),
  usage: z.object({
    month: z.string().meta({ description: "YYYY-MM, UTC" }),
    messages: z.number().int().meta({ description: "Returned by Graph in this month, new or not" }),
    activeAccounts: z.number().int(),
    costs,
  }),
  estimate: z
    .object({
      at: z.iso.datetime(),
      accounts: z.number().int(),
      sampledAccounts: z.number().int(),
      calls: z.number().int(),
      messagesPerMonth: z.number().int(),
      low: z.number().int(),
      high: z.number().int().nullable(),
      costs,
      method: z.string(),
    })
    .nullable()
    .meta({ description: "The last one that was asked for" }),
});

export function viewEstimate(estimate: StoredEstimate | undefined): z.input<typeof usageView>["estimate"] {
  if (!estimate) return null;
  const { at, accounts, sampledAccounts, calls, messagesPerMonth, low, high = null } = estimate;
  return {
    ...{ at: iso(at), accounts, sampledAccounts, calls, messagesPerMonth, low, high },
    costs: modelCosts(messagesPerMonth, accounts),
    method: methodOf(estimate),
  };
}

/** In plain words: what was done, how far off it may be, and what it leaves out. */
function methodOf({ accounts, sampledAccounts, high }: StoredEstimate): string {
  const bounds =
    high === undefined
      ? "The sample sets no upper bound: it is too small, or a day held more messages than were read."
      : "The true number lies between low and high with about 95 % likelihood, if the days were ordinary ones.";
  return (
    `${sampledAccounts} of ${accounts} accounts, drawn by chance, ${SAMPLED_DAYS} days of the last four weeks of each, ` +
    `scaled to all accounts and ${MONTH_DAYS} days. ${bounds} A message counts for each account that takes part in its chat. ` +
    "Not in it: the first backup, which reads all years, and what daily runs read again (two days each)."
  );
}
