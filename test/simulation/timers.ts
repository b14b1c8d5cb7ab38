// What is due next? A binary heap of timers by time and order of making; a cancelled one is dropped when it comes up.

export interface Timer {
  at: number;
  order: number;
  readonly run: () => void;
  /** Whose it is: the part of the gateway, or the world outside. */
  readonly part: string;
  /** The server on whose behalf it was set; empty for none. */
  readonly owner: string;
  live: boolean;
  /** Where it was set; kept only when asked for. */
  readonly trace: string | undefined;
}

const before = (a: Timer, b: Timer): boolean => a.at < b.at || (a.at === b.at && a.order < b.order);

export class Timers {
  #heap: Timer[] = [];

  /** The earliest live timer, left in its place. */
  peek(): Timer | undefined {
    for (;;) {
      const first = this.#heap[0];
      if (first === undefined || first.live) return first;
      this.#removeFirst();
    }
  }

  take(): Timer | undefined {
    const first = this.peek();
    if (first !== undefined) this.#removeFirst();
    return first;
  }

  add(timer: Timer): void {
    const heap = this.#heap;
    let at = heap.length;
    heap.push(timer);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = heap[parent] as Timer;
      if (!before(timer, above)) break;
      heap[at] = above;
      at = parent;
    }
    heap[at] = timer;
  }

  /** The live ones, in no order. */
  all(): Timer[] {
    return this.#heap.filter((timer) => timer.live);
  }

  /** After times were changed. */
  rebuild(): void {
    const timers = this.all();
    this.#heap = [];
    for (const timer of timers) this.add(timer);
  }

  #removeFirst(): void {
    const heap = this.#heap;
    const last = heap.pop() as Timer;
    const size = heap.length;
    if (size === 0) return;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= size) break;
      if (child + 1 < size && before(heap[child + 1] as Timer, heap[child] as Timer)) child++;
      const below = heap[child] as Timer;
      if (!before(below, last)) break;
      heap[at] = below;
      at = child;
    }
    heap[at] = last;
  }
}

/** Where these timers were set, as far as that was kept. */
export const tracesOf = (timers: readonly Timer[]): string =>
  timers.map(({ at, trace }) => (trace === undefined ? "" : `\ndue at ${Math.round(at)} ms, ${trace}`)).join("");
