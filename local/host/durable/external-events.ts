import { ReplayTask, settledTask } from "./replay-task.ts";

/** Events from outside and who waits for them; names are compared without regard to case. */
export class ExternalEvents {
  private readonly waiting = new Map<string, ReplayTask[]>();
  private readonly unread = new Map<string, number>();

  /** The newest waiter gets the next event; events that nobody waits for yet are kept. */
  waitFor(name: string): ReplayTask {
    const key = name.toLowerCase();
    const kept = this.unread.get(key) ?? 0;
    if (kept > 0) {
      this.unread.set(key, kept - 1);
      return settledTask();
    }
    const task = new ReplayTask();
    this.waiting.set(key, [...(this.waiting.get(key) ?? []), task]);
    return task;
  }

  raise(name: string): void {
    const key = name.toLowerCase();
    const waiter = this.waiting.get(key)?.pop();
    if (waiter === undefined) this.unread.set(key, (this.unread.get(key) ?? 0) + 1);
    else waiter.settle();
  }
}
