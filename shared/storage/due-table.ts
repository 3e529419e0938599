import type { TableClient } from "@azure/data-tables";
import { z } from "zod";
import type { Due, DueList } from "../platform/due-list.ts";
import { isAppError } from "../platform/errors.ts";
import { table } from "./table.ts";

const row = z.object({ at: z.number(), organizationId: z.string() });

/** One partition per list, row `{at, 15 digits}|{organizationId}`: a few writes a day for each organization. */
export function dueTable(client: TableClient, list: "daily" | "payment"): DueList {
  const rows = table(client, row);
  const time = (at: number) => String(Math.max(0, Math.floor(at))).padStart(15, "0");
  const key = ({ at, organizationId }: Due) => ({ partitionKey: list, rowKey: `${time(at)}|${organizationId}` });
  return {
    add: (due) => rows.upsert(key(due), due),
    async *due(now, limit) {
      for (const { value } of await rows.page(list, limit, "", time(now + 1))) yield value;
    },
    take: (due) =>
      rows.delete(key(due)).then(
        () => true,
        (error: unknown) => {
          if (isAppError(error, "storage.not_found")) return false;
          throw error;
        },
      ),
  };
}
