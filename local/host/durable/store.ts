import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";
import type { HistoryEvent, ParentInstance } from "./history.ts";

export type RuntimeStatus = "Pending" | "Running" | "Suspended" | "Completed" | "Failed" | "Terminated";

export const isEnded = (status: RuntimeStatus): boolean =>
  status === "Completed" || status === "Failed" || status === "Terminated";

/** An orchestration or, with an id like `@name@key`, an entity. Input, output and custom status are JSON texts. */
export interface Instance {
  readonly id: string;
  readonly execution: string;
  readonly name: string;
  readonly status: RuntimeStatus;
  readonly input: string | null;
  readonly output: string | null;
  readonly customStatus: string | null;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly parent: ParentInstance | null;
  /** Waits for a function that the app does not have; tried again at the next start. */
  readonly stalled: boolean;
}

/** Something an instance has yet to read. `execution` null: meant for whichever execution is the current one. */
export interface Message {
  readonly seq: number;
  readonly to: string;
  readonly execution: string | null;
  /** Not to be read before this moment (ms, UTC). */
  readonly dueAt: number;
  readonly event: HistoryEvent;
}

export interface Activity {
  readonly seq: number;
  readonly instance: string;
  readonly execution: string;
  readonly taskId: number;
  readonly name: string;
  /** JSON text; null when there is no input. */
  readonly input: string | null;
}

export interface InstanceFilter {
  readonly statuses?: readonly string[];
  readonly createdFrom?: number;
  readonly createdTo?: number;
  readonly prefix?: string;
  /** The first id of the page. */
  readonly from?: string;
  readonly limit?: number;
}

