import { createHash } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import type { Simulator } from "../../local/graph-simulator/simulator.ts";
import { createArchiveReader } from "../../shared/archive/archive-reader.ts";
import { archiveTables } from "../../shared/storage/archive-tables.ts";
import { contentTables } from "../../shared/storage/content-tables.ts";
import { organizationBlobs } from "../../shared/storage/organization-blobs.ts";
import type { Answer, Person, TestApi } from "./api.ts";
import { connected } from "./connected.ts";

/** A new organization whose tenant is the simulator's, all of its accounts active. */
export interface BackedUp {
  readonly organizationId: string;
  readonly admin: Person;
  readonly partnerAdmin: Person;
  readonly base: string;
  /** Begins a run of all accounts; answers its id. */
  begin(): Promise<string>;
  /** Of the run, now. */
  status(runId: string): Promise<string>;
  /** The run once it has ended; a host that is down is waited for. */
  ended(runId: string): Promise<Answer["body"]>;
  /** What the archive has of each account that the tenant has not, the other way round, or otherwise: message by message, version by
   * version, byte by byte. Versions that were there before, by account, are wanted too. */
  differences(before?: Held): Promise<string[]>;
  /** What the tenant's export would give of each account now. */
  held(): Held;
  /** All versions that the archive has, over all accounts, doubles and all. */
  packed(): Promise<number>;
}

/** Account → version → JSON. */
export type Held = ReadonlyMap<string, ReadonlyMap<string, string>>;

export async function backedUp(api: TestApi, simulator: Simulator): Promise<BackedUp> {
  const { organizationId, admin, partnerAdmin } = await connected(api, simulator);
  const base = `organizations/${organizationId}`;
  const post = (path: string, body: object) => api.ask(admin, "POST", `${base}/${path}`, { body });
  const ended = async (path: string): Promise<Answer["body"]> => {
    for (let tries = 0; tries < 600; tries++, await delay(100)) {
      const answer = await api.ask(admin, "GET", path).catch(() => undefined);
      if (answer?.status === 200 && !["Queued", "Running"].includes(answer.body.status)) return answer.body;
    }
    throw new Error(`${path} does not end`);
  };
  const listed = await api.ask(admin, "GET", `${base}/accounts?top=500&status=ACTIVE`);
  const accounts = listed.body.items as { id: string; graphId: string }[];

  const blobs = organizationBlobs(api.data.blobs);
  const archive = archiveTables(api.data.table("archive"), blobs);
  const contents = contentTables(api.data.table("contents"), api.data.table("pendingContents"), blobs);
  const reader = createArchiveReader(archive);

  async function* ofMessages({ id, graphId }: (typeof accounts)[number], before?: Held): AsyncGenerator<string> {
    const wanted = new Map([...(before?.get(graphId) ?? []), ...heldBy(simulator, graphId)]);
    const all = { from: 0, to: Date.UTC(2100, 0) };
    for await (const { chatId, id: messageId, etag, raw } of reader.versions(organizationId, id, all)) {
      const key = `${chatId} ${messageId} ${etag}`;
      if (!wanted.has(key)) yield `${key} is in the archive alone, or twice`;
      else if (wanted.get(key) !== canonical(raw)) yield `${key} differs`;
      wanted.delete(key);
    }
    for (const key of wanted.keys()) yield `${key} is in the tenant alone`;
  }

  async function* ofContents(graphId: string): AsyncGenerator<string> {
    for (const { chatId, messageId, reference, available, sha256 } of simulator.query.contents(graphId, {})) {
      const records = await contents.ofMessage(organizationId, chatId, messageId);
      const record = records.find(
        (one) => reference === (one.reference.kind === "hosted" ? one.reference.hostedId : one.reference.url),
      );
      const name = `${messageId} ${reference.slice(0, 40)}`;
      if (!available && record?.state !== "failed") yield `${name} cannot be had and is ${record?.state ?? "unknown"}`;
      if (!available) continue;
      if (record?.state !== "stored") yield `${name} is ${record?.state ?? "unknown"} ${record?.reason ?? ""}`;
      else if (record.sha256 !== sha256) yield `${name} is named as other bytes`;
      else {
        const hash = createHash("sha256");
        for await (const chunk of await contents.open(organizationId, sha256)) hash.update(chunk as Buffer);
        if (hash.digest("hex") !== sha256) yield `${name} has other bytes`;
      }
    }
  }

  return {
    organizationId,
    admin,
    partnerAdmin,
    base,
    begin: async () => (await post("backups", { all: true })).body.id as string,
    status: async (runId) => (await api.ask(admin, "GET", `${base}/backups/${runId}`)).body.status as string,
    ended: (runId) => ended(`${base}/backups/${runId}`),
    held: () => new Map(accounts.map(({ graphId }) => [graphId, heldBy(simulator, graphId)])),
    async differences(before) {
      const found = await Promise.all(
        accounts.map(async (account) => [
          ...(await Array.fromAsync(ofMessages(account, before))),
          ...(await Array.fromAsync(ofContents(account.graphId))),
        ]),
      );
      return found.flat();
    },
    async packed() {
      let sum = 0;
      for (const { id: accountId } of accounts) {
        for await (const { versions } of archive.packs({ organizationId, accountId })) sum += versions;
      }
      return sum;
    },
  };
}

const heldBy = (simulator: Simulator, graphId: string): Map<string, string> =>
  new Map(
    [...simulator.query.messages(graphId, {})].map((line) => {
      const message = JSON.parse(line) as { chatId: string; id: string; etag: string };
      return [`${message.chatId} ${message.id} ${message.etag}`, canonical(message)];
    }),
  );

/** Both come from JSON: the order of their keys is that of the text. */
const canonical = (value: object): string => JSON.stringify(value);
