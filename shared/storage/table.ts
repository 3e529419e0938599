import { type TableClient, type TransactionAction, odata } from "@azure/data-tables";
import type { z } from "zod";
import { isAppError, unless } from "../platform/errors.ts";
import { storageCall } from "./storage-call.ts";

export interface Key {
  readonly partitionKey: string;
  readonly rowKey: string;
}

export interface Row<T> extends Key {
  readonly etag: string;
  readonly value: T;
}

export type Write<T> =
  | ({ readonly action: "insert" | "upsert"; readonly value: T } & Key)
  | ({ readonly action: "replace"; readonly value: T; readonly etag: string } & Key)
  | ({ readonly action: "delete" } & Key);

/** Rows of one shape in one table. Each value is checked on its way out: a row that does not parse throws, it is never
 * skipped. The table is made at the first write; reading one that does not exist finds nothing. Errors: `storageCall`. */
export interface Table<T> {
  get(key: Key): Promise<Row<T> | undefined>;
  /** Rows in key order. `from` is included, `to` excluded; streamed by the service's pages of 1,000. `where`: an OData filter that
   * the service applies to every row of the range. */
  list(
    partitionKey: string,
    range?: { readonly from?: string; readonly to?: string; readonly where?: string },
  ): AsyncGenerator<Row<T>>;
  /** At most `limit` rows after the row key `after` and below `below`, in key order. */
  page(partitionKey: string, limit: number, after?: string, below?: string): Promise<Row<T>[]>;
  /** Keys of the partitions that begin with the prefix, in order, after the given one. One look-up each. */
  partitions(prefix: string, after?: string): AsyncGenerator<string>;
  /** Answers the new row's etag. */
  insert(key: Key, value: T): Promise<string>;
  upsert(key: Key, value: T): Promise<void>;
  /** Answers the new etag. Throws `storage.changed` when somebody wrote since the row was read. */
  replace(row: Key & { readonly etag: string }, value: T): Promise<string>;
  /** With an etag: throws `storage.changed` when somebody wrote since. */
  delete(key: Key, etag?: string): Promise<void>;
  /** All or nothing, at most 100 writes to one partition; `storage.conflict` when an inserted row exists. */
  transaction(writes: readonly Write<T>[]): Promise<void>;
}

type Values<T> = { readonly [K in keyof T]: string | number | boolean | Uint8Array | undefined };

/** Rows hold flat values: strings, whole numbers, booleans and bytes. Numbers are written as doubles, so milliseconds fit. With
 * `columns`, lists ask the service for no others. */
