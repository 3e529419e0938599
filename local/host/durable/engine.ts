import { randomUUID } from "node:crypto";
import { type HostLogger, describeError } from "../logger.ts";
import { ActivityPump } from "./activity-pump.ts";
import { Change, type NewInstance } from "./change.ts";
import { type Chaos, createChaos, type ChaosOptions } from "./chaos.ts";
import type { DurableFunctions } from "./durable-functions.ts";
import { operateEntity } from "./entity.ts";
import type { KeptHistory } from "./episode.ts";
import { eventType, type HistoryEvent, outsideEvent } from "./history.ts";
import { runOrchestrator } from "./orchestrator.ts";
import { type Instance, isEnded, type Message, type Store } from "./store.ts";
import { createTurns, type Turns } from "./turns.ts";

export interface EngineLimits {
  readonly maxConcurrentActivities: number;
  readonly maxConcurrentOrchestrators: number;
  readonly maxConcurrentEntities: number;
  readonly maxEntityBatch: number;
}

export interface EngineOptions {
  readonly store: Store;
  readonly functions: DurableFunctions;
  readonly limits: EngineLimits;
  readonly logger: HostLogger;
  readonly chaos?: ChaosOptions;
}

/** An instance with something to do: what it has yet to read, and the history of its current execution. */
export interface Card {
  readonly id: string;
  inbox: Message[];
  history: KeptHistory | undefined;
  isRunning: boolean;
  timer: NodeJS.Timeout | undefined;
  /** Long replays pause a little, so that more completions come together into the next one. */
  restUntil: number;
}

/** After a turn: nothing will come any more, look again, or nothing to do before something new arrives. */
export type Next = "ended" | "again" | "idle";

/** The pause after a replay is as long as the replay took, but never longer than this. */
const maxRestMs = 250;

/**
 * Runs orchestrations, entities and activities on a store. Whatever happens is one transaction per work item, and work is
 * done only for what is committed; so a process that dies at any moment repeats at most what it had not committed.
 */
export class Engine {
  readonly store: Store;
  readonly functions: DurableFunctions;
  readonly limits: EngineLimits;
  readonly logger: HostLogger;
  private readonly chaos: Chaos;
  private readonly cards = new Map<string, Card>();
  private readonly orchestratorTurns: Turns;
  private readonly entityTurns: Turns;
  private readonly activities: ActivityPump;
  private isStopped = false;

  constructor(options: EngineOptions) {
    this.store = options.store;
    this.functions = options.functions;
    this.limits = options.limits;
    this.logger = options.logger;
    this.chaos = createChaos(options.chaos);
    this.orchestratorTurns = createTurns(options.limits.maxConcurrentOrchestrators);
    this.entityTurns = createTurns(options.limits.maxConcurrentEntities);
    this.activities = new ActivityPump({
      functions: options.functions,
      limit: options.limits.maxConcurrentActivities,
      logger: options.logger,
      chaos: this.chaos,
      change: (work) => this.change(work),
    });
  }

  /** Takes up whatever an earlier process left. */
  start(): void {
    for (const message of this.store.messages()) this.card(message.to).inbox.push(message);
    for (const { id, stalled } of this.store.instances({})) if (stalled) this.card(id);
    for (const id of this.cards.keys()) this.wake(id);
    this.activities.add(this.store.activities());
  }

  /** Ends without losing anything: what runs gets a moment to finish, the rest is done by the next start. */
  async stop(graceMs: number): Promise<void> {
    await this.activities.stop(graceMs);
    this.abandon();
  }

  /** Ends as a crash does: nothing more is written. */
  abandon(): void {
    this.isStopped = true;
    this.activities.abandon();
    for (const card of this.cards.values()) clearTimeout(card.timer);
    this.cards.clear();
  }

  /** One transaction; what it added is handed out once it is committed. */
  change<T>(work: (change: Change) => T): T | undefined {
    if (this.isStopped) return undefined;
    const change = new Change(this.store, Date.now());
    const result = this.store.transaction(() => work(change));
    for (const id of change.started) this.dropCard(id);
    for (const message of change.messages) this.card(message.to).inbox.push(message);
    for (const id of new Set(change.messages.map(({ to }) => to))) this.wake(id);
    this.activities.add(change.activities);
    return result;
  }

