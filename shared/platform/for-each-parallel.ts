/** Calls `work` for each item, at most `width` at a time. Stops taking items after the first failure, waits for what is
 * under way and rejects with that failure. */
export async function forEachParallel<T>(
  items: AsyncIterable<T> | Iterable<T>,
  width: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const open = new Set<Promise<void>>();
  let failure: { readonly error: unknown } | undefined;
  for await (const item of items) {
    const task: Promise<void> = work(item)
      .catch((error: unknown) => {
        failure ??= { error };
      })
      .finally(() => open.delete(task));
    open.add(task);
    if (open.size >= width) await Promise.race(open);
    if (failure) break;
  }
  await Promise.all(open);
  if (failure) throw failure.error;
}
