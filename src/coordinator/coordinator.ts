// Which upstreams run? The reconciler of all: starts, keeps, replaces and stops supervisors until they equal what is desired.

import type { GatewayEvent, Severity } from "#contract/event.ts";
import type { ServerView, Status, UpstreamDefinition } from "#contract/upstream.ts";
import { createGate, type Gate } from "#lib/gate.ts";
import type { Log } from "#lib/log.ts";
import { type Cancel, sleep, type World } from "#lib/world.ts";
import { reconciliation } from "#policy/reconcile.ts";
import type { Catalog } from "#upstream/catalog.ts";
import type { Connection, ConnectOptions } from "#upstream/connection.ts";
import { EMPTY_LISTS, type Snapshot, snapshotHash } from "#upstream/snapshot.ts";
import type { SideMessage } from "#upstream/transport.ts";
import type { HealthEvent } from "./supervision.ts";
import { Supervisor } from "./supervisor.ts";
import { serverView } from "./views.ts";

export interface CoordinatorDeps {
  readonly world: World;
  readonly log: Log;
  readonly catalog: Catalog;
  readonly connect: (definition: UpstreamDefinition, options: ConnectOptions) => Promise<Connection>;
  readonly publish: (event: GatewayEvent) => void;
  readonly latency: (server: string) => ServerView["latency"];
}

/** Servers that start at the same moment; the others wait a little. */
const STARTS_AT_ONCE = 4;
const CYCLE_MS = 30_000;

interface Entry {
  readonly supervisor: Supervisor;
  status: Status;
}

export class Coordinator {
  readonly #deps: CoordinatorDeps;
  readonly #startGate: Gate = createGate(STARTS_AT_ONCE);
  readonly #entries = new Map<string, Entry>();
  readonly #hashes = new Map<string, string>();
  #reconciling: Promise<void> = Promise.resolve();
  #cancelCycle: Cancel = () => {};
  /** Transitions, reconciliations and cycles done since start. */
  work = 0;
  /** Monotonic milliseconds of the last of them. */
  heartbeatAt: number;

  constructor(deps: CoordinatorDeps) {
    this.#deps = deps;
    this.heartbeatAt = deps.world.now();
  }

  start(): void {
    this.#scheduleCycle();
  }

  /** Makes the running upstreams equal to `desired`; unchanged ones are not touched. Calls are carried out one after the other. */
  reconcile(desired: readonly UpstreamDefinition[]): Promise<void> {
    this.#reconciling = this.#reconciling.then(() => this.#apply(desired));
    return this.#reconciling;
  }

  supervisor(name: string): Supervisor | undefined {
    return this.#entries.get(name)?.supervisor;
  }

  view(name: string): ServerView | undefined {
    const entry = this.#entries.get(name);
    return entry === undefined ? undefined : this.#view(entry.supervisor);
  }

