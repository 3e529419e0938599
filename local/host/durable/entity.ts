import { randomUUID } from "node:crypto";
import { entityInstanceId, entityName } from "./actions.ts";
import type { Change } from "./change.ts";
import type { EntityBatchResult } from "./durable-functions.ts";
import type { Card, Engine, Next } from "./engine.ts";
import { eventType, outsideEvent } from "./history.ts";
import type { EntityMessage } from "./scheduled.ts";
import type { Instance, Message } from "./store.ts";

/** An entity as kept in the input of its instance, which is where the real one keeps it. */
interface EntityRow {
  readonly exists?: boolean;
  /** JSON text. */
  readonly state?: string;
  /** Id of the orchestration that holds the lock. */
  readonly lockedBy?: string;
}

/** What one pass over an entity's inbox comes to. */
interface Pass {
  readonly read: Message[];
  readonly operations: EntityMessage[];
  /** A lock that is granted in this pass. */
  lock: EntityMessage | undefined;
  lockedBy: string | undefined;
}

/** Works off messages of one entity: one call of its function with a batch of operations, one transaction. */
export async function operateEntity(engine: Engine, card: Card): Promise<Next> {
  const row = engine.store.instance(card.id);
  const entity = rowOf(row);
  const pass = readInbox(card, entity.lockedBy, engine.limits.maxEntityBatch);
  const self = entityName(card.id);
  if (self === undefined || pass.read.length === 0) return card.inbox.length === 0 ? "ended" : "idle";
  if (!engine.functions.has("entity", self.name)) {
    const message = `There is no entity '${self.name}'; messages for ${card.id} wait until there is.`;
    engine.logger({ level: "warning", category: "Host.Durable", message });
    return "idle";
  }
  const result = pass.operations.length === 0 ? undefined : await operate(engine, self, entity, pass.operations);
  engine.change((change) => commitPass(change, card, row, entity, pass, result));
  const gone = new Set(pass.read);
  card.inbox = card.inbox.filter((message) => !gone.has(message));
  return card.inbox.length === 0 ? "ended" : "again";
}

const rowOf = (row: Instance | undefined): EntityRow => JSON.parse(row?.input ?? "{}") as EntityRow;

/** In order of arrival; while the entity is locked, everybody but the holder of the lock has to wait. */
function readInbox(card: Card, holder: string | undefined, limit: number): Pass {
  const pass: Pass = { read: [], operations: [], lock: undefined, lockedBy: holder };
  for (const message of [...card.inbox].sort((a, b) => a.seq - b.seq)) {
    const request = JSON.parse(message.event.Input ?? "{}") as EntityMessage;
    if (message.event.Name === "release") {
      if (request.parent === pass.lockedBy) pass.lockedBy = undefined;
      pass.read.push(message);
      continue;
    }
    if (pass.lockedBy !== undefined && request.parent !== pass.lockedBy) continue;
    if (request.lockset !== undefined) {
      // What came before the lock is done first, in a pass of its own.
      if (pass.operations.length > 0) break;
      pass.lock = request;
      pass.lockedBy = request.parent;
      pass.read.push(message);
      break;
    }
    if (pass.operations.length >= limit) break;
    pass.operations.push(request);
    pass.read.push(message);
  }
  return pass;
}

async function operate(
  engine: Engine,
  self: { name: string; key: string },
  entity: EntityRow,
  operations: readonly EntityMessage[],
): Promise<EntityBatchResult> {
  const batch = operations.map(({ op, input, signal, id }) => ({
    name: op ?? "",
    input: input ?? null,
    isSignal: signal === true,
    id,
  }));
  const request = { self, exists: entity.exists === true, state: entity.state ?? null, batch };
  return engine.functions.operate(self.name, JSON.stringify(request));
}

function commitPass(
  change: Change,
  card: Card,
  row: Instance | undefined,
  entity: EntityRow,
  pass: Pass,
  result: EntityBatchResult | undefined,
): void {
  change.store.deleteMessages(pass.read);
  const exists = result?.entityExists ?? entity.exists === true;
  const state = result === undefined ? entity.state : (result.entityState ?? undefined);
  const input = {
    ...(exists ? { exists } : {}),
    ...(state === undefined ? {} : { state }),
    ...(pass.lockedBy === undefined ? {} : { lockedBy: pass.lockedBy }),
    sorter: {},
  };
  change.store.putInstance({
    ...{ id: card.id, execution: row?.execution ?? randomUUID(), name: card.id, status: "Running" },
    ...{
      input: JSON.stringify(input),
      output: null,
      customStatus: JSON.stringify(exists ? { entityExists: true } : {}),
    },
    ...{ createdAt: row?.createdAt ?? change.now, updatedAt: change.now, parent: null, stalled: false },
  });
  pass.operations.forEach((operation, index) => answer(change, operation, result?.results[index]));
  for (const { target, name, input: text } of result?.signals ?? []) {
    const message = { op: name, signal: true, id: randomUUID(), ...(text ? { input: text } : {}) };
    const Input = JSON.stringify(message);
    change.send(entityInstanceId(target), outsideEvent(eventType.eventRaised, change.now, { Name: "op", Input }));
  }
  if (pass.lock !== undefined) passLockOn(change, pass.lock);
}

function answer(
  change: Change,
  request: EntityMessage,
  result: EntityBatchResult["results"][number] | undefined,
): void {
  if (request.signal === true || result === undefined) return;
  reply(change, request, { result: result.result ?? null, ...(result.isError ? { exceptionType: "Error" } : {}) });
}

function reply(change: Change, request: EntityMessage, message: object): void {
  if (request.parent === undefined) return;
  const fields = { Name: request.id, Input: JSON.stringify(message) };
  const execution = request.parentExecution ?? null;
  change.send(request.parent, outsideEvent(eventType.eventRaised, change.now, fields), { execution });
}

/** The request visits the entities of its set one by one, sorted; the last one tells the orchestration. */
function passLockOn(change: Change, lock: EntityMessage): void {
  const pos = (lock.pos ?? 0) + 1;
  const next = lock.lockset?.[pos];
  if (next === undefined) return reply(change, lock, { result: "Lock Acquisition Completed" });
  const fields = { Name: "op", Input: JSON.stringify({ ...lock, pos }) };
  change.send(entityInstanceId(next), outsideEvent(eventType.eventRaised, change.now, fields));
}
