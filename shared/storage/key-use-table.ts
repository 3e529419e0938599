import type { TableClient } from "@azure/data-tables";
import { z } from "zod";
import type { KeyUse, KeyUseStore } from "../access/idempotency.ts";
import { isAppError } from "../platform/errors.ts";
import { type Table, table } from "./table.ts";

/** A property of a table row holds 32,768 characters at most; answers above four of them are no answers of this API. */
const PIECE = 32_000;
const row = z.object({
  fingerprint: z.string(),
  attempt: z.string(),
  startedAt: z.number(),
  answer0: z.string().optional(),
  answer1: z.string().optional(),
  answer2: z.string().optional(),
  answer3: z.string().optional(),
});
type Stored = z.infer<typeof row>;

/** Partition principalId, row the key's hash. */
export function keyUseTable(client: TableClient): KeyUseStore {
  const rows: Table<Stored> = table(client, row);
  const at = (principalId: string, keyId: string) => ({ partitionKey: principalId, rowKey: keyId });
  const unless = (code: string) => (error: unknown) => {
    if (isAppError(error, code) || isAppError(error, "storage.not_found")) return false;
    throw error;
  };
  return {
    async find(principalId, keyId) {
      const found = await rows.get(at(principalId, keyId));
      return found && { use: fromRow(found.value), version: found.etag };
    },
    claim: (principalId, keyId, use) =>
      rows.insert(at(principalId, keyId), toRow(use)).then(() => true, unless("storage.conflict")),
    replace: (principalId, keyId, use, etag) =>
      rows.replace({ ...at(principalId, keyId), etag }, toRow(use)).then(() => true, unless("storage.changed")),
    async release(principalId, keyId) {
      await rows.delete(at(principalId, keyId)).catch(unless("storage.not_found"));
    },
  };
}

function toRow({ answer, ...use }: KeyUse): Stored {
  if (answer !== undefined && answer.length > 4 * PIECE) throw new Error("The answer is too long to keep");
  const piece = (n: number) => answer?.slice(n * PIECE, (n + 1) * PIECE) || undefined;
  return { ...use, answer0: piece(0), answer1: piece(1), answer2: piece(2), answer3: piece(3) };
}

function fromRow({ answer0, answer1 = "", answer2 = "", answer3 = "", ...use }: Stored): KeyUse {
  return answer0 === undefined ? use : { ...use, answer: answer0 + answer1 + answer2 + answer3 };
}
