// Which of many was used least recently? A table by key whose members are also a ring in the order of their use, so that
// using one, adding one and dropping the oldest each cost the same however many there are. What ties them together are numbers
// in typed arrays: following them reads no member, and leaves the garbage collector nothing to trace.
import { hashOf } from "#lib/table.ts";

export abstract class Node {
  key: string;
  /** Where it is in the ring; 0 while it is in none. */
  place = 0;

  constructor(key: string) {
    this.key = key;
  }
}

const FIRST_ROOM = 64;

export class Lru<T extends Node> {
  /** By place; the places begin at 1, so that 0 says nobody. */
  readonly #members: (T | undefined)[] = [undefined];
  #room = FIRST_ROOM;
  #hashes = new Int32Array(FIRST_ROOM + 1);
  /** First place of each bucket, by the lowest bits of the hash; as many buckets as there is room. */
  #buckets = new Int32Array(FIRST_ROOM);
  /** The next place of the same bucket, or the next free one. */
  #chain = new Int32Array(FIRST_ROOM + 1);
  /** Neighbours in the ring. At 0: the one used least recently, and the one used last. */
  #newer = new Int32Array(FIRST_ROOM + 1);
  #older = new Int32Array(FIRST_ROOM + 1);
  /** Of places that were given back. */
  #firstFree = 0;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Does not count as a use. */
  get(key: string): T | undefined {
    const hash = hashOf(key);
    for (let place = this.#buckets[this.#bucketOf(hash)] as number; place !== 0; place = this.#chain[place] as number) {
      if (this.#hashes[place] !== hash) continue;
      const member = this.#members[place] as T;
      if (member.key === key) return member;
    }
    return undefined;
  }

  get oldest(): T | undefined {
    return this.#members[this.#newer[0] as number];
  }

  /** Makes it the one used last. */
  use({ place }: T): void {
    if (this.#older[0] === place) return;
    this.#unlink(place);
    this.#link(place);
  }

  /** Its key must not be in, and keeps while it is. */
  add(member: T): void {
    const place = this.#takePlace();
    member.place = place;
    this.#members[place] = member;
    this.#hashes[place] = hashOf(member.key);
    this.#hang(place);
    this.#link(place);
    this.#size++;
  }

  delete(member: T): void {
    const { place } = member;
    if (place === 0) return;
    member.place = 0;
    this.#members[place] = undefined;
    this.#unhang(place);
    this.#unlink(place);
    this.#chain[place] = this.#firstFree;
    this.#firstFree = place;
    this.#size--;
  }

  /** In no order; members may leave while they are visited. */
  *values(): Generator<T> {
    for (let place = 1; place < this.#members.length; place++) {
      const member = this.#members[place];
      if (member !== undefined) yield member;
    }
  }

  #bucketOf(hash: number): number {
    return hash & (this.#room - 1);
  }

  #takePlace(): number {
    const free = this.#firstFree;
    if (free !== 0) {
      this.#firstFree = this.#chain[free] as number;
      return free;
    }
    if (this.#size === this.#room) this.#grow();
    return this.#size + 1;
  }

  // All places are taken, none is free.
  #grow(): void {
    this.#room *= 2;
    this.#hashes = longer(this.#hashes);
    this.#newer = longer(this.#newer);
    this.#older = longer(this.#older);
    this.#chain = longer(this.#chain);
    this.#buckets = new Int32Array(this.#room);
    for (let place = 1; place <= this.#size; place++) this.#hang(place);
  }

  #hang(place: number): void {
    const bucket = this.#bucketOf(this.#hashes[place] as number);
    this.#chain[place] = this.#buckets[bucket] as number;
    this.#buckets[bucket] = place;
  }

  #unhang(place: number): void {
    const bucket = this.#bucketOf(this.#hashes[place] as number);
    const after = this.#chain[place] as number;
    let before = this.#buckets[bucket] as number;
    if (before === place) {
      this.#buckets[bucket] = after;
      return;
    }
    while (this.#chain[before] !== place) before = this.#chain[before] as number;
    this.#chain[before] = after;
  }

  #link(place: number): void {
    const last = this.#older[0] as number;
    this.#older[place] = last;
    this.#newer[place] = 0;
    this.#newer[last] = place;
    this.#older[0] = place;
  }

  #unlink(place: number): void {
    const [older, newer] = [this.#older[place] as number, this.#newer[place] as number];
    this.#newer[older] = newer;
    this.#older[newer] = older;
  }
}

/** Twice the places, and nobody's. */
function longer(places: Int32Array): Int32Array<ArrayBuffer> {
  const twice = new Int32Array(places.length * 2 - 1);
  twice.set(places);
  return twice;
}
