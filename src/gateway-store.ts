// What does the gateway write down, and what does it take up again? The arrows between the running parts and the store.
import type { Drained, Ledger } from "#calls/ledger.ts";
import type { Config } from "#config/config.ts";
import type { GatewayEvent } from "#contract/event.ts";
import type { UpstreamDefinition } from "#contract/upstream.ts";
import type { Coordinator } from "#coordinator/coordinator.ts";
import type { EventArchive } from "#events/archive.ts";
import type { Bus } from "#events/bus.ts";
import { Journal } from "#events/journal.ts";
import type { Log } from "#lib/log.ts";
import { type Cancel, sleep, type World } from "#lib/world.ts";
import type { Store, StoreState } from "#store/store.ts";
import type { Catalog } from "#upstream/catalog.ts";
import { parseSnapshot, snapshotHash } from "#upstream/snapshot.ts";
import { Archive } from "./gateway-archive.ts";
import { Retention } from "./gateway-retention.ts";
import { definitionRow, storeBatch, storedCircuit, toolRow } from "./gateway-rows.ts";
import { Runs } from "./gateway-runs.ts";

export interface GatewayStoreDeps {
  readonly store: Store;
  readonly config: Config;
  readonly coordinator: Pick<Coordinator, "views" | "adoptSnapshot" | "adoptStored">;
  readonly catalog: Catalog;
  readonly ledger: Ledger;
  readonly bus: Bus;
  readonly world: World;
  readonly log: Log;
}

/** The store is ready and yet failed to tell what it holds: milliseconds until it is asked again. */
const RETRY_MS = 1_000;
/** A database that does not answer at a close is waited for so long after the journal's last try, in milliseconds. */
const LAST_WRITE_MS = 1_000;

export class GatewayStore {
  readonly #deps: GatewayStoreDeps;
  readonly #journal: Journal<Drained>;
  readonly #retention: Retention;
  readonly #archive: Archive;
  readonly #runs: Runs;
  readonly #adopted = Promise.withResolvers<void>();
  readonly #off: (() => void)[];
  readonly #remembered = { downtimeBefore: new Map<string, number>(), disabledReasons: new Map<string, string>() };
  /** Servers whose present snapshot is not committed yet. */
  readonly #unsaved = new Set<string>();
  /** Servers of the last run, until it is told which of them are gone. */
  #knownBefore: readonly string[] = [];
  /** Number of the newest try to take up what is stored. */
  #try = 0;
  #cancelRetry: Cancel = () => {};
  #isFailureTold = false;
  #isHealthKnown = false;
  #isAdopted = false;

