import { z } from "zod";

/** As the API shows runs; times in ISO 8601. */
export const runStatus = z.enum(["Queued", "Running", "Completed", "Partial", "Failed", "Paused"]);

/** Why something was skipped or failed: a stable code, how often, what it means and what to do (empty: nothing). */
export const reasonView = z.object({ code: z.string(), count: z.number(), text: z.string(), remedy: z.string() });

export const totalsView = z.object({
  messagesSeen: z.number(),
  messagesNew: z.number(),
  messagesUnchanged: z.number(),
  messagesFailed: z.number(),
  attachmentsStored: z.number(),
  skipped: z.number(),
  failed: z.number(),
  reasons: z.array(reasonView),
});

const common = {
  status: runStatus,
  startedAt: z.string().nullable(),
  finishedAt: z.string().nullable(),
  totals: totalsView,
};

export const runView = z.object({ id: z.string(), requestedAt: z.string(), ...common });
export const runAccountView = z.object({ accountId: z.string(), ...common });
