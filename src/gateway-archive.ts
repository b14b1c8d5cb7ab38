// How does the live stream's memory outlive the process? Events are written with the journal, read from the store, and their
// epoch is left behind at a clean stop for the next run to go on with.
import { isFault } from "#contract/fault.ts";
import type { ArchivedEvent, EpochStart, EventArchive } from "#events/archive.ts";
import type { JournalEvent } from "#events/journal.ts";
import { sleep, type World } from "#lib/world.ts";
import type { Store } from "#store/store.ts";

export interface ArchiveDeps {
  readonly store: Pick<Store, "epochs" | "events">;
  readonly world: World;
  /** Resolves when the store has been ready once. */
  readonly ready: Promise<void>;
  readonly write: (event: JournalEvent) => void;
}

/** The store was ready and is not now: milliseconds until it is asked again. */
const RETRY_MS = 1_000;

export class Archive implements EventArchive {
  readonly #deps: ArchiveDeps;
  readonly #closing = new AbortController();
  #last: EpochStart | undefined;

  constructor(deps: ArchiveDeps) {
    this.#deps = deps;
  }

  async takeEpoch(): Promise<EpochStart> {
    const { store, world, ready } = this.#deps;
    await ready;
    for (;;) {
      try {
        this.#last = await store.epochs.take();
        return this.#last;
      } catch (err) {
        if (!isFault(err, "STORE_UNAVAILABLE")) throw err;
        await sleep(world, RETRY_MS, this.#closing.signal);
      }
    }
  }

  append(epoch: string, event: ArchivedEvent): void {
    this.#last = { epoch, seq: event.seq };
    this.#deps.write({ epoch, ...event });
  }

  after(epoch: string, seq: number, limit: number): Promise<readonly ArchivedEvent[]> {
    return this.#deps.store.events.after(epoch, seq, { limit });
  }

  /** `complete`: every event is written, so the next run may go on with the epoch. */
  async close(complete: boolean): Promise<void> {
    this.#closing.abort();
    if (complete && this.#last !== undefined) await this.#deps.store.epochs.leave(this.#last.epoch, this.#last.seq);
  }
}
