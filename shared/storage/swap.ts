import { isAppError } from "../platform/errors.ts";
import type { Key, Row, Table } from "./table.ts";

/** Compare and set, of a row that may not be there yet: false when somebody else was first. */
export async function swap<T>(rows: Table<T>, key: Key, known: Row<T> | undefined, value: T): Promise<boolean> {
  if (known) return replaced(rows, known, value);
  return rows.insert(key, value).then(() => true, refused);
}

/** False when somebody wrote since the row was read. */
export const replaced = <T>(rows: Table<T>, row: Row<T>, value: T): Promise<boolean> =>
  rows.replace(row, value).then(() => true, refused);

/** For a `catch`: false when somebody else was first; throws what is anything else. */
export function refused(error: unknown): false {
  if (isAppError(error, "storage.changed") || isAppError(error, "storage.conflict")) return false;
  throw error;
}
