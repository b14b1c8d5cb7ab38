// Who is in flight right now? Two collections for members that come and go with every call.
// A JavaScript Map or Set that keeps being filled and emptied leaves a chain of outgrown tables behind, each holding what was
// in flight when it was outgrown; once one of them is old, the garbage collector keeps the whole chain alive for a while, and
// every call with it. These two leave nothing behind.

/** A member remembers its own place; `undefined` while it is not in. */
export interface Enlisted {
  slot?: number | undefined;
}

/** A bag: add, remove, visit all. Order is not kept. */
export class Roster<T extends Enlisted> {
  /** Never gets shorter: a list that is emptied gives its room away and makes it anew for the next member. */
  readonly #members: (T | undefined)[] = [];
  #size = 0;

  get size(): number {
    return this.#size;
  }

  add(member: T): void {
    if (member.slot !== undefined) return;
    member.slot = this.#size;
    this.#members[this.#size] = member;
    this.#size++;
  }

  delete(member: T): void {
    const { slot } = member;
    if (slot === undefined) return;
    member.slot = undefined;
    this.#size--;
    const last = this.#members[this.#size] as T;
    this.#members[this.#size] = undefined;
    if (last === member) return;
    last.slot = slot;
    this.#members[slot] = last;
  }

  /** A copy, so that members may leave while they are visited. */
  all(): T[] {
    return this.#members.slice(0, this.#size) as T[];
  }
}

/** A table by text key. */
export class Register<T> {
  readonly #byKey: Record<string, T> = Object.create(null);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get(key: string): T | undefined {
    return this.#byKey[key];
  }

  set(key: string, member: T): void {
    if (this.#byKey[key] === undefined) this.#size++;
    this.#byKey[key] = member;
  }

  delete(key: string): boolean {
    if (this.#byKey[key] === undefined) return false;
    delete this.#byKey[key];
    this.#size--;
    return true;
  }

  all(): T[] {
    return Object.values(this.#byKey);
  }
}
