import { z } from "zod";
import { id } from "../../shared/platform/ids.ts";

/** As many ids as a request's body has room for. */
const MOST = 30_000;

/** Which accounts of an organization: named ones, or all. */
export const accountSelection = z.union(
  [z.strictObject({ accountIds: z.array(id).min(1).max(MOST) }), z.strictObject({ all: z.literal(true) })],
  `must be {accountIds: [...]} with 1 to ${MOST} ids, or {all: true}`,
);
