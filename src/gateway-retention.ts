// Does the database stay bounded? Sees to it that each new day has its place before anything of it is written, and that
// days that are over their time are dropped.
import type { Config } from "#config/config.ts";
import type { Log } from "#lib/log.ts";
import type { Cancel, World } from "#lib/world.ts";
import type { Store } from "#store/store.ts";

export interface RetentionDeps {
  readonly store: Pick<Store, "partitions"> & {
    readonly [K in "callMinutes" | "audit" | "keys"]: Pick<Store[K], "prune">;
  };
  readonly config: Pick<Config, "current">;
  readonly world: World;
  readonly log: Log;
}

const DAY_MS = 86_400_000;
/** How often old days are dropped, in milliseconds. */
const DROP_EVERY_MS = 3_600_000;
/** When a day could not be made, its rows go where they can wait, and it is tried again after so many milliseconds. */
const RETRY_MS = 60_000;
const CALLS_DAYS = 7;
const EVENTS_DAYS = 30;
/** Who did what, and keys that are no longer valid. */
const ACCESS_DAYS = 366;

export class Retention {
  readonly #deps: RetentionDeps;
  /** The day whose place and whose next day's place are known to exist, counted since 1970. */
  #prepared = -1;
  #retryAt = Number.NEGATIVE_INFINITY;
  #cancel: Cancel = () => {};

  constructor(deps: RetentionDeps) {
    this.#deps = deps;
  }

  /** To be called before every write; does something once a day. Never rejects. */
  async prepare(): Promise<void> {
    const { store, world, log } = this.#deps;
    const day = Math.floor(world.wall() / DAY_MS);
    if (day === this.#prepared || world.now() < this.#retryAt) return;
    try {
      await store.partitions.prepare(world.wall());
      this.#prepared = day;
    } catch (err) {
      this.#retryAt = world.now() + RETRY_MS;
      log.warn({ err }, "A new day has no place of its own in the database yet; it is tried again in a minute");
    }
  }

  /** Drops now and every hour from now on. */
  start(): void {
    this.#cancel();
    this.#cancel = this.#deps.world.after(DROP_EVERY_MS, () => this.start());
    void this.#drop();
  }

  stop(): void {
    this.#cancel();
  }

  async #drop(): Promise<void> {
    const { store, config, world, log } = this.#deps;
    const { retention } = config.current().document.omni2;
    const callsBefore = world.wall() - (retention?.callsDays ?? CALLS_DAYS) * DAY_MS;
    const eventsBefore = world.wall() - (retention?.eventsDays ?? EVENTS_DAYS) * DAY_MS;
    try {
      const days = {
        calls: await store.partitions.dropBefore("calls", callsBefore),
        events: await store.partitions.dropBefore("events", eventsBefore),
        healthLog: await store.partitions.dropBefore("mcp_health_log", eventsBefore),
      };
      while ((await store.callMinutes.prune(callsBefore)) > 0);
      const accessBefore = world.wall() - ACCESS_DAYS * DAY_MS;
      while ((await store.audit.prune(accessBefore)) > 0);
      await store.keys.prune(accessBefore);
      if (days.calls + days.events + days.healthLog > 0) log.info(days, "Days over their time were dropped");
    } catch (err) {
      log.warn({ err }, "Old records could not be removed; it is tried again in an hour");
    }
  }
}
