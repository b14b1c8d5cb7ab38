// Which upstreams run? The reconciler of all: starts, keeps, retunes, replaces and stops supervisors until they equal what is
// desired, and carries out what people decide about one of them.
import type { ServerVerb } from "#contract/api.ts";
import type { GatewayEvent } from "#contract/event.ts";
import { Fault } from "#contract/fault.ts";
import type { ServerView, UpstreamDefinition } from "#contract/upstream.ts";
import { createGate } from "#lib/gate.ts";
import type { Log } from "#lib/log.ts";
import { sleep, type World } from "#lib/world.ts";
import { reconciliation } from "#policy/reconcile.ts";
import type { Catalog } from "#upstream/catalog.ts";
import type { Connection, ConnectOptions } from "#upstream/connection.ts";
import type { Snapshot } from "#upstream/snapshot.ts";
import { Announcer } from "./announcer.ts";
import { Cycle } from "./cycle.ts";
import { Decisions, DRAIN_MS } from "./decisions.ts";
import { Entry } from "./entry.ts";
import { Hiding } from "./hiding.ts";
import { Shelves } from "./shelves.ts";
import type { StoredCircuit } from "./stored.ts";
import type { SupervisorDeps } from "./supervision.ts";
import type { Supervisor } from "./supervisor.ts";
import { Tally } from "./tally.ts";
import { viewOf } from "./views.ts";

export interface CoordinatorDeps {
  readonly world: World;
  readonly log: Log;
  readonly catalog: Catalog;
  readonly connect: (definition: UpstreamDefinition, options: ConnectOptions) => Promise<Connection>;
  readonly publish: (event: GatewayEvent) => void;
  /** What others know about a server's calls, for its view. */
  readonly callFacts: (server: string) => Pick<ServerView, "latency" | "load" | "chaos" | "cache">;
  /** Whether background work should wait, because the process itself is short of something. */
  readonly busy: () => boolean;
}

/** Commands that start at the same moment, and remote servers that are connected to; the others wait a little. */
const STARTS_AT_ONCE = 4;
const CONNECTS_AT_ONCE = 32;
export class Coordinator {
  readonly #deps: CoordinatorDeps;
  readonly #gates = { commands: createGate(STARTS_AT_ONCE), remotes: createGate(CONNECTS_AT_ONCE) };
  readonly #entries = new Map<string, Entry>();
  readonly #stored = new Map<string, StoredCircuit>();
  readonly #shelves: Shelves;
  readonly #announcer: Announcer;
  readonly #decisions: Decisions;
  readonly #hiding: Hiding;
  readonly #cycle: Cycle;
  readonly #tally = new Tally();
  #turn: Promise<unknown> = Promise.resolve();
  /** Transitions, reconciliations and cycles done since start. */
  work = 0;
  /** Monotonic milliseconds of the last of them. */
  heartbeatAt: number;

