import { createHmac, timingSafeEqual } from "node:crypto";
import { z } from "zod";
import { AppError } from "../../shared/platform/errors.ts";

const TAG_BYTES = 16;

const MOST = 500;
const USUAL = 50;
const RANGE = `must be a whole number from 1 to ${MOST}`;

/** For a route's query: `z.strictObject({ ...paging, … })`. */
export const paging = {
  top: z
    .string(RANGE)
    .regex(/^\d+$/, RANGE)
    .transform(Number)
    .pipe(z.number().min(1, RANGE).max(MOST, RANGE))
    .default(USUAL),
  cursor: z.string().max(2_000, "is not from this list").optional(),
};

/** The shape of a page of items. */
export const pageOf = <T extends z.ZodType>(item: T) =>
  z.object({ items: z.array(item), nextCursor: z.string().nullable() });

/** Cursors are opaque to callers and bound to the list that gave them: route, ids and filters. */
export interface Cursors {
  seal(list: string, position: unknown): string;
  /** Throws `cursor.invalid` for anything that `seal` did not give for this list, and for a position of another shape. */
  open<T>(list: string, cursor: string, schema: z.ZodType<T>): T;
}

export function createCursors(key: Uint8Array): Cursors {
  const tag = (list: string, payload: Uint8Array) =>
    createHmac("sha256", key)
      .update(`${Buffer.byteLength(list)}:${list}`)
      .update(payload)
      .digest()
      .subarray(0, TAG_BYTES);
  return {
    seal(list, position) {
      const payload = Buffer.from(JSON.stringify(position));
      return Buffer.concat([tag(list, payload), payload]).toString("base64url");
    },
    open(list, cursor, schema) {
      const bytes = Buffer.from(cursor, "base64url");
      const payload = bytes.subarray(TAG_BYTES);
      if (bytes.length <= TAG_BYTES || !timingSafeEqual(bytes.subarray(0, TAG_BYTES), tag(list, payload)))
        throw invalid();
      const parsed = schema.safeParse(JSON.parse(payload.toString()));
      if (!parsed.success) throw invalid();
      return parsed.data;
    },
  };
}

function invalid(): AppError {
  const issues = [{ path: "cursor", message: "is not from this list" }];
  return new AppError("invalid", "cursor.invalid", "The cursor is not from this list, or the filters changed", {
    issues,
  });
}
