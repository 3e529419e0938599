import { createRequire } from "node:module";
import { setImmediate, setTimeout } from "node:timers/promises";

/* Runs in Azurite's process, before Azurite.
 *
 * Azurite keeps what it stores in memory and writes it out every five seconds, each of its databases at a moment of its own.
 * Killed in between it would come back with rows that name blobs which are not there. So here all databases are written as they
 * were at one moment, what is pointed to before what points to it: whatever is on disk, a row is never newer than its blob. */

interface Database {
  readonly filename: string;
  readonly persistenceAdapter: { saveDatabase(name: string, text: string, done: (error?: Error | null) => void): void };
  autosave: boolean;
  autosaveDirty(): boolean;
  autosaveClearFlags(): void;
  serialize(): string;
  autosaveEnable(): void;
  close(done?: () => void): void;
}
interface TableStore {
  beginBatchTransaction(...given: unknown[]): Promise<void>;
  endBatchTransaction(...given: unknown[]): Promise<void>;
}

const SHORTEST_PAUSE_MS = 1_000;
/** Writing takes no more than a tenth of the time, however large the databases. */
const PAUSE_PER_SAVE = 10;

const fromAzurite = createRequire(createRequire(import.meta.url).resolve("azurite/dist/src/azurite.js"));
const { prototype: database } = fromAzurite("lokijs") as { prototype: Database };
const tables = fromAzurite("./table/persistence/LokiTableMetadataStore.js") as { default: { prototype: TableStore } };

const open = new Set<Database>();
let writing: Promise<unknown> = Promise.resolve();
/** Transactions that are half way. */
let transactions = 0;

database.autosaveEnable = function () {
  this.autosave = true;
  open.add(this);
};

const close = database.close;
database.close = function (done) {
  open.delete(this);
  void writing.then(() => close.call(this, done));
};

const { beginBatchTransaction, endBatchTransaction } = tables.default.prototype;
tables.default.prototype.beginBatchTransaction = async function (...given) {
  await beginBatchTransaction.apply(this, given);
  transactions += 1;
};
tables.default.prototype.endBatchTransaction = async function (...given) {
  try {
    await endBatchTransaction.apply(this, given);
  } finally {
    transactions -= 1;
  }
};

async function saveNowAndThen(): Promise<void> {
  for (let pause = SHORTEST_PAUSE_MS; ; ) {
    await setTimeout(pause, undefined, { ref: false });
    while (transactions > 0) await setImmediate();
    const started = performance.now();
    const saves = [...open].filter((one) => one.autosaveDirty()).sort((a, b) => rank(a) - rank(b));
    const texts = saves.map((one) => (one.autosaveClearFlags(), one.serialize()));
    writing = write(saves, texts);
    await writing;
    pause = Math.max(SHORTEST_PAUSE_MS, PAUSE_PER_SAVE * (performance.now() - started));
  }
}

async function write(saves: readonly Database[], texts: readonly string[]): Promise<void> {
  for (const [at, one] of saves.entries()) {
    // One that was closed meanwhile writes itself, and knows more.
    if (!open.has(one)) continue;
    await new Promise<void>((resolve, reject) => {
      one.persistenceAdapter.saveDatabase(one.filename, texts[at] ?? "", (error) =>
        error ? reject(error) : resolve(),
      );
    });
  }
}

/** Bytes, then blobs and queues, then rows. */
const rank = ({ filename }: Database): number => (/extent/.test(filename) ? 0 : /table/.test(filename) ? 2 : 1);

// Ends Azurite when its parent goes away in any manner, also by SIGKILL: the pipe to its stdin closes then. Gently, so that what
// is in memory still goes to disk.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined);
process.stdin.on("close", () => {
  process.kill(process.pid, "SIGTERM");
  globalThis.setTimeout(() => process.exit(0), 5_000).unref();
});
process.stdin.resume();
(process.stdin as { unref?: () => void }).unref?.();

// A disk that takes no save ends Azurite: it would go on in memory and lose all of it.
saveNowAndThen().catch((error: unknown) => {
  process.stderr.write(`Azurite cannot save: ${error instanceof Error ? error.message : String(error)}\n`, () =>
    process.exit(1),
  );
});
