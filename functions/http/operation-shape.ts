import { z } from "zod";
import { id } from "../../shared/platform/ids.ts";

/** Started work, as the API shows it. */
export const operationShape = z
  .object({
    id,
    status: z.enum(["Queued", "Running", "Completed", "Failed"]),
    progress: z.record(z.string(), z.unknown()).nullable(),
    result: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).nullable(),
    error: z.object({ code: z.string() }).nullable(),
  })
  .meta({ id: "Operation" });
