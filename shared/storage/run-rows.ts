import { z } from "zod";
import type { ChatContents, Run, RunAccount, Totals } from "../backup/run-store.ts";
import { descending } from "./descending.ts";

const status = z.enum(["Queued", "Running", "Completed", "Partial", "Failed", "Paused"]);
const reasons = z.array(z.object({ code: z.string(), count: z.number() }));
const totals = z.object({
  messagesSeen: z.number(),
  messagesNew: z.number(),
  messagesUnchanged: z.number(),
  messagesFailed: z.number().default(0),
  attachmentsStored: z.number(),
  skipped: z.number(),
  failed: z.number(),
  reasons,
});
export const runRow = z.object({
  runId: z.string(),
  status,
  requestedAt: z.number(),
  startedAt: z.number().optional(),
  fetchedAt: z.number().optional(),
  finishedAt: z.number().optional(),
  scope: z.enum(["all", "listed"]),
  stopCode: z.string().optional(),
  resumed: z.number().optional(),
  daily: z.boolean().optional(),
  totals: z.string().optional(),
});
export const controlRow = z.object({
  running: z.string().optional(),
  queued: z.string().optional(),
  /** The running run waits for `resume`. */
  paused: z.boolean().optional(),
  /** The last turn of the schedule that was taken. */
  turn: z.number().optional(),
  /** How the last run that ended did. */
  ended: status.optional(),
  concern: z.string().optional(),
});
export const listRow = z.object({
  accountId: z.string(),
  status,
  startedAt: z.number().optional(),
  finishedAt: z.number().optional(),
  fetchedAt: z.number().optional(),
  totals: z.string(),
  contents: z.string(),
});
/** A lane's claim, or how far a phase has come; `accountId` is empty at the end of the list. */
export const claimRow = z.object({ accountId: z.string() });
export const contentsRow = z.object({
  chatKey: z.string(),
  stored: z.number(),
  bytes: z.number(),
  skipped: z.number(),
  failed: z.number(),
  pending: z.number(),
  reasons: z.string(),
});
export type RunRow = z.output<typeof runRow>;
export type Control = z.output<typeof controlRow>;
export type ListRow = z.output<typeof listRow>;
export type ClaimRow = z.output<typeof claimRow>;

export const CONTROL = "control";
/** Of a run's list, claims and contents. */
export const listPartition = (organizationId: string, runId: string): string => `${organizationId}|${runId}`;

export const runKey = (organizationId: string, runId: string) => ({
  partitionKey: organizationId,
  rowKey: descending(runId),
});
export const controlKey = (organizationId: string) => ({ partitionKey: CONTROL, rowKey: organizationId });
export const listKey = (organizationId: string, runId: string, accountId: string) => ({
  partitionKey: listPartition(organizationId, runId),
  rowKey: `a|${accountId}`,
});
export const contentsKey = (organizationId: string, runId: string, chatKey: string) => ({
  partitionKey: listPartition(organizationId, runId),
  rowKey: `k|${chatKey}`,
});

const parseTotals = (text: string): Totals => totals.parse(JSON.parse(text));

export function toRun({ totals: sums, ...row }: RunRow): Run {
  return { ...(defined(row) as Omit<Run, "totals">), ...(sums === undefined ? {} : { totals: parseTotals(sums) }) };
}

export function toRunAccount({ totals: own, contents, ...row }: ListRow): RunAccount {
  return {
    ...(defined(row) as Omit<RunAccount, "totals" | "contents">),
    totals: parseTotals(own),
    contents: parseTotals(contents),
  };
}

export const toContents = ({ reasons: text, ...row }: z.output<typeof contentsRow>): ChatContents => ({
  ...row,
  reasons: reasons.parse(JSON.parse(text)),
});

const defined = (row: object): object =>
  Object.fromEntries(Object.entries(row).filter(([, value]) => value !== undefined));
