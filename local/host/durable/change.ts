import { randomUUID } from "node:crypto";
import { eventType, type HistoryEvent, outsideEvent, type ParentInstance } from "./history.ts";
import type { Activity, Message, Store } from "./store.ts";

/** What one transaction adds for others to work on. It is handed out after the commit, never before. */
export class Change {
  readonly messages: Message[] = [];
  readonly activities: Activity[] = [];
  /** Instances that begin anew: what is in memory of them is out of date. */
  readonly started = new Set<string>();
  readonly store: Store;
  readonly now: number;

  constructor(store: Store, now: number) {
    this.store = store;
    this.now = now;
  }

  send(to: string, event: HistoryEvent, options: { execution?: string | null; dueAt?: number } = {}): void {
    const { execution = null, dueAt = 0 } = options;
    this.messages.push(this.store.addMessage({ to, execution, dueAt, event }));
  }

  schedule(activity: Omit<Activity, "seq">): void {
    this.activities.push(this.store.addActivity(activity));
  }

  /** Begins an execution; whatever else the instance was before is replaced. */
  start(options: NewInstance): void {
    const { id, name, input, parent = null } = options;
    const execution = randomUUID();
    this.store.deleteInstance(id);
    this.started.add(id);
    this.store.putInstance({
      ...{ id, execution, name, input, parent, status: "Pending", output: null, customStatus: null, stalled: false },
      ...{ createdAt: this.now, updatedAt: this.now },
    });
    const OrchestrationInstance = { InstanceId: id, ExecutionId: execution };
    const fields = { Name: name, Input: input, OrchestrationInstance, ParentInstance: parent };
    this.send(id, outsideEvent(eventType.executionStarted, this.now, fields), { execution });
  }
}

export interface NewInstance {
  readonly id: string;
  readonly name: string;
  /** JSON text; null for none. */
  readonly input: string | null;
  readonly parent?: ParentInstance | null;
}