  constructor(deps: CoordinatorDeps) {
    this.#deps = deps;
    const { world, log, publish, catalog } = deps;
    this.heartbeatAt = world.now();
    const view = (name: string) => this.view(name);
    this.#shelves = new Shelves({ world, catalog, publish, view });
    const onStatus = ({ name, status }: ServerView): void => this.#hiding.note(name, status);
    this.#announcer = new Announcer({ world, log, publish, view, onStatus });
    this.#decisions = new Decisions({
      world,
      announcer: this.#announcer,
      existing: (name) => this.#existing(name),
      isCurrent: (entry) => this.#entries.get(entry.name) === entry,
      inTurn: (change) => this.#inTurn(change),
    });
    this.#hiding = new Hiding({
      world,
      hideAfterMs: (name) => this.#entries.get(name)?.configured.hideAfterMs ?? 0,
      setHidden: (name, hidden) => this.#shelves.setHidden(name, hidden),
      tell: (name, event) => this.#announcer.health(name, event),
    });
    this.#cycle = new Cycle({
      world,
      log,
      loops: () =>
        [...this.#entries.values()].map(({ name, supervisor }) => ({ name, deadForMs: supervisor.deadForMs })),
      revive: (name) => this.#decisions.revive(this.#existing(name)),
      beat: () => this.#beat(),
      servers: () => this.#announcer.counts(),
      done: () => this.#tally.now(),
    });
  }

  start(): void {
    this.#cycle.start();
  }

  /** Makes the running upstreams equal to `desired`; unchanged ones are not touched. Changes are carried out one after the other. */
  reconcile(desired: readonly UpstreamDefinition[]): Promise<void> {
    return this.#inTurn(() => this.#apply(desired));
  }

  /** What a person decided. Throws SERVER_NOT_FOUND, and UPSTREAM_UNAVAILABLE for a verb that a disabled server cannot follow. */
  act(name: string, verb: ServerVerb): Promise<void> {
    return this.#decisions.act(name, verb);
  }

  supervisor(name: string): Supervisor | undefined {
    return this.#entries.get(name)?.supervisor;
  }

  view(name: string): ServerView | undefined {
    const entry = this.#entries.get(name);
    if (entry === undefined) return undefined;
    return viewOf(entry, this.#deps);
  }

  /** Sorted by name. */
  views(): ServerView[] {
    return [...this.#entries.keys()].sort().map((name) => this.view(name) as ServerView);
  }

  /** Serves lists of an earlier run until the server itself has answered. */
  adoptSnapshot(server: string, snapshot: Snapshot, hash: string): void {
    const entry = this.#entries.get(server);
    if (entry !== undefined) this.#shelves.adopt(entry.configured, snapshot, hash);
  }

  /** Takes up breakers and decisions of an earlier run, also for servers that are added later; what was decided in this run wins. */
  adoptStored(rows: readonly StoredCircuit[]): void {
    for (const row of rows) {
      const entry = this.#entries.get(row.name);
      if (entry === undefined) this.#stored.set(row.name, row);
      else if (entry.adopt(row)) this.#decisions.onAdopted(entry);
    }
  }

  /** Resolves when every enabled server had its first verdict; those with remembered lists are waited for at most `warmMs`. */
  async settled(warmMs: number, coldMs: number): Promise<void> {
    const waits = [...this.#entries.values()]
      .filter(({ supervisor }) => supervisor.definition.enabled)
      .map(({ name, supervisor }) => {
        const limitMs = this.#shelves.has(name) ? warmMs : coldMs;
        return Promise.race([supervisor.firstVerdict, sleep(this.#deps.world, limitMs)]);
      });
    await Promise.all(waits);
  }

  /** Ends every server's processes at once: for a stop whose time is up. */
  kill(): void {
    for (const { supervisor } of this.#entries.values()) supervisor.lastStarted?.kill?.();
  }

  async close(): Promise<void> {
    this.#cycle.close();
    this.#hiding.close();
    const stopAll = () => Promise.all([...this.#entries.values()].map(({ supervisor }) => supervisor.stop()));
    // Not after the turn: it may still wait for one that leaves. Then again, for those that it has added.
    await Promise.all([this.#turn, stopAll()]);
    await stopAll();
  }

  async #apply(desired: readonly UpstreamDefinition[]): Promise<void> {
    const actual = new Map([...this.#entries].map(([name, { configured }]) => [name, configured]));
    const { start, retune, replace, stop } = reconciliation(actual, desired);
    this.#beat();
    const leaving = [...stop, ...replace.map(({ name }) => name)].flatMap((name) => this.supervisor(name) ?? []);
    for (const definition of [...start, ...replace]) this.#add(definition);
    for (const definition of retune) this.#retune(definition);
    for (const name of stop) this.#forget(name);
    await Promise.all(leaving.map((supervisor) => supervisor.stop(DRAIN_MS)));
  }

  #add(definition: UpstreamDefinition): void {
    const { name } = definition;
    const before = this.#entries.get(name);
    const entry = new Entry(definition, this.#deps.world, (owner) => this.#supervisorDeps(owner));
    if (before !== undefined) entry.inherit(before);
    const stored = this.#stored.get(name);
    this.#stored.delete(name);
    if (stored !== undefined) entry.adopt(stored);
    entry.supervisor.retune(entry.effective);
    this.#entries.set(name, entry);
    this.#show(entry);
    if (before !== undefined) this.#decisions.onReplaced(before, entry);
    if (entry.effective.enabled) entry.supervisor.start();
  }

  #retune(definition: UpstreamDefinition): void {
    const entry = this.#existing(definition.name);
    entry.configured = definition;
    entry.supervisor.retune(entry.effective);
    this.#show(entry);
  }

  #show({ name, configured }: Entry): void {
    const showsOthers = this.#shelves.reapply(configured);
    this.#announcer.added(this.view(name) as ServerView);
    if (showsOthers) this.#shelves.announce(name, ["tools"]);
  }

  #forget(name: string): void {
    this.#entries.delete(name);
    this.#shelves.drop(name);
    this.#hiding.forget(name);
    this.#announcer.removed(name);
  }

  #supervisorDeps(entry: Entry): SupervisorDeps {
    const { world, connect, busy } = this.#deps;
    const { name } = entry.configured;
    const isCurrent = (): boolean => this.#entries.get(name) === entry;
    return {
      world,
      connect,
      busy,
      startGate: entry.configured.transport.kind === "stdio" ? this.#gates.commands : this.#gates.remotes,
      onEvent: (event) => {
        this.#beat();
        this.#tally.heard(event);
        if (isCurrent()) this.#announcer.health(name, event);
      },
      onProbe: this.#tally.probed,
      onCircuit: (change) => {
        this.#beat();
        if (isCurrent()) this.#decisions.onCircuit(entry, change);
      },
      onListChanged: (kind) => {
        if (isCurrent()) this.#deps.publish({ type: "list.changed", at: world.wall(), name, kind });
      },
      onSnapshot: (snapshot) => isCurrent() && this.#shelves.put(entry.configured, snapshot),
      onNotification: (message) => this.#shelves.relayLog(name, message),
      hasSnapshot: () => this.#shelves.has(name),
    };
  }

  #existing(name: string): Entry {
    const entry = this.#entries.get(name);
    if (entry !== undefined) return entry;
    throw new Fault("SERVER_NOT_FOUND", `No server named ${name} is configured.`, { server: name });
  }

  #inTurn<T>(change: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(change);
    this.#turn = turn.catch(() => {});
    return turn;
  }

  #beat(): void {
    this.work++;
    this.heartbeatAt = this.#deps.world.now();
  }
}