const schema = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = NORMAL;
  CREATE TABLE IF NOT EXISTS instances (
    id TEXT PRIMARY KEY, execution TEXT NOT NULL, name TEXT NOT NULL, status TEXT NOT NULL, input TEXT, output TEXT,
    customStatus TEXT, createdAt INTEGER NOT NULL, updatedAt INTEGER NOT NULL, parent TEXT, stalled INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS history (
    id TEXT NOT NULL, n INTEGER NOT NULL, event TEXT NOT NULL, PRIMARY KEY (id, n)
  ) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS inbox (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL, execution TEXT, dueAt INTEGER NOT NULL, event TEXT NOT NULL
  );
  CREATE INDEX IF NOT EXISTS inboxById ON inbox (id);
  CREATE TABLE IF NOT EXISTS activities (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL, execution TEXT NOT NULL, taskId INTEGER NOT NULL,
    name TEXT NOT NULL, input TEXT
  );
  CREATE INDEX IF NOT EXISTS activitiesById ON activities (id);
  CREATE TABLE IF NOT EXISTS timers (name TEXT PRIMARY KEY, lastAt INTEGER, updatedAt INTEGER NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS leases (queue TEXT NOT NULL, id TEXT NOT NULL, receipt TEXT NOT NULL, PRIMARY KEY (queue, id)) WITHOUT ROWID;
`;

/** Whether SQLite says that a file is none of its own, or spoilt. @see https://www.sqlite.org/rescode.html */
export const isDamage = (error: unknown): boolean =>
  error instanceof Error && "errcode" in error && [11, 26].includes(Number(error.errcode) & 0xff);

/** All that outlives a crash. Every method belongs into a `transaction`, except reads. */
export class Store {
  readonly database: DatabaseSync;
  private readonly statements = new Map<string, StatementSync>();

  /** @param path a file, or `:memory:` */
  constructor(path: string) {
    this.database = new DatabaseSync(path);
    // Before anything else: the file belongs to one process, until that process is gone however it ended.
    this.database.exec("PRAGMA locking_mode = EXCLUSIVE");
    this.database.exec(schema);
  }

  /** Runs the work in one transaction, or not at all. */
  transaction<T>(work: () => T): T {
    this.database.exec("BEGIN IMMEDIATE");
    try {
      const result = work();
      this.database.exec("COMMIT");
      return result;
    } catch (error) {
      this.database.exec("ROLLBACK");
      throw error;
    }
  }

  instance(id: string): Instance | undefined {
    const row = this.sql("SELECT * FROM instances WHERE id = ?").get(id);
    return row === undefined ? undefined : toInstance(row);
  }

  /** In the order of ids. */
  instances(filter: InstanceFilter): Instance[] {
    const where: string[] = [];
    const values: SQLInputValue[] = [];
    const add = (condition: string, ...value: SQLInputValue[]): void => {
      where.push(condition);
      values.push(...value);
    };
    const { statuses = [], createdFrom, createdTo, prefix, from, limit } = filter;
    if (statuses.length > 0) add(`status IN (${statuses.map(() => "?").join(",")})`, ...statuses);
    if (createdFrom !== undefined) add("createdAt >= ?", createdFrom);
    if (createdTo !== undefined) add("createdAt <= ?", createdTo);
    if (prefix !== undefined) add("substr(id, 1, ?) = ?", prefix.length, prefix);
    if (from !== undefined) add("id >= ?", from);
    const condition = where.length === 0 ? "" : `WHERE ${where.join(" AND ")}`;
    const query = `SELECT * FROM instances ${condition} ORDER BY id ${limit === undefined ? "" : "LIMIT ?"}`;
    return this.sql(query)
      .all(...values, ...(limit === undefined ? [] : [limit]))
      .map(toInstance);
  }

  putInstance(row: Instance): void {
    this.sql("INSERT OR REPLACE INTO instances VALUES (?,?,?,?,?,?,?,?,?,?,?)").run(
      row.id,
      row.execution,
      row.name,
      row.status,
      row.input,
      row.output,
      row.customStatus,
      row.createdAt,
      row.updatedAt,
      row.parent === null ? null : JSON.stringify(row.parent),
      row.stalled ? 1 : 0,
    );
  }

  /** Forgets all about an instance except what its activities still do. */
  deleteInstance(id: string): void {
    for (const table of ["instances", "history", "inbox"]) this.sql(`DELETE FROM ${table} WHERE id = ?`).run(id);
  }

  history(id: string): string[] {
    return this.sql("SELECT event FROM history WHERE id = ? ORDER BY n")
      .all(id)
      .map((row) => row["event"] as string);
  }

  appendHistory(id: string, from: number, events: readonly string[]): void {
    const insert = this.sql("INSERT INTO history VALUES (?,?,?)");
    events.forEach((event, index) => insert.run(id, from + index, event));
  }

  deleteHistory(id: string): void {
    this.sql("DELETE FROM history WHERE id = ?").run(id);
  }

  messages(): Message[] {
    return this.sql("SELECT * FROM inbox ORDER BY seq").all().map(toMessage);
  }

  addMessage(message: Omit<Message, "seq">): Message {
    const { to, execution, dueAt, event } = message;
    const insert = this.sql("INSERT INTO inbox (id, execution, dueAt, event) VALUES (?,?,?,?)");
    const { lastInsertRowid } = insert.run(to, execution, dueAt, JSON.stringify(event));
    return { seq: Number(lastInsertRowid), ...message };
  }

  deleteMessages(messages: readonly Message[]): void {
    const remove = this.sql("DELETE FROM inbox WHERE seq = ?");
    for (const { seq } of messages) remove.run(seq);
  }

  deleteInbox(id: string): void {
    this.sql("DELETE FROM inbox WHERE id = ?").run(id);
  }

  activities(): Activity[] {
    return this.sql("SELECT * FROM activities ORDER BY seq").all().map(toActivity);
  }

  addActivity(activity: Omit<Activity, "seq">): Activity {
    const { instance, execution, taskId, name, input } = activity;
    const insert = this.sql("INSERT INTO activities (id, execution, taskId, name, input) VALUES (?,?,?,?,?)");
    const { lastInsertRowid } = insert.run(instance, execution, taskId, name, input);
    return { seq: Number(lastInsertRowid), ...activity };
  }

  /** @returns false when it was gone already */
  deleteActivity(seq: number): boolean {
    return Number(this.sql("DELETE FROM activities WHERE seq = ?").run(seq).changes) > 0;
  }

  /** When a timer's last occurrence was, and when that was written down; undefined: never seen. */
  timer(name: string): { lastAt: number | null; updatedAt: number } | undefined {
    const row = this.sql("SELECT lastAt, updatedAt FROM timers WHERE name = ?").get(name);
    return row === undefined
      ? undefined
      : { lastAt: row["lastAt"] as number | null, updatedAt: row["updatedAt"] as number };
  }

  putTimer(name: string, lastAt: number | null, updatedAt: number): void {
    this.sql("INSERT OR REPLACE INTO timers VALUES (?,?,?)").run(name, lastAt, updatedAt);
  }

  /** Queue messages that were being worked on; a later start gives them back to their queue at once. */
  leases(queue: string): { id: string; receipt: string }[] {
    return this.sql("SELECT id, receipt FROM leases WHERE queue = ?")
      .all(queue)
      .map((row) => ({ id: row["id"] as string, receipt: row["receipt"] as string }));
  }

  putLease(queue: string, id: string, receipt: string): void {
    this.sql("INSERT OR REPLACE INTO leases VALUES (?,?,?)").run(queue, id, receipt);
  }

  deleteLease(queue: string, id: string): void {
    this.sql("DELETE FROM leases WHERE queue = ? AND id = ?").run(queue, id);
  }

  close(): void {
    this.database.close();
  }

  private sql(text: string): StatementSync {
    let statement = this.statements.get(text);
    if (statement === undefined) {
      statement = this.database.prepare(text);
      this.statements.set(text, statement);
    }
    return statement;
  }
}

type Row = Record<string, unknown>;

const toInstance = (row: Row): Instance => ({
  ...(row as unknown as Instance),
  parent: row["parent"] === null ? null : (JSON.parse(row["parent"] as string) as ParentInstance),
  stalled: row["stalled"] === 1,
});

const toMessage = (row: Row): Message => ({
  seq: row["seq"] as number,
  to: row["id"] as string,
  execution: row["execution"] as string | null,
  dueAt: row["dueAt"] as number,
  event: JSON.parse(row["event"] as string) as HistoryEvent,
});

const toActivity = (row: Row): Activity => ({
  seq: row["seq"] as number,
  instance: row["id"] as string,
  execution: row["execution"] as string,
  taskId: row["taskId"] as number,
  name: row["name"] as string,
  input: row["input"] as string | null,
});
