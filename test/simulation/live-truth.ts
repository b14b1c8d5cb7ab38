// Is the live stream whole? Within an epoch every event has the next number, a reader is told nothing twice and misses nothing of
// its view, and what it believes in the end is what is true.
import type { Frame } from "../../src/contract/event.ts";
import type { ServerView } from "../../src/contract/upstream.ts";
import type { ArchivedEvent, EpochStart, EventArchive } from "../../src/events/archive.ts";
import type { Cursor } from "../../src/events/recovery.ts";
import type { Dice } from "./random.ts";
import type { Watch } from "./watch.ts";

/** What is compared of a server. */
export const stateOf = ({ status, circuitState }: ServerView): string => `${status}, breaker ${circuitState}`;

/** What one reader was told. */
export class LiveBook {
  readonly name: string;
  readonly #watch: Watch;
  /** The servers of its view. */
  readonly #servers: ReadonlySet<string>;
  readonly #states = new Map<string, string>();
  #epoch = "";
  #last: number | undefined;

  constructor(name: string, watch: Watch, servers: ReadonlySet<string>) {
    this.name = name;
    this.#watch = watch;
    this.#servers = servers;
  }

  /** Where it stands; undefined before it was told anything. */
  get position(): Cursor | undefined {
    return this.#last === undefined ? undefined : { epoch: this.#epoch, after: this.#last };
  }

  forget(): void {
    this.#last = undefined;
    this.#states.clear();
  }

  /** A subscription holds from there on. */
  holdsFrom({ epoch, seq }: { readonly epoch: string; readonly seq: number }): void {
    if (epoch === this.#epoch && this.#last !== undefined) this.#last = Math.max(this.#last, seq);
  }

  told(value: Frame | readonly Frame[]): void {
    for (const frame of Array.isArray(value) ? (value as readonly Frame[]) : [value as Frame]) this.#frame(frame);
  }

  /** Everything has been quiet for a while. */
  compare(truth: ReadonlyMap<string, string>): void {
    for (const [server, state] of truth) {
      const believed = this.#states.get(server);
      if (this.#servers.has(server) && believed !== state)
        this.#broken(server, `believes ${believed}, and it is ${state}`);
    }
  }

  #frame(frame: Frame): void {
    if (frame.type === "initial_status") return this.#begin(frame);
    const { seq, prev, epoch } = frame;
    if (seq === undefined || prev === undefined) return;
    if (this.#last === undefined || epoch !== this.#epoch) return this.#broken("", `is told ${seq} out of nowhere`);
    if (seq <= this.#last) this.#broken("", `is told ${seq} again, after ${this.#last}`);
    if (prev > this.#last) this.#broken("", `misses what is between ${this.#last} and ${prev}`);
    this.#last = seq;
    if ("server" in frame.data && typeof frame.data.server === "object" && frame.data.server !== null)
      this.#states.set(frame.data.server.name, stateOf(frame.data.server));
    else if (frame.type === "server_removed") this.#states.delete(frame.data.name);
  }

  #begin({ epoch, seq, data }: Frame & { type: "initial_status" }): void {
    this.#states.clear();
    for (const server of data.servers) this.#states.set(server.name, stateOf(server));
    this.#epoch = epoch as string;
    this.#last = seq;
  }

  #broken(server: string, words: string): void {
    this.#watch.broken("live stream", server, `the reader "${this.name}" ${words}`);
  }
}

/** A journal in memory that forgets what is old, is sometimes behind, and sometimes cannot tell. */
export class FakeArchive implements EventArchive {
  readonly #watch: Watch;
  readonly #dice: Dice;
  #rows: ArchivedEvent[] = [];
  #last = 0;

  constructor(watch: Watch, dice: Dice) {
    this.#watch = watch;
    this.#dice = dice;
  }

  async takeEpoch(): Promise<EpochStart> {
    return { epoch: "simulated", seq: 0 };
  }

  append(_epoch: string, event: ArchivedEvent): void {
    if (event.seq !== this.#last + 1) this.#watch.broken("live stream", "", `after ${this.#last} comes ${event.seq}`);
    this.#last = event.seq;
    this.#rows.push(event);
    if (this.#rows.length > KEPT) this.#rows = this.#rows.slice(-KEPT / 2);
  }

  async after(_epoch: string, seq: number, limit: number): Promise<readonly ArchivedEvent[]> {
    if (this.#dice.chance(0.1)) throw new Error("no database");
    const rows = this.#rows.filter((row) => row.seq > seq);
    return rows.slice(0, this.#dice.chance(0.2) ? Math.max(0, rows.length - 3) : limit);
  }
}

const KEPT = 4_000;
