/** A promise that tells its followers at once: a replay must stay within one synchronous run. */
export class ReplayTask {
  settled = false;
  failed = false;
  value: unknown = undefined;
  private followers: (() => void)[] = [];

  /** Only the first call counts. */
  settle(failed = false, value?: unknown): void {
    if (this.settled) return;
    this.settled = true;
    this.failed = failed;
    this.value = value;
    const followers = this.followers;
    this.followers = [];
    for (const follower of followers) follower();
  }

  then(follower: () => void): void {
    if (this.settled) follower();
    else this.followers.push(follower);
  }
}

export function settledTask(): ReplayTask {
  const task = new ReplayTask();
  task.settle();
  return task;
}

/** Waits for every task, also after one has failed: that is how the extension waits, unlike the JavaScript side. */
export function whenAll(tasks: readonly ReplayTask[]): ReplayTask {
  const all = new ReplayTask();
  let open = tasks.length;
  const count = (): void => {
    open -= 1;
    if (open === 0) all.settle(tasks.some((task) => task.failed));
  };
  if (open === 0) all.settle();
  for (const task of tasks) task.then(count);
  return all;
}

export function whenAny(tasks: readonly ReplayTask[]): ReplayTask {
  const any = new ReplayTask();
  for (const task of tasks) task.then(() => any.settle());
  return any;
}
