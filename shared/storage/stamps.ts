import type { TableClient } from "@azure/data-tables";
import { z } from "zod";
import type { Stamp } from "../archive/archive-store.ts";
import { AppError, isAppError } from "../platform/errors.ts";
import { table, type Write } from "./table.ts";

/** Its ETag is all there is to it. */
const stamp = z.object({});
type AnyWrite = Write<Record<string, string | number | boolean | Uint8Array<ArrayBuffer>>>;

const STAMP = "stamp";

/** The stamp of an account, and transactions that hold only while it is what it was. */
export function stamps(client: TableClient, send: (writes: readonly AnyWrite[]) => Promise<void>) {
  const rows = table(client, stamp);
  const read = async (partitionKey: string): Promise<Stamp> => {
    const row = await rows.get({ partitionKey, rowKey: STAMP });
    return row ? { etag: row.etag } : {};
  };
  return {
    read,
    /** Throws `archive.overtaken` when the stamp is another than the one given. */
    async send(partitionKey: string, writes: readonly AnyWrite[], { etag }: Stamp): Promise<void> {
      const write = { partitionKey, rowKey: STAMP, value: {} };
      const check: AnyWrite =
        etag === undefined ? { action: "insert", ...write } : { action: "replace", etag, ...write };
      try {
        await send([...writes, check]);
      } catch (error) {
        if ((await read(partitionKey)).etag !== etag && !isAppError(error, "storage.unavailable")) throw overtaken();
        throw error;
      }
    },
  };
}

const overtaken = (): AppError =>
  new AppError("conflict", "archive.overtaken", "Somebody else committed to this account just now");
