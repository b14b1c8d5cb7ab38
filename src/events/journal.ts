// How do events and calls reach the database without slowing anything? Collected in bounded memory, written in batches,
// kept while the database is away. What a crash can lose is what the last FLUSH_MS collected.

import type { GatewayEvent } from "#contract/event.ts";
import { isFault } from "#contract/fault.ts";
import type { ServerView } from "#contract/upstream.ts";
import type { Log } from "#lib/log.ts";
import { type Cancel, sleep, type World } from "#lib/world.ts";
import { entryOf, type HealthEntry } from "./entry.ts";

/** What one flush writes. */
export interface Batch<Calls> {
  /** In the order in which it happened. */
  readonly health: readonly HealthEntry[];
  /** The newest view of each server that changed. */
  readonly views: readonly ServerView[];
  readonly calls: Calls | undefined;
}

export interface JournalDeps<Calls> {
  readonly world: World;
  readonly log: Log;
  readonly subscribe: (listener: (event: GatewayEvent) => void) => () => void;
  readonly isReady: () => boolean;
  /** Hands over the calls since the last drain, or undefined when there were none. */
  readonly drainCalls: () => Calls | undefined;
  /** Resolves when all of it is committed; rejects when none of it is. */
  readonly write: (batch: Batch<Calls>) => Promise<void>;
}

/** A crash loses at most this much of call records, in milliseconds, and the time that a write takes. */
export const FLUSH_MS = 250;
/** Health events are few and wait no longer than this, in milliseconds. */
const SOON_MS = 20;
const LAST_FLUSH_MS = 1_500;
const MAX_WAITING = 10_000;

export class Journal<Calls> {
  readonly #deps: JournalDeps<Calls>;
  readonly #unsubscribe: () => void;
  #health: HealthEntry[] = [];
  #views = new Map<string, ServerView>();
  #calls: Calls | undefined;
  #cancel: Cancel = () => {};
  #cancelSoon: Cancel | undefined;
  #writing: Promise<void> = Promise.resolve();
  #dropped = 0;
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

  /** Writes what is waiting; resolves when it is committed or was put back. Never rejects. */
  flush(): Promise<void> {
    this.#writing = this.#writing.then(() => this.#write());
    return this.#writing;
  }

  /** Writes what is left, once, and stops; a database that does not answer is not waited for. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#unsubscribe();
    this.#cancel();
    this.#cancelSoon?.();
    await Promise.race([this.flush(), sleep(this.#deps.world, LAST_FLUSH_MS)]);
  }

  #onEvent(event: GatewayEvent): void {
    const entry = entryOf(event);
    if (entry !== null) this.#keep(entry);
    if ("view" in event) this.#views.set(event.view.name, event.view);
    if (event.type === "server.removed") this.#views.delete(event.name);
  }

  #keep(entry: HealthEntry): void {
    if (this.#health.length >= MAX_WAITING) {
      this.#health.shift();
      this.#dropped++;
    }
    this.#health.push(entry);
    this.#cancelSoon ??= this.#deps.world.after(SOON_MS, () => {
      this.#cancelSoon = undefined;
      void this.flush();
    });
  }

  #schedule(): void {
    if (this.#closed) return;
    this.#cancel = this.#deps.world.after(FLUSH_MS, () => void this.flush().finally(() => this.#schedule()));
  }

  async #write(): Promise<void> {
    this.work++;
    this.heartbeatAt = this.#deps.world.now();
    if (!this.#deps.isReady()) return;
    this.#calls ??= this.#deps.drainCalls();
    const batch: Batch<Calls> = { health: this.#health, views: [...this.#views.values()], calls: this.#calls };
    if (batch.health.length === 0 && batch.views.length === 0 && batch.calls === undefined) return;
    const views = this.#views;
    this.#health = [];
    this.#views = new Map();
    try {
      await this.#deps.write(batch);
      this.#calls = undefined;
      this.#reportDropped();
    } catch (err) {
      if (isFault(err, "STORE_UNAVAILABLE")) this.#putBack(batch.health, views, err);
      else this.#giveUp(batch, err);
    }
  }

  #putBack(health: readonly HealthEntry[], views: ReadonlyMap<string, ServerView>, err: unknown): void {
    const all = [...health, ...this.#health];
    this.#health = all.slice(-MAX_WAITING);
    this.#dropped += all.length - this.#health.length;
    this.#views = new Map([...views, ...this.#views]);
    this.#deps.log.warn({ err }, "The journal could not be written; it is kept and written again");
  }

  // What the database refuses once it refuses always: one such batch must not hold up all that come after it.
  #giveUp(batch: Batch<Calls>, err: unknown): void {
    this.#calls = undefined;
    const lost = { health: batch.health.length, views: batch.views.length, calls: batch.calls !== undefined };
    this.#deps.log.error(
      { err, ...lost },
      "The database refused a part of the journal; that part is lost, the rest goes on",
    );
  }

  #reportDropped(): void {
    if (this.#dropped === 0) return;
    this.#deps.log.warn({ dropped: this.#dropped }, "Health events were dropped while the database was away");
    this.#dropped = 0;
  }
}