  /** Sorted by name. */
  views(): ServerView[] {
    return [...this.#entries.keys()].sort().map((name) => this.view(name) as ServerView);
  }

  /** Serves lists of an earlier run until the server itself has answered. */
  adoptSnapshot(server: string, snapshot: Snapshot, hash: string): void {
    const supervisor = this.supervisor(server);
    if (supervisor === undefined || this.#hashes.has(server)) return;
    this.#hashes.set(server, hash);
    this.#deps.catalog.put(server, snapshot, supervisor.definition.tools);
  }

  /** Resolves when every enabled server had its first verdict; those with remembered lists are waited for at most `warmMs`. */
  async settled(warmMs: number, coldMs: number): Promise<void> {
    const pending = [...this.#entries.values()].filter(({ supervisor }) => supervisor.definition.enabled);
    const waits = pending.map(({ supervisor }) => {
      const limitMs = this.#hashes.has(supervisor.definition.name) ? warmMs : coldMs;
      return Promise.race([supervisor.firstVerdict, sleep(this.#deps.world, limitMs)]);
    });
    await Promise.all(waits);
  }

  /** Ends every server's processes at once: for a stop whose time is up. */
  kill(): void {
    for (const { supervisor } of this.#entries.values()) supervisor.lastStarted?.kill?.();
  }

  async close(): Promise<void> {
    this.#cancelCycle();
    await this.#reconciling;
    await Promise.all([...this.#entries.values()].map(({ supervisor }) => supervisor.stop()));
  }

  async #apply(desired: readonly UpstreamDefinition[]): Promise<void> {
    const actual = new Map([...this.#entries].map(([name, { supervisor }]) => [name, supervisor.definition]));
    const { start, replace, stop } = reconciliation(actual, desired);
    this.#beat();
    const leaving = [...stop, ...replace.map(({ name }) => name)].flatMap((name) => this.#entries.get(name) ?? []);
    for (const definition of [...start, ...replace]) this.#add(definition);
    for (const name of stop) this.#forget(name);
    await Promise.all(leaving.map(({ supervisor }) => supervisor.stop()));
  }

  #add(definition: UpstreamDefinition): void {
    const { name } = definition;
    const supervisor = new Supervisor(definition, {
      world: this.#deps.world,
      connect: this.#deps.connect,
      startGate: this.#startGate,
      onEvent: (event) => this.#onEvent(supervisor, event),
      onSnapshot: (snapshot) => this.#onSnapshot(supervisor, snapshot),
      onNotification: (message) => this.#onNotification(name, message),
      hasSnapshot: () => this.#hashes.has(name),
    });
    const showsOthers = this.#showKnown(definition);
    const view = this.#view(supervisor);
    const at = this.#deps.world.wall();
    this.#entries.set(name, { supervisor, status: view.status });
    this.#deps.publish({ type: "server.added", at, view });
    if (showsOthers) this.#deps.publish({ type: "catalog.changed", at, name, kinds: ["tools"], view });
    if (definition.enabled) supervisor.start();
  }

  /** Applies a changed definition's tool rules to the lists that are known already; answers whether other tools are shown now. */
  #showKnown({ name, tools }: UpstreamDefinition): boolean {
    const { catalog } = this.#deps;
    const known = catalog.snapshot(name);
    if (known === undefined) return false;
    const before = catalog.list(name, "tools").text;
    catalog.put(name, known, tools);
    return catalog.list(name, "tools").text !== before;
  }

  #forget(name: string): void {
    this.#entries.delete(name);
    this.#deps.catalog.drop(name);
    this.#hashes.delete(name);
    this.#deps.publish({ type: "server.removed", at: this.#deps.world.wall(), name });
  }

  #onSnapshot(supervisor: Supervisor, snapshot: Snapshot): void {
    const { name, tools } = supervisor.definition;
    if (this.#entries.get(name)?.supervisor !== supervisor) return;
    const hash = snapshotHash(snapshot);
    if (this.#hashes.get(name) === hash) return;
    const before = this.#deps.catalog.snapshot(name);
    this.#hashes.set(name, hash);
    this.#deps.catalog.put(name, snapshot, tools);
    const at = this.#deps.world.wall();
    const kinds = changedKinds(before?.lists ?? EMPTY_LISTS, snapshot.lists);
    this.#deps.publish({ type: "catalog.changed", at, name, kinds, view: this.#view(supervisor) });
  }

  #onNotification(name: string, { method, params }: SideMessage): void {
    if (method !== "notifications/message") return;
    this.#deps.publish({ type: "log.received", at: this.#deps.world.wall(), name, params });
  }

  #onEvent(supervisor: Supervisor, { eventType, message, latencyMs }: HealthEvent): void {
    const { name } = supervisor.definition;
    const entry = this.#entries.get(name);
    if (entry?.supervisor !== supervisor) return;
    this.#beat();
    const view = this.#view(supervisor);
    const at = this.#deps.world.wall();
    this.#deps.publish({ type: "health.observed", at, name, eventType, message, latencyMs: latencyMs ?? null, view });
    if (view.status === entry.status) return;
    const oldStatus = entry.status;
    entry.status = view.status;
    const severity = severityOf(view.status);
    this.#deps.publish({
      type: "status.changed",
      at,
      name,
      oldStatus,
      newStatus: view.status,
      reason: message,
      severity,
      view,
    });
    this.#deps.log[view.status === "down" || view.status === "degraded" ? "warn" : "info"](
      { server: name, status: view.status, was: oldStatus, reason: message },
      `${name} is ${view.status}`,
    );
  }

  #view(supervisor: Supervisor): ServerView {
    const { definition } = supervisor;
    const { catalog, latency } = this.#deps;
    return serverView({
      definition,
      facts: supervisor.facts(),
      snapshot: catalog.snapshot(definition.name),
      shownTools: catalog.toolCount(definition.name),
      latency: latency(definition.name),
    });
  }

  #scheduleCycle(): void {
    this.#cancelCycle = this.#deps.world.after(CYCLE_MS, () => {
      this.runCycle();
      this.#scheduleCycle();
    });
  }

  /** One pass: a summary line for the operator, and the heartbeat that `/health` shows. */
  runCycle(): void {
    const count = new Map<Status, number>();
    for (const { status } of this.#entries.values()) count.set(status, (count.get(status) ?? 0) + 1);
    this.#beat();
    this.#deps.log.info({ servers: Object.fromEntries(count), work: this.work }, "coordinator cycle");
  }

  #beat(): void {
    this.work++;
    this.heartbeatAt = this.#deps.world.now();
  }
}

const severityOf = (status: Status): Severity =>
  status === "down" ? "critical" : status === "degraded" || status === "recovering" ? "warning" : "info";

/** Lists as clients know them: templates are told with the resources. */
function changedKinds(before: Snapshot["lists"], now: Snapshot["lists"]): ("tools" | "prompts" | "resources")[] {
  const said = (lists: Snapshot["lists"]) => ({ ...lists, resources: [lists.resources, lists.resourceTemplates] });
  const [old, fresh] = [said(before), said(now)];
  return (["tools", "prompts", "resources"] as const).filter(
    (kind) => JSON.stringify(old[kind]) !== JSON.stringify(fresh[kind]),
  );
}
