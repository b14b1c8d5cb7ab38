// When are an upstream's lists read again? At connect, on list_changed (at most once in five seconds), after a failure, and when
// the time is over for which the server said that they hold.
import { Fault, toFault } from "#contract/fault.ts";
import type { Cancel, World } from "#lib/world.ts";
import type { Connection } from "#upstream/connection.ts";
import type { Snapshot } from "#upstream/snapshot.ts";

/** A storm of list_changed costs one refresh per this many milliseconds, and the last change is never lost. */
const MIN_GAP_MS = 5_000;
const LIST_TIMEOUT_MS = 30_000;
/** A server that says that its lists hold for no time at all is asked again so often, in milliseconds. */
const MIN_HOLD_MS = 60_000;

export interface RefresherOptions {
  readonly server: string;
  readonly world: World;
  readonly connection: () => Connection | undefined;
  /** Whether a refresh that nobody waits for should wait. */
  readonly busy: () => boolean;
  readonly onSnapshot: (snapshot: Snapshot) => void;
  readonly onFailure: (fault: Fault) => void;
}

export class Refresher {
  readonly #options: RefresherOptions;
  #running: Promise<void> | undefined;
  #again = false;
  #lastAt = Number.NEGATIVE_INFINITY;
  #failed = false;
  #dueAt = Number.POSITIVE_INFINITY;
  #cancel: Cancel = () => {};

  constructor(options: RefresherOptions) {
    this.#options = options;
  }

  /** Reads all lists now; joins a refresh that is under way. Never rejects: a failure goes to `onFailure`. */
  refresh(): Promise<void> {
    this.#running ??= this.#read().finally(() => {
      this.#running = undefined;
      if (this.#again) this.request();
    });
    return this.#running;
  }

  /** Something changed: refresh soon, coalesced with other requests. */
  request(): void {
    if (this.#running !== undefined) {
      this.#again = true;
      return;
    }
    this.#again = false;
    this.#cancel();
    const waitMs = Math.max(0, this.#lastAt + MIN_GAP_MS - this.#options.world.now());
    this.#cancel = this.#options.world.after(waitMs, () => this.#refreshOrWait());
  }

  #refreshOrWait(): void {
    this.#lastAt = this.#options.world.now();
    if (this.#options.busy()) this.request();
    else void this.refresh();
  }

  /** The server answers: a good moment for what could not be read, and for what no longer holds. */
  refreshIfDue(): void {
    if (this.#failed || this.#options.world.now() >= this.#dueAt) this.request();
  }

  stop(): void {
    this.#again = false;
    this.#cancel();
  }

  async #read(): Promise<void> {
    const { world, connection, server } = this.#options;
    const link = connection();
    if (link === undefined) return;
    this.#lastAt = world.now();
    const abort = new AbortController();
    const cancelTimer = world.after(LIST_TIMEOUT_MS, () => abort.abort(slowLists(server)));
    try {
      const snapshot = await link.fetchSnapshot(abort.signal);
      this.#failed = false;
      this.#dueAt = world.now() + holdMs(snapshot);
      this.#options.onSnapshot(snapshot);
    } catch (error) {
      this.#failed = true;
      if (connection() === link) this.#options.onFailure(toFault(error));
    } finally {
      cancelTimer();
    }
  }
}

/** By the modern era's hints; a legacy server's lists hold until it says otherwise. */
function holdMs({ hints }: Snapshot): number {
  const ttls = Object.values(hints).map(({ ttlMs }) => ttlMs);
  return ttls.length === 0 ? Number.POSITIVE_INFINITY : Math.max(MIN_HOLD_MS, Math.min(...ttls));
}

const slowLists = (server: string): Fault =>
  new Fault(
    "UPSTREAM_TIMEOUT",
    `${server} did not answer its lists within ${LIST_TIMEOUT_MS} ms; they are asked for again after its next probe.`,
    { server },
  );
