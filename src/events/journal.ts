// How do events and calls reach the database without slowing anything? Collected in bounded memory, written in portions,
// kept while the database is away. What a crash can lose is what the last FLUSH_MS collected.

import type { GatewayEvent } from "#contract/event.ts";
import { isFault } from "#contract/fault.ts";
import type { ServerView } from "#contract/upstream.ts";
import type { Log } from "#lib/log.ts";
import { type Cancel, sleep, type World } from "#lib/world.ts";
import type { ArchivedEvent } from "./archive.ts";
import { Backlog } from "./backlog.ts";
import { entryOf, type HealthEntry } from "./entry.ts";

/** A numbered event and the epoch that its number belongs to. */
export interface JournalEvent extends ArchivedEvent {
  readonly epoch: string;
}

/** What one transaction writes. */
export interface Batch<Calls> {
  /** In the order in which it happened. */
  readonly health: readonly HealthEntry[];
  /** In the order of their numbers. */
  readonly events: readonly JournalEvent[];
  /** The newest view of each server that changed. */
  readonly views: readonly ServerView[];
  readonly calls: Calls | undefined;
}

/** Who counts the calls, and keeps them while the database is away. */
export interface CallSource<Calls> {
  /** Told once every FLUSH_MS: chooses which single calls of that time are kept. */
  settle(): void;
  /** Hands over a portion of what waited at the last `settle`, oldest first; undefined when nothing of it is left. */
  drain(): Calls | undefined;
  /** Takes back what could not be written. */
  restore(calls: Calls): void;
  /** How many that were kept had to give way to newer ones since this was asked last. */
  takeDropped(): number;
}

export interface JournalDeps<Calls> {
  readonly world: World;
  readonly log: Log;
  readonly subscribe: (listener: (event: GatewayEvent) => void) => () => void;
  readonly isReady: () => boolean;
  readonly calls: CallSource<Calls>;
  /** Resolves when all of it is committed; rejects when none of it is. */
  readonly write: (batch: Batch<Calls>) => Promise<void>;
}

/** A crash loses at most this much, in milliseconds, and the time that a write takes. */
export const FLUSH_MS = 250;
/** Events are few and wait no longer than this, in milliseconds. */
const SOON_MS = 20;
const LAST_FLUSH_MS = 2_000;
/** For each of the two kinds of events. */
const MAX_WAITING = { rows: 10_000, bytes: 16 * 1024 * 1024 };
/** Written at once: so much that it is soon done, on the slowest database. */
const PORTION = { rows: 2_000, bytes: 2 * 1024 * 1024 };
/** What a row takes beside its text, roughly. */
const ROW_BYTES = 200;

export class Journal<Calls> {
  readonly #deps: JournalDeps<Calls>;
  readonly #unsubscribe: () => void;
  readonly #health = new Backlog<HealthEntry>(MAX_WAITING, ({ message }) => ROW_BYTES + message.length);
  readonly #events = new Backlog<Sized>(MAX_WAITING, ({ bytes }) => bytes);
  #views = new Map<string, ServerView>();
  #cancel: Cancel = () => {};
  #cancelSoon: Cancel | undefined;
  #writing: Promise<boolean> = Promise.resolve(true);
  #closed = false;
  /** Looks at what there is to write since start. */
  work = 0;
  /** Monotonic milliseconds of the last. */
  heartbeatAt: number;

  constructor(deps: JournalDeps<Calls>) {
    this.#deps = deps;
    this.heartbeatAt = deps.world.now();
    this.#unsubscribe = deps.subscribe((event) => this.#onEvent(event));
    this.#schedule();
  }

  /** Marks views to be written, for example when the database has come (back). */
  touch(views: readonly ServerView[]): void {
    for (const view of views) this.#views.set(view.name, view);
  }

  /** Hands one numbered event over, to be written soon. */
  append(event: JournalEvent): void {
    this.#events.add({ event, bytes: ROW_BYTES + JSON.stringify(event.data).length });
    this.#writeSoon();
  }

