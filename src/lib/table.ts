// What is known under this key, among members that come and go with every call? Chains of members in buckets: as roster.ts does,
// it leaves no outgrown table behind that would keep everything alive which was in it once.

/** A member carries its key and its place in a chain. */
export interface Chained {
  /** Fixed while it is in. Best a hash: keys that differ only in the middle share a bucket. */
  readonly key: string;
  /** The next member of its bucket; for the table alone. */
  next?: this | undefined;
}

const FIRST_BUCKETS = 64;
/** Characters looked at, at each end of a key. */
const ENDS = 4;

export class Table<T extends Chained> {
  #buckets: (T | undefined)[] = empty(FIRST_BUCKETS);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get(key: string): T | undefined {
    let member = this.#buckets[this.#bucketOf(key)];
    while (member !== undefined && member.key !== key) member = member.next;
    return member;
  }

  /** Its key must not be in. */
  add(member: T): void {
    if (this.#size === this.#buckets.length) this.#grow();
    this.#chain(member);
    this.#size++;
  }

  /** Whether it was in. */
  delete(member: T): boolean {
    const at = this.#bucketOf(member.key);
    let before: T | undefined;
    for (let here = this.#buckets[at]; here !== undefined; here = here.next) {
      if (here === member) {
        if (before === undefined) this.#buckets[at] = member.next;
        else before.next = member.next;
        member.next = undefined;
        this.#size--;
        return true;
      }
      before = here;
    }
    return false;
  }

  /** In no order. Members may come and leave meanwhile; if so many come that it grows, some are visited twice or not at all. */
  *values(): Generator<T> {
    for (let at = 0; at < this.#buckets.length; at++) {
      for (const member of chainOf(this.#buckets[at])) if (this.get(member.key) === member) yield member;
    }
  }

  /** There are as many buckets as a power of two. */
  #bucketOf(key: string): number {
    return hashOf(key) & (this.#buckets.length - 1);
  }

  #chain(member: T): void {
    const at = this.#bucketOf(member.key);
    member.next = this.#buckets[at];
    this.#buckets[at] = member;
  }

  #grow(): void {
    const outgrown = this.#buckets;
    this.#buckets = empty(outgrown.length * 2);
    for (const first of outgrown) for (const member of chainOf(first)) this.#chain(member);
  }
}

const empty = (buckets: number): undefined[] => new Array<undefined>(buckets).fill(undefined);

function chainOf<T extends Chained>(first: T | undefined): T[] {
  const chain: T[] = [];
  for (let member = first; member !== undefined; member = member.next) chain.push(member);
  return chain;
}

/** 32 bits of which the lowest tell keys apart best: of texts whose ends differ, such as hashes. */
export function hashOf(key: string): number {
  let mixed = key.length;
  const { length } = key;
  for (let at = 0; at < ENDS && at < length; at++) {
    mixed = (Math.imul(mixed, 31) + key.charCodeAt(at)) | 0;
    mixed = (Math.imul(mixed, 31) + key.charCodeAt(length - 1 - at)) | 0;
  }
  return mixed ^ (mixed >>> 15);
}
