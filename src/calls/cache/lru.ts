// Which of many was used least recently? A table by key whose members are also a ring in the order of their use, so that
// using one, adding one and dropping the oldest each cost the same however many there are.
import { type Chained, Table } from "#lib/table.ts";

export abstract class Node implements Chained {
  key: string;
  next: this | undefined = undefined;
  /** Neighbours in the ring; both itself while it is in no ring. */
  newer: Node = this;
  older: Node = this;

  constructor(key: string) {
    this.key = key;
  }
}

class Head extends Node {}

export class Lru<T extends Node> {
  readonly #byKey = new Table<T>();
  /** Its `older` is the member used last, its `newer` the one used least recently. */
  readonly #head: Node = new Head("");

  get size(): number {
    return this.#byKey.size;
  }

  /** Does not count as a use. */
  get(key: string): T | undefined {
    return this.#byKey.get(key);
  }

  get oldest(): T | undefined {
    const { newer } = this.#head;
    return newer === this.#head ? undefined : (newer as T);
  }

  /** Makes it the one used last. */
  use(member: T): void {
    if (this.#head.older === member) return;
    unlink(member);
    this.#link(member);
  }

  /** Its key must not be in. */
  add(member: T): void {
    this.#byKey.add(member);
    this.#link(member);
  }

  delete(member: T): void {
    if (this.#byKey.delete(member)) unlink(member);
  }

  /** In no order; members may leave while they are visited. */
  values(): Generator<T> {
    return this.#byKey.values();
  }

  #link(member: Node): void {
    const head = this.#head;
    member.older = head.older;
    member.newer = head;
    head.older.newer = member;
    head.older = member;
  }
}

function unlink(member: Node): void {
  member.newer.older = member.older;
  member.older.newer = member.newer;
  member.newer = member;
  member.older = member;
}
