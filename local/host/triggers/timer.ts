import { setTimeout as sleep } from "node:timers/promises";
import type { Call } from "../app/call.ts";
import type { RegisteredFunction } from "../app/core-api.ts";
import type { TypedData } from "../app/functions-core.ts";
import type { Store } from "../durable/store.ts";
import { fillSettings } from "../host-json.ts";
import { describeError, type HostLogger } from "../logger.ts";
import { type NextOccurrence, parseSchedule } from "./schedule.ts";

export interface TimerParts {
  readonly target: RegisteredFunction;
  readonly call: Call;
  readonly store: Store;
  readonly logger: HostLogger;
}

/** Schedules below a minute are not monitored: what they miss is not made up for. */
const minMonitoredMs = 60_000;

/** The longest that Node waits in one piece. */
const maxWaitMs = 2 ** 31 - 1;

/** Runs one function by its schedule, never twice at a time. */
export class Timer {
  private readonly parts: TimerParts;
  private readonly name: string;
  private readonly next: NextOccurrence;
  private readonly isMonitored: boolean;
  private readonly runsOnStartup: boolean;
  private timeout: NodeJS.Timeout | undefined;
  private running: Promise<void> = Promise.resolve();
  private isStopped = false;

  constructor(parts: TimerParts) {
    this.parts = parts;
    this.name = parts.target.metadata.name;
    const { schedule, useMonitor, runOnStartup } = parts.target.trigger;
    this.next = parseSchedule(fillSettings(String(schedule), process.env));
    const first = this.next(Date.now());
    this.isMonitored = useMonitor !== false && this.next(first) - first >= minMonitoredMs;
    this.runsOnStartup = runOnStartup === true;
  }

  /** A monitored occurrence that was missed while no host ran is made up for, once. */
  start(): void {
    const now = Date.now();
    const status = this.isMonitored ? this.parts.store.timer(this.name) : undefined;
    const isPastDue = status !== undefined && this.next(status.lastAt ?? status.updatedAt) <= now;
    if (this.isMonitored && status === undefined && !this.runsOnStartup)
      this.parts.store.putTimer(this.name, null, now);
    if (this.runsOnStartup || isPastDue) this.begin(isPastDue);
    else this.arm();
  }

  /** Runs the function now, whatever its schedule says. */
  async fire(isPastDue = false): Promise<void> {
    try {
      await this.parts.call(this.parts.target, this.payload(isPastDue));
    } catch (error) {
      const message = error instanceof Error ? (error.stack ?? error.message) : describeError(error);
      this.parts.logger({ level: "error", category: `Function.${this.name}`, message });
    }
  }

  async stop(graceMs: number): Promise<void> {
    this.isStopped = true;
    clearTimeout(this.timeout);
    await Promise.race([this.running, sleep(graceMs, undefined, { ref: false })]);
  }

  private begin(isPastDue: boolean): void {
    const startedAt = Date.now();
    this.running = this.fire(isPastDue).then(() => {
      if (this.isStopped) return;
      if (this.isMonitored) this.parts.store.putTimer(this.name, startedAt, startedAt);
      this.arm();
    });
  }

  private arm(at: number = this.next(Date.now())): void {
    const waitMs = at - Date.now();
    this.timeout = setTimeout(
      () => (waitMs > maxWaitMs ? this.arm(at) : this.begin(false)),
      Math.min(waitMs, maxWaitMs),
    );
  }

  private payload(isPastDue: boolean): TypedData {
    const status = this.parts.store.timer(this.name);
    const ScheduleStatus = this.isMonitored
      ? {
          Last: time(status?.lastAt ?? undefined),
          Next: time(this.next(Date.now())),
          LastUpdated: time(status?.updatedAt),
        }
      : null;
    return { json: JSON.stringify({ Schedule: { AdjustForDST: true }, ScheduleStatus, IsPastDue: isPastDue }) };
  }
}

/** "Never" is the first moment that .NET knows. */
const time = (at: number | undefined): string =>
  at === undefined ? "0001-01-01T00:00:00+00:00" : new Date(at).toISOString().replace("Z", "+00:00");
