// What happened, in which order? Every event moves a hash, by which two runs are compared; the newest ones can be told.
import { hashText } from "./random.ts";

interface Entry {
  readonly at: number;
  readonly what: string;
  readonly server: string;
  readonly detail: string | number;
}

export class Chronicle {
  readonly #now: () => number;
  readonly #kept: number;
  readonly #ring: Entry[] = [];
  #hash = 0x811c9dc5;
  #count = 0;

  /** `kept`: how many of the newest events can be told. */
  constructor(now: () => number, kept: number) {
    this.#now = now;
    this.#kept = kept;
  }

  note(what: string, server: string, detail: string | number = ""): void {
    const at = this.#now();
    const text = typeof detail === "string" ? hashText(detail, this.#hash) : hashNumber(detail, this.#hash);
    this.#hash = hashText(what, hashText(server, hashNumber(Math.round(at * 1000), text)));
    this.#ring[this.#count++ % this.#kept] = { at, what, server, detail };
  }

  get count(): number {
    return this.#count;
  }

  get hash(): string {
    return `${this.#count}-${this.#hash.toString(16).padStart(8, "0")}`;
  }

  /** One line per event, oldest first. */
  newest(): string[] {
    const from = Math.max(0, this.#count - this.#kept);
    return Array.from({ length: this.#count - from }, (_, step) => {
      const { at, what, server, detail } = this.#ring[(from + step) % this.#kept] as Entry;
      return `${(at / 1000).toFixed(3).padStart(9)} s  ${server.padEnd(8)} ${what} ${detail}`.trimEnd();
    });
  }
}

const hashNumber = (value: number, from: number): number =>
  Math.imul(Math.imul(from ^ (value | 0), 0x01000193) ^ Math.floor(value / 4294967296), 0x01000193) >>> 0;
