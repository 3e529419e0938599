/** Merges sorted streams into one sorted stream, holding one item of each. Closes all sources when it ends, however. */
export async function* mergeSorted<T>(
  sources: readonly AsyncGenerator<T>[],
  compare: (a: T, b: T) => number,
): AsyncGenerator<T> {
  const heap: { item: T; source: AsyncGenerator<T> }[] = [];
  const before = (a: number, b: number) => compare(at(heap, a).item, at(heap, b).item) < 0;
  try {
    for (const first of await Promise.all(sources.map(async (source) => ({ source, result: await source.next() })))) {
      if (first.result.done) continue;
      heap.push({ item: first.result.value, source: first.source });
      siftUp(heap, before);
    }
    for (let head = heap[0]; head; head = heap[0]) {
      yield head.item;
      const next = await head.source.next();
      if (!next.done) head.item = next.value;
      else {
        const last = heap.pop();
        if (last && last !== head) heap[0] = last;
      }
      siftDown(heap, before);
    }
  } finally {
    await Promise.all(sources.map((source) => source.return(undefined)));
  }
}

function siftUp(heap: unknown[], before: (a: number, b: number) => boolean): void {
  for (let i = heap.length - 1; i > 0; ) {
    const parent = (i - 1) >> 1;
    if (!before(i, parent)) return;
    swap(heap, i, parent);
    i = parent;
  }
}

function siftDown(heap: unknown[], before: (a: number, b: number) => boolean): void {
  for (let i = 0; ; ) {
    const left = 2 * i + 1;
    if (left >= heap.length) return;
    const child = left + 1 < heap.length && before(left + 1, left) ? left + 1 : left;
    if (!before(child, i)) return;
    swap(heap, i, child);
    i = child;
  }
}

function swap(heap: unknown[], a: number, b: number): void {
  [heap[a], heap[b]] = [heap[b], heap[a]];
}

function at<T>(items: readonly T[], index: number): T {
  return items[index] as T;
}
