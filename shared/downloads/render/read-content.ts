import { isAppError } from "../../platform/errors.ts";
import type { OpenContent } from "./renderer.ts";

/** A content in memory. Undefined when it is gone, which whoever builds the zip finds as well and says there, or longer than
 * `mostBytes`, whatever its record says; no more than that is read. What else goes wrong with `open` is thrown. */
export async function readContent(open: OpenContent, sha256: string, mostBytes: number): Promise<Buffer | undefined> {
  try {
    const chunks: Buffer[] = [];
    let length = 0;
    for await (const chunk of await open(sha256)) {
      length += (chunk as Buffer).length;
      if (length > mostBytes) return undefined;
      chunks.push(chunk as Buffer);
    }
    return Buffer.concat(chunks);
  } catch (error) {
    if (isAppError(error, "storage.not_found")) return undefined;
    throw error;
  }
}