  /** Writes what is waiting; resolves when it is committed (true) or was put back (false). Never rejects. */
  flush(): Promise<boolean> {
    this.#writing = this.#writing.then(() => this.#write());
    return this.#writing;
  }

  /** Writes what is left, once, and stops; true when nothing is left. A database that does not answer is not waited for. */
  async close(): Promise<boolean> {
    this.#closed = true;
    this.#unsubscribe();
    this.#cancel();
    this.#cancelSoon?.();
    this.#deps.calls.settle();
    return await Promise.race([this.flush(), sleep(this.#deps.world, LAST_FLUSH_MS).then(() => false)]);
  }

  #onEvent(event: GatewayEvent): void {
    const entry = entryOf(event);
    if (entry !== null) {
      this.#health.add(entry);
      this.#writeSoon();
    }
    if ("view" in event) this.#views.set(event.view.name, event.view);
    if (event.type === "server.removed") this.#views.delete(event.name);
  }

  #writeSoon(): void {
    if (this.#closed) return;
    this.#cancelSoon ??= this.#deps.world.after(SOON_MS, () => {
      this.#cancelSoon = undefined;
      void this.flush();
    });
  }

  #schedule(): void {
    if (this.#closed) return;
    this.#cancel = this.#deps.world.after(FLUSH_MS, () => {
      this.#deps.calls.settle();
      void this.flush().finally(() => this.#schedule());
    });
  }

  async #write(): Promise<boolean> {
    this.work++;
    this.heartbeatAt = this.#deps.world.now();
    if (!this.#deps.isReady()) return false;
    let wrote = false;
    for (let more = true; more; wrote = true) {
      const portion = this.#take();
      if (isEmpty(portion)) break;
      // What comes while it is written waits for its own time, or under load this would never end.
      more = this.#health.size > 0 || this.#events.size > 0 || portion.calls !== undefined;
      if (!(await this.#writePortion(portion))) return false;
    }
    if (wrote) this.#reportDropped();
    return true;
  }

  #take(): Portion<Calls> {
    const views = this.#views;
    this.#views = new Map();
    return {
      health: this.#health.take(PORTION),
      events: this.#events.take(PORTION),
      views,
      calls: this.#deps.calls.drain(),
    };
  }

  async #writePortion({ health, events, views, calls }: Portion<Calls>): Promise<boolean> {
    try {
      await this.#deps.write({ health, events: events.map(({ event }) => event), views: [...views.values()], calls });
      return true;
    } catch (err) {
      if (!isFault(err, "STORE_UNAVAILABLE")) {
        // What the database refuses once it refuses always: one such portion must not hold up all that come after it.
        const lost = { health: health.length, events: events.length, views: views.size, calls: calls !== undefined };
        this.#deps.log.error(
          { err, ...lost },
          "The database refused a part of the journal; that part is lost, the rest goes on",
        );
        return true;
      }
      this.#health.putBack(health);
      this.#events.putBack(events);
      this.#views = new Map([...views, ...this.#views]);
      if (calls !== undefined) this.#deps.calls.restore(calls);
      this.#deps.log.warn({ err }, "The journal could not be written; it is kept and written again");
      return false;
    }
  }

  #reportDropped(): void {
    const health = this.#health.takeDropped();
    const events = this.#events.takeDropped();
    const calls = this.#deps.calls.takeDropped();
    if (health + events + calls === 0) return;
    this.#deps.log.warn(
      { health, events, calls },
      "The oldest of what waited were dropped while the database was away; the newest are stored",
    );
  }
}

interface Sized {
  readonly event: JournalEvent;
  readonly bytes: number;
}

interface Portion<Calls> {
  readonly health: readonly HealthEntry[];
  readonly events: readonly Sized[];
  readonly views: ReadonlyMap<string, ServerView>;
  readonly calls: Calls | undefined;
}

const isEmpty = ({ health, events, views, calls }: Portion<unknown>): boolean =>
  health.length === 0 && events.length === 0 && views.size === 0 && calls === undefined;