  /**
   * Starts an instance.
   * @returns the status that forbids it, when an instance of that id has not ended.
   */
  startInstance(instance: NewInstance): Instance["status"] | undefined {
    const existing = this.store.instance(instance.id);
    if (existing !== undefined && !isEnded(existing.status)) return existing.status;
    this.change((change) => change.start(instance));
    return undefined;
  }

  raiseEvent(id: string, name: string, input: string): void {
    this.tell(id, eventType.eventRaised, { Name: name, Input: input });
  }

  terminate(id: string, reason: string | null): void {
    this.tell(id, eventType.executionTerminated, { Input: reason });
  }

  suspend(id: string, reason: string | null): void {
    this.tell(id, eventType.executionSuspended, { Reason: reason });
  }

  resume(id: string, reason: string | null): void {
    this.tell(id, eventType.executionResumed, { Reason: reason });
  }

  signalEntity(id: string, operation: string, input: string | undefined): void {
    const message = { op: operation, signal: true, ...(input === undefined ? {} : { input }), id: randomUUID() };
    this.tell(id, eventType.eventRaised, { Name: "op", Input: JSON.stringify(message) });
  }

  /** Forgets ended instances. Children stay, and activities that still run end unheard. */
  purge(ids: readonly string[]): void {
    for (const id of ids) this.dropCard(id);
    this.change(({ store }) => {
      for (const id of ids) store.deleteInstance(id);
    });
  }

  private tell(id: string, type: number, fields: Partial<HistoryEvent>): void {
    this.change((change) => change.send(id, outsideEvent(type, change.now, fields)));
  }

  private card(id: string): Card {
    let card = this.cards.get(id);
    if (card === undefined) {
      card = { id, inbox: [], history: undefined, isRunning: false, timer: undefined, restUntil: 0 };
      this.cards.set(id, card);
    }
    return card;
  }

  private dropCard(id: string): void {
    clearTimeout(this.cards.get(id)?.timer);
    this.cards.delete(id);
  }

  /** Lets the instance run as soon as something is due for it. */
  private wake(id: string): void {
    const card = this.cards.get(id);
    if (card === undefined || card.isRunning || this.isStopped) return;
    const now = Date.now();
    const dueAt = card.inbox.reduce((earliest, message) => Math.min(earliest, message.dueAt), Infinity);
    const at = Math.max(dueAt === Infinity ? 0 : dueAt, card.restUntil);
    clearTimeout(card.timer);
    if (at > now) {
      card.timer = setTimeout(() => this.wake(id), Math.min(at - now, 2 ** 31 - 1));
      return;
    }
    card.isRunning = true;
    const isEntity = this.isEntity(id);
    const turns = isEntity ? this.entityTurns : this.orchestratorTurns;
    turns(() => this.run(card, isEntity));
  }

  /** An orchestration may have an id like an entity's, so what counts is the row, if any: an entity's name is its id. */
  private isEntity(id: string): boolean {
    return id.startsWith("@") && (this.store.instance(id)?.name ?? id) === id;
  }

  private async run(card: Card, isEntity: boolean): Promise<void> {
    await this.chaos.pause();
    // An execution that was replaced meanwhile must not read for the new one.
    if (!this.isCurrent(card)) return;
    const startedAt = Date.now();
    const next = await this.attempt(card, isEntity);
    if (!this.isCurrent(card)) return;
    card.isRunning = false;
    card.restUntil = Math.max(card.restUntil, Date.now() + Math.min(Date.now() - startedAt, maxRestMs));
    if (next === "ended" && card.inbox.length === 0) this.dropCard(card.id);
    else if (next !== "idle" && card.inbox.length > 0) this.wake(card.id);
  }

  /** What fails here is a fault of the host or of its disk, not of the app: it is tried again a little later. */
  private async attempt(card: Card, isEntity: boolean): Promise<Next> {
    try {
      return isEntity ? await operateEntity(this, card) : await runOrchestrator(this, card);
    } catch (error) {
      this.logger({ level: "error", category: "Host.Durable", message: `${card.id}: ${describeError(error)}` });
      card.history = undefined;
      card.restUntil = Date.now() + 1000;
      return "again";
    }
  }

  private isCurrent(card: Card): boolean {
    return !this.isStopped && this.cards.get(card.id) === card;
  }
}
