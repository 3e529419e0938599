import { z } from "zod";
import { activity, step } from "../platform/activity.contract.ts";
import { id } from "../platform/ids.ts";

/** Everything below stands in durable histories, which operators can read: ids, times, counts and codes, nothing else. */
const organization = z.object({ organizationId: id });
const run = organization.extend({ runId: id });
const account = run.extend({ accountId: id });
const window = z.object({ from: z.number(), to: z.number() });
const nothing = z.object({});

/** `fetch` brings the messages of each account; `seal`, after the contents, writes each account's manifest and outcome. */
export const phase = z.enum(["fetch", "seal"]);

export const organizationInput = organization;
/** `windows`: how many of an account are fetched at a time; instances that began without it take one after another. */
const width = { windows: z.number().default(1) };
const claim = run.extend({ phase, lane: z.number(), claim: z.number() });
export const laneInput = claim.extend(width);
/** `mostWindows`: after so many the account goes on as a new generation; instances that began without it never do. `before`: what came
 * of the generations until then. */
export const accountInput = account.extend({
  ...width,
  mostWindows: z.number().optional(),
  before: z.object({ codes: z.array(z.string()), failed: z.array(window) }).optional(),
});
/** Beside the windows a history has few calls, and a window a few more where it had to wait: it replays quickly. */
export const WINDOWS_PER_GENERATION = 64;
export const fetchInput = run.extend({ lanes: z.number() });
/** `pauseMs`: how long the last round waited, having found nothing. */
export const contentsInput = run.extend({ pauseMs: z.number(), codes: z.array(z.string()) });

export const orchestrators = {
  organization: "backupOrganization",
  fetch: "backupFetch",
  contents: "backupContents",
  lane: "backupLane",
  account: "backupAccount",
} as const;

/** One per organization: the instance id is the lock. */
export const backupInstance = (organizationId: string): string => `backup:${organizationId}`;

export const beginRun = activity({
  name: "beginRun",
  /** `refreshed`: the directory of users was read, well or not. */
  input: organization.extend({ refreshed: z.boolean().optional() }),
  /** `refresh`: it is to be read first, and then the run begun again. */
  output: step(z.object({ runId: id.nullable(), accounts: z.number(), refresh: z.boolean().optional() })),
});
export const claimAccount = activity({
  name: "claimAccount",
  input: claim,
  output: step(z.object({ accountId: id.nullable() })),
});
export const recordChats = activity({ name: "recordChats", input: account, output: step(nothing) });
export const openWindows = activity({
  name: "openWindows",
  /** `most`: how many of the windows it answers; absent: all. */
  input: account.extend({ most: z.number().optional() }),
  output: step(z.object({ windows: z.array(window) })),
});
export const fetchWindow = activity({
  name: "fetchWindow",
  input: account.extend({ window }),
  /** `more`: pending as well, and named by `openWindows`. */
  output: step(z.object({ rest: z.array(window), more: z.literal(true).optional() })),
});
export const compactPacks = activity({ name: "compactPacks", input: account, output: step(nothing) });
export const closeAccount = activity({
  name: "closeAccount",
  input: account.extend({ codes: z.array(z.string()) }),
  output: step(nothing),
});
export const fetchContents = activity({
  name: "fetchContents",
  input: run.extend({ group: z.number() }),
  output: step(z.object({ fetched: z.number() })),
});
export const endFetch = activity({ name: "endFetch", input: run, output: step(nothing) });
export const isFetched = activity({ name: "isFetched", input: run, output: step(z.object({ fetched: z.boolean() })) });
export const sealAccount = activity({ name: "sealAccount", input: account, output: step(nothing) });
export const finishRun = activity({
  name: "finishRun",
  input: run.extend({ codes: z.array(z.string()) }),
  output: step(z.object({ next: z.boolean() })),
});