  constructor(deps: GatewayStoreDeps) {
    const { store, config, bus, world, log } = deps;
    this.#deps = deps;
    this.#retention = new Retention({ store, config, world, log: log.service("Retention") });
    this.#journal = new Journal<Drained>({
      world,
      log: log.service("Journal"),
      subscribe: bus.subscribe,
      isReady: () => store.state === "ready" && this.#isAdopted,
      calls: deps.ledger,
      write: async (batch) => {
        await this.#retention.prepare();
        await store.write(storeBatch(batch, this.#remembered));
      },
    });
    this.#archive = new Archive({ store, world, ready: this.adopted, write: (event) => this.#journal.append(event) });
    this.#runs = new Runs({ store, world, log: log.service("Journal"), ready: this.adopted });
    this.#off = [
      config.onChange(({ definitions }) => this.#sync(definitions)),
      store.onState((state) => this.#onState(state)),
      bus.subscribe((event) => this.#onEvent(event)),
    ];
    this.#onState(store.state);
  }

  /** Resolves when the store has been ready once and what it remembered has been taken up. */
  get adopted(): Promise<void> {
    return this.#adopted.promise;
  }

  /** What the live stream's events are kept in. */
  get archive(): EventArchive {
    return this.#archive;
  }

  /** Wall time of the start of this run, milliseconds since 1970. */
  get startedAt(): number {
    return this.#runs.startedAt;
  }

  /** Looks at what there is to write since start, and the monotonic milliseconds of the last. */
  get work(): number {
    return this.#journal.work;
  }

  get heartbeatAt(): number {
    return this.#journal.heartbeatAt;
  }

  async close(): Promise<void> {
    for (const off of this.#off) off();
    this.#giveUpTry();
    this.#retention.stop();
    const complete = await this.#journal.close();
    const ends = Promise.all([this.#archive.close(complete), this.#runs.close()]).catch((err) => {
      this.#deps.log.warn({ err }, "The end of the events could not be stored; who watches them begins anew");
    });
    await Promise.race([ends, sleep(this.#deps.world, LAST_WRITE_MS)]);
  }

  #onEvent(event: GatewayEvent): void {
    const { disabledReasons } = this.#remembered;
    if (event.type === "catalog.changed") void this.#saveSnapshot(event.name);
    if (event.type === "server.auto_disabled") disabledReasons.set(event.name, event.reason);
    if (event.type === "server.removed") disabledReasons.delete(event.name);
  }

  #onState(state: StoreState): void {
    const { bus, world } = this.#deps;
    if (state !== "waiting") bus.publish({ type: "store.changed", at: world.wall(), state });
    this.#giveUpTry();
    if (state === "ready") void this.#onReady();
  }

  #giveUpTry(): void {
    this.#try++;
    this.#cancelRetry();
  }

  async #onReady(): Promise<void> {
    const number = this.#try;
    try {
      await this.#adopt();
      for (const server of this.#unsaved) await this.#saveSnapshot(server);
      this.#adopted.resolve();
      this.#retention.start();
      this.#isFailureTold = false;
    } catch (err) {
      if (number === this.#try) this.#retry(err);
    }
  }

  /** One broken connection or one statement that was cut off makes no lost store: nobody else would try again. */
  #retry(err: unknown): void {
    const { world, log } = this.#deps;
    if (!this.#isFailureTold) log.warn({ err }, "What the database remembers could not be read; it is tried again");
    this.#isFailureTold = true;
    this.#cancelRetry = world.after(RETRY_MS, () => void this.#onReady());
  }

  async #adopt(): Promise<void> {
    const { store, config, coordinator } = this.#deps;
    await this.#takeUpHealth();
    await config.adoptStored();
    for (const { server, hash, snapshot } of await store.catalogs.loadAll()) {
      const parsed = parseSnapshot(snapshot);
      if (parsed !== undefined) coordinator.adoptSnapshot(server, parsed, hash);
    }
    await this.#sync(config.current().definitions);
    this.#isAdopted = true;
    this.#tellRemoved();
  }

  /** What went while no gateway ran: who goes on where the last run ended has to learn it. */
  #tellRemoved(): void {
    const { config, bus, world } = this.#deps;
    const present = new Set(config.current().definitions.map(({ name }) => name));
    for (const name of this.#knownBefore) {
      if (!present.has(name)) bus.publish({ type: "server.removed", at: world.wall(), name });
    }
    this.#knownBefore = [];
  }

  /** Once per process: later, what runs here is newer than what is stored. Before the servers that only the database names start. */
  async #takeUpHealth(): Promise<void> {
    const { store, coordinator } = this.#deps;
    const { downtimeBefore, disabledReasons } = this.#remembered;
    const known = await store.servers.loadHealth();
    if (this.#isHealthKnown) return;
    this.#isHealthKnown = true;
    this.#knownBefore = known.map(({ name }) => name);
    for (const { name, totalDowntimeSeconds, autoDisabledReason } of known) {
      downtimeBefore.set(name, totalDowntimeSeconds);
      if (autoDisabledReason !== null && !disabledReasons.has(name)) disabledReasons.set(name, autoDisabledReason);
    }
    coordinator.adoptStored(known.map(storedCircuit));
  }

  async #sync(definitions: readonly UpstreamDefinition[]): Promise<void> {
    const { store, coordinator, log } = this.#deps;
    if (store.state === "ready") {
      await store.servers.syncDefinitions(definitions.map(definitionRow)).catch((err) => {
        log.warn({ err }, "The list of servers could not be stored; it is stored again when the database is back");
      });
    }
    // Always, because the views that wait may be older than what was just taken up.
    this.#journal.touch(coordinator.views());
  }

  async #saveSnapshot(server: string): Promise<void> {
    const { store, catalog, log } = this.#deps;
    this.#unsaved.add(server);
    const snapshot = catalog.snapshot(server);
    if (store.state !== "ready" || !this.#isAdopted || snapshot === undefined) return;
    const tools = snapshot.lists.tools.map(toolRow(server));
    try {
      await store.catalogs.save({ server, hash: snapshotHash(snapshot), snapshot, tools });
      this.#unsaved.delete(server);
    } catch (err) {
      log.warn({ err, server }, "The catalog could not be saved; it is saved again when the database is back");
    }
  }
}
