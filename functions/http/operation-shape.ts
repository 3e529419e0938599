import { z } from "zod";
import { outcomeText } from "../../shared/backup/outcome-text.ts";
import type { OperationState } from "../../shared/operations/operations.ts";
import { id } from "../../shared/platform/ids.ts";

/** Started work, as the API shows it. */
export const operationShape = z
  .object({
    id,
    status: z.enum(["Queued", "Running", "Completed", "Failed"]),
    progress: z.record(z.string(), z.unknown()).nullable(),
    result: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).nullable(),
    error: z.object({ code: z.string(), text: z.string(), remedy: z.string() }).nullable(),
  })
  .meta({ id: "Operation" });

/** The error with its sentence. */
export const showOperation = ({ error, ...operation }: OperationState): z.input<typeof operationShape> => ({
  ...operation,
  error: error && { ...error, ...outcomeText(error.code) },
});
