import { setTimeout as sleep } from "node:timers/promises";
import { describeError, type HostLogger } from "../logger.ts";
import type { HttpRequestAction } from "./actions.ts";
import { httpActivity } from "./actions.ts";
import type { Change } from "./change.ts";
import type { Chaos } from "./chaos.ts";
import type { DurableFunctions } from "./durable-functions.ts";
import { eventType, type HistoryEvent, outsideEvent } from "./history.ts";
import { callHttp } from "./http-activity.ts";
import { type Activity, isEnded } from "./store.ts";

export interface ActivityPumpOptions {
  readonly functions: DurableFunctions;
  readonly limit: number;
  readonly logger: HostLogger;
  readonly chaos: Chaos;
  readonly change: (work: (change: Change) => void) => void;
}

interface Finished {
  readonly activity: Activity;
  readonly fields: Partial<HistoryEvent>;
}

/** So many results are kept back for one transaction at most; more would keep other callers waiting. */
const maxBatch = 250;

/** Runs activities, at most so many at a time. Results of one tick are committed together: few replays for many results. */
export class ActivityPump {
  private readonly options: ActivityPumpOptions;
  private waiting: Activity[] = [];
  private next = 0;
  private readonly running = new Set<Promise<void>>();
  private finished: Finished[] = [];
  private isFlushing = false;
  private isStopped = false;

  constructor(options: ActivityPumpOptions) {
    this.options = options;
  }

  add(activities: readonly Activity[]): void {
    if (activities.length === 0) return;
    for (const activity of this.options.chaos.shuffle([...activities])) this.waiting.push(activity);
    this.pump();
  }

  /** Takes up nothing more, and waits for what runs, but not longer than the grace. */
  async stop(graceMs: number): Promise<void> {
    this.isStopped = true;
    await Promise.race([Promise.all(this.running), sleep(graceMs, undefined, { ref: false })]);
    this.flush();
  }

  abandon(): void {
    this.isStopped = true;
    this.finished = [];
  }

  private pump(): void {
    while (!this.isStopped && this.running.size < this.options.limit && this.finished.length < maxBatch) {
      const activity = this.take();
      if (activity === undefined) return;
      const run = this.run(activity).finally(() => {
        this.running.delete(run);
        this.pump();
      });
      this.running.add(run);
    }
  }

  private take(): Activity | undefined {
    const activity = this.waiting[this.next];
    if (activity === undefined) {
      this.waiting = [];
      this.next = 0;
      return undefined;
    }
    this.next += 1;
    return activity;
  }

  private async run(activity: Activity): Promise<void> {
    const { functions, logger, chaos } = this.options;
    if (activity.name !== httpActivity && !functions.has("activity", activity.name)) {
      const message = `There is no activity '${activity.name}'; instance ${activity.instance} waits until there is.`;
      logger({ level: "warning", category: "Host.Durable", message });
      return;
    }
    await chaos.pause();
    let fields = await this.attempt(activity);
    if (chaos.repeats()) fields = await this.attempt(activity);
    this.finished.push({ activity, fields });
    if (this.isFlushing) return;
    this.isFlushing = true;
    setImmediate(() => this.flush());
  }

  private async attempt({ name, instance, input }: Activity): Promise<Partial<HistoryEvent>> {
    try {
      const isHttp = name === httpActivity;
      const result = isHttp
        ? await callHttp(JSON.parse(input ?? "{}") as HttpRequestAction)
        : await this.options.functions.act(name, instance, input);
      // Nothing is null here, not the text "null"; it must not be missing, or the replay fails.
      return { EventType: eventType.taskCompleted, Result: result === "null" ? null : result };
    } catch (error) {
      return { EventType: eventType.taskFailed, ...failureOf(name, error) };
    }
  }

  private flush(): void {
    this.isFlushing = false;
    const batch = this.options.chaos.shuffle(this.finished);
    this.finished = [];
    if (batch.length > 0) this.options.change((change) => batch.forEach((each) => report(change, each)));
    this.pump();
  }
}

/** A result for an execution that has ended meanwhile is dropped. */
function report(change: Change, { activity, fields }: Finished): void {
  if (!change.store.deleteActivity(activity.seq)) return;
  const instance = change.store.instance(activity.instance);
  if (instance === undefined || instance.execution !== activity.execution || isEnded(instance.status)) return;
  const event = { ...outsideEvent(0, change.now, { TaskScheduledId: activity.taskId }), ...fields };
  change.send(activity.instance, event, { execution: activity.execution });
}

/** The wording is the extension's, two spaces included; the details have the outline of its .NET exception. */
function failureOf(name: string, error: unknown): Partial<HistoryEvent> {
  const message = describeError(error);
  const stack = error instanceof Error ? (error.stack ?? "") : "";
  const inner = {
    RemoteStackTrace: stack,
    RemoteMessage: message,
    Message: `Result: Failure\nException: ${message}\nStack: ${stack}`,
  };
  return {
    Reason: `Activity function '${name}' failed:  ${message}`,
    Details: JSON.stringify({ ClassName: "System.Exception", Message: ` ${message}`, InnerException: inner }),
  };
}
