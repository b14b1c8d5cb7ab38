// What waits to be written while the database is away? The newest, bounded in count and in bytes; the oldest give way, and
// how many did is counted.

export interface BacklogLimits {
  readonly rows: number;
  readonly bytes: number;
}

/** Bytes of one item, roughly. */
export type SizeOf<T> = (item: T) => number;

export class Backlog<T> {
  readonly #limits: BacklogLimits;
  readonly #sizeOf: SizeOf<T>;
  #items: T[] = [];
  #bytes = 0;
  #dropped = 0;

  constructor(limits: BacklogLimits, sizeOf: SizeOf<T>) {
    this.#limits = limits;
    this.#sizeOf = sizeOf;
  }

  get size(): number {
    return this.#items.length;
  }

  add(item: T): void {
    this.#items.push(item);
    this.#bytes += this.#sizeOf(item);
    this.#trim();
  }

  /** The oldest that fit into `most`, and at least one when there is one. */
  take(most: BacklogLimits): readonly T[] {
    let count = 0;
    for (let bytes = 0; count < Math.min(most.rows, this.#items.length); count++) {
      bytes += this.#sizeOf(this.#items[count] as T);
      if (bytes > most.bytes && count > 0) break;
    }
    const taken = this.#items.splice(0, count);
    for (const item of taken) this.#bytes -= this.#sizeOf(item);
    return taken;
  }

  /** Before what has come since they were taken. */
  putBack(taken: readonly T[]): void {
    this.#items = [...taken, ...this.#items];
    for (const item of taken) this.#bytes += this.#sizeOf(item);
    this.#trim();
  }

  /** How many gave way since this was asked last. */
  takeDropped(): number {
    const dropped = this.#dropped;
    this.#dropped = 0;
    return dropped;
  }

  #trim(): void {
    while (this.#items.length > this.#limits.rows || (this.#bytes > this.#limits.bytes && this.#items.length > 1)) {
      this.#bytes -= this.#sizeOf(this.#items.shift() as T);
      this.#dropped++;
    }
  }
}
