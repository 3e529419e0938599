import { setTimeout as delay } from "node:timers/promises";
import { z } from "zod";
import { Hopeless, type Progress, remembered } from "./progress.ts";
import type { DemoOrganization } from "./set-up.ts";

const totals = z.object({
  messagesSeen: z.number(),
  messagesNew: z.number(),
  attachmentsStored: z.number(),
  skipped: z.number(),
  failed: z.number(),
  reasons: z.array(z.object({ code: z.string(), count: z.number() })),
});
const run = z.object({ id: z.string(), status: z.string(), totals });
export type DemoRun = z.output<typeof run>;

const POLL_MS = 1_000;
const SAY_EVERY_MS = 5_000;

/** Backs up all accounts and waits for the end. Throws unless the run is Completed. */
export async function backUp(
  { organizationId, admin }: DemoOrganization,
  progress: Progress,
  say: (line: string) => void,
): Promise<DemoRun> {
  const base = `/api/organizations/${organizationId}/backups`;
  const known = await remembered(progress.marks.runId, (id) => admin.get(`${base}/${id}`, run));
  const { id: runId } = known ?? (await admin.send("POST", base, { all: true }, run));
  await progress.set({ runId });
  let said = Date.now();
  for (;;) {
    const now = await admin.get(`${base}/${runId}`, run);
    const { messagesNew, attachmentsStored, skipped, failed, reasons } = now.totals;
    const counts = `${messagesNew} message versions, ${attachmentsStored} pictures and files`;
    if (now.status === "Completed") {
      const why = reasons.map(({ code, count }) => `${count} × ${code}`).join(", ");
      say(`backup      ${counts}; ${skipped} more that nobody can give${why ? ` (${why})` : ""}`);
      return now;
    }
    if (now.status !== "Queued" && now.status !== "Running") {
      throw new Hopeless(`The backup ended ${now.status}: ${failed} failed, ${JSON.stringify(reasons)}`);
    }
    if (Date.now() - said >= SAY_EVERY_MS) {
      say(`  ${counts} so far`);
      said = Date.now();
    }
    await delay(POLL_MS);
  }
}