export function table<T extends Values<T>>(
  client: TableClient,
  schema: z.ZodType<T>,
  columns?: readonly (keyof T & string)[],
): Table<T> {
  const select = columns && { select: ["PartitionKey", "RowKey", ...columns] };
  let made: Promise<void> | undefined;
  const ready = () =>
    (made ??= client.createTable().catch((error: unknown) => ((made = undefined), Promise.reject(error))));
  const write = async (call: () => Promise<unknown>) => {
    await storageCall(async () => (await ready(), await call()));
  };
  const tagged = async (call: () => Promise<{ etag?: string }>) =>
    (await storageCall(async () => (await ready(), await call()))).etag ?? "";
  const read = (entity: Record<string, unknown>): Row<T> => ({
    partitionKey: String(entity["partitionKey"]),
    rowKey: String(entity["rowKey"]),
    etag: String(entity["etag"]),
    value: schema.parse(entity),
  });
  async function* query(filter: string, maxPageSize = 1_000): AsyncGenerator<Row<T>> {
    const pages = client.listEntities({ queryOptions: { filter, ...select } }).byPage({ maxPageSize });
    for (;;) {
      const next = await storageCall(() => pages.next()).catch(nothing);
      if (!next || next.done) return;
      for (const entity of next.value) yield read(entity);
    }
  }
  return {
    async get({ partitionKey, rowKey }) {
      const entity = await storageCall(() => client.getEntity(partitionKey, rowKey)).catch(nothing);
      return entity && read(entity);
    },
    list: (partitionKey, range = {}) =>
      query(
        [
          odata`PartitionKey eq ${partitionKey}`,
          ...(range.from === undefined ? [] : [odata`RowKey ge ${range.from}`]),
          ...(range.to === undefined ? [] : [odata`RowKey lt ${range.to}`]),
          ...(range.where === undefined ? [] : [`(${range.where})`]),
        ].join(" and "),
      ),
    async page(partitionKey, limit, after = "", below = "~") {
      const rows: Row<T>[] = [];
      if (limit <= 0) return rows;
      for await (const row of query(
        odata`PartitionKey eq ${partitionKey} and RowKey gt ${after} and RowKey lt ${below}`,
        Math.min(limit, 1_000),
      )) {
        if (rows.push(row) >= limit) break;
      }
      return rows;
    },
    async *partitions(prefix, after = prefix) {
      for (let last: string | undefined = after; last !== undefined; ) {
        last = await firstPartition(client, odata`PartitionKey gt ${last} and PartitionKey lt ${`${prefix}~`}`);
        if (last !== undefined) yield last;
      }
    },
    insert: (key, value) => tagged(() => client.createEntity(entity(key, value))),
    upsert: (key, value) => write(() => client.upsertEntity(entity(key, value), "Replace")),
    replace: (row, value) => tagged(() => client.updateEntity(entity(row, value), "Replace", { etag: row.etag })),
    delete: ({ partitionKey, rowKey }, etag = "*") => write(() => client.deleteEntity(partitionKey, rowKey, { etag })),
    transaction: (writes) => write(() => client.submitTransaction(writes.map(toAction))),
  };
}

/** The service may answer empty pages before the first row. */
async function firstPartition(client: TableClient, filter: string): Promise<string | undefined> {
  const pages = client.listEntities({ queryOptions: { filter, select: ["PartitionKey"] } }).byPage({ maxPageSize: 1 });
  for (;;) {
    const next = await storageCall(() => pages.next()).catch(nothing);
    if (!next || next.done) return undefined;
    const [row] = next.value;
    if (row?.partitionKey !== undefined) return row.partitionKey;
  }
}

/** Inserts rows of one partition, by the hundred; those that exist already stay as they are. Answers those that did not. */
export async function insertMissing<T>(rows: Table<T>, writes: readonly Write<T>[]): Promise<Write<T>[]> {
  const inserted: Write<T>[] = [];
  for (const batch of chunks(writes, 100)) {
    try {
      await rows.transaction(batch);
      inserted.push(...batch);
    } catch (error) {
      if (!isAppError(error, "storage.conflict")) throw error;
      if (batch.length > 1) for (const write of batch) inserted.push(...(await insertMissing(rows, [write])));
    }
  }
  return inserted;
}

/** In their order, `size` at a time. */
export const chunks = <T>(items: readonly T[], size: number): T[][] =>
  Array.from({ length: Math.ceil(items.length / size) }, (_, at) => items.slice(at * size, (at + 1) * size));

function toAction<T extends Values<T>>(write: Write<T>): TransactionAction {
  switch (write.action) {
    case "insert":
      return ["create", entity(write, write.value)];
    case "upsert":
      return ["upsert", entity(write, write.value), "Replace"];
    case "replace":
      return ["update", entity(write, write.value), "Replace", { etag: write.etag }];
    case "delete":
      return ["delete", { partitionKey: write.partitionKey, rowKey: write.rowKey }];
  }
}

/** A whole number would be written as a 32-bit integer and refused beyond it. */
function entity<T extends Values<T>>({ partitionKey, rowKey }: Key, value: T) {
  const fields = Object.entries<Values<T>[keyof T]>(value).map(([name, field]) => [
    name,
    typeof field === "number" ? { type: "Double", value: String(field) } : field,
  ]);
  return { ...(Object.fromEntries(fields) as Record<string, unknown>), partitionKey, rowKey };
}

const nothing = unless("storage.not_found");
