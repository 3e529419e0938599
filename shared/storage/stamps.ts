import type { TableClient } from "@azure/data-tables";
import { z } from "zod";
import type { Stamp } from "../archive/archive-store.ts";
import { AppError, isAppError } from "../platform/errors.ts";
import { table, type Write } from "./table.ts";

const stamp = z.object({ strays: z.string() });
type AnyWrite = Write<Record<string, string | number | boolean | Uint8Array<ArrayBuffer>>>;

const STAMP = "stamp";

/** The stamp of an account, and transactions that hold only while it is what it was. */
export function stamps(client: TableClient, send: (writes: readonly AnyWrite[]) => Promise<void>) {
  const rows = table(client, stamp);
  const read = async (partitionKey: string): Promise<Stamp> => {
    const row = await rows.get({ partitionKey, rowKey: STAMP });
    return row ? { strays: row.value.strays, etag: row.etag } : { strays: "" };
  };
  const sendIf = async (partitionKey: string, writes: readonly AnyWrite[], before: Stamp, strays: string) => {
    const write = { partitionKey, rowKey: STAMP, value: { strays } };
    const check: AnyWrite =
      before.etag === undefined ? { action: "insert", ...write } : { action: "replace", etag: before.etag, ...write };
    try {
      await send([...writes, check]);
    } catch (error) {
      if ((await read(partitionKey)).etag !== before.etag && !isAppError(error, "storage.unavailable"))
        throw overtaken();
      throw error;
    }
  };
  /** Goes on after the first transaction: others that brought nothing of other times may come in between. */
  const sendNext = async (partitionKey: string, writes: readonly AnyWrite[], strays: string): Promise<void> => {
    for (;;) {
      const before = await read(partitionKey);
      if (before.strays !== strays) throw changed();
      try {
        return await sendIf(partitionKey, writes, before, strays);
      } catch (error) {
        if (!isAppError(error, "archive.overtaken")) throw error;
      }
    }
  };
  return {
    read,
    /** Throws `archive.overtaken` when the stamp moved before the first transaction, `storage.changed` when strays came after it. */
    async sendAll(partitionKey: string, transactions: readonly (readonly AnyWrite[])[], given: Stamp): Promise<void> {
      for (const [place, writes] of transactions.entries()) {
        if (place === 0) await sendIf(partitionKey, writes, given, given.strays);
        else await sendNext(partitionKey, writes, given.strays);
      }
    },
  };
}

const overtaken = (): AppError =>
  new AppError("conflict", "archive.overtaken", "Somebody else committed to this account just now");
const changed = (): AppError =>
  new AppError("precondition_failed", "storage.changed", "Somebody else committed to this account");
