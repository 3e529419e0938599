import { z } from "zod";
import { id } from "../platform/ids.ts";

/** Approved: decided and being done. */
export const approvalStatus = z.enum(["Pending", "Approved", "Completed", "Failed", "Rejected", "Expired"]);

/** An approval as the API shows it. */
export const approvalResource = z
  .object({
    id,
    kind: z.enum(["erasure"]),
    accountId: id,
    status: approvalStatus,
    requestedBy: z.object({ id: z.string(), name: z.string() }),
    requestedAt: z.string(),
    expiresAt: z.string(),
    decidedBy: z.object({ id: z.string(), name: z.string() }).nullable(),
    decidedAt: z.string().nullable(),
    consequence: z.string().meta({ description: "What it does, and what it leaves" }),
    result: z
      .object({ packs: z.number(), messages: z.number() })
      .nullable()
      .meta({ description: "What was removed; null until it is done, and for one that failed before anything went" }),
    code: z.string().nullable().meta({ description: "Why it failed" }),
  })
  .meta({ id: "Approval" });
export type ApprovalResource = z.output<typeof approvalResource>;
