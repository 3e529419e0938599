import { AppError, isAppError } from "../platform/errors.ts";

/** Reads a blob that a row promises: one that is missing throws `archive.damaged`. */
export async function promised<T>(reading: Promise<T>, what: string): Promise<T> {
  return reading.catch((error: unknown) => {
    if (!isAppError(error, "storage.not_found")) throw error;
    throw new AppError("damaged", "archive.damaged", `${what} is missing`, { cause: error });
  });
}
