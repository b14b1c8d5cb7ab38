// How is one upstream kept alive? One loop: connect, serve and probe, reconnect with backoff, until it is stopped.
//
//            start                connected                 lost, or probes say so
//   idle ------------> connecting ---------> connected ---------------------------+
//                        ^     | failed                                           |
//                        |     v                                                  v
//                        +-- waiting(attempt, nextAttemptAt) <--------------------+
//   A call that finds no link ends the wait early (`acquire`), single-flight. `stop` leads to `stopped` from everywhere.
import type { HealthEventType } from "#contract/event.ts";
import { type Fault, toFault } from "#contract/fault.ts";
import type { UpstreamDefinition } from "#contract/upstream.ts";
import { abortable } from "#lib/abortable.ts";
import type { CancelSignal } from "#lib/cancel.ts";
import { sleep } from "#lib/world.ts";
import { failsOf } from "#policy/health.ts";
import { reconnectDelayMs, STABLE_AFTER_MS } from "#policy/supervision.ts";
import type { Connection, ConnectOptions, StartedLink } from "#upstream/connection.ts";
import { connectGated } from "./connect-gated.ts";
import { Prober } from "./prober.ts";
import { Refresher } from "./refresher.ts";
import {
  factsOf,
  LINK_IS_GONE,
  MIN_ATTEMPT_GAP_MS,
  type Phase,
  PROBE_TIMEOUT_MS,
  type SupervisorDeps,
  type SupervisorFacts,
} from "./supervision.ts";
import { describeFault, describeLink, unavailableFault } from "./unavailable.ts";
import { Vitals } from "./vitals.ts";

export class Supervisor {
  readonly definition: UpstreamDefinition;
  /** The newest try's link, which may be open, still be tried, or have ended. */
  lastStarted: StartedLink | undefined;
  readonly #deps: SupervisorDeps;
  readonly #lifetime = new AbortController();
  readonly #vitals: Vitals;
  readonly #prober: Prober;
  readonly #refresher: Refresher;
  readonly #verdict = Promise.withResolvers<void>();
  /** Resolves once the first attempt has succeeded (lists read or remembered) or failed. */
  readonly firstVerdict: Promise<void> = this.#verdict.promise;
  #phase: Phase = { kind: "idle" };
  #hint: ConnectOptions["hint"];
  #lossesInARow = 0;
  #lastRecoveryAt: number | null = null;

  constructor(definition: UpstreamDefinition, deps: SupervisorDeps) {
    this.definition = definition;
    this.#deps = deps;
    this.#vitals = new Vitals(deps.world);
    this.#prober = new Prober({
      world: deps.world,
      intervalMs: definition.health.intervalMs,
      isInDoubt: () => this.#vitals.health.health !== "healthy",
      ask: () => this.#ask(),
      onPass: (latencyMs) => this.#onPass(latencyMs),
      onFail: (fault) => this.#onProbeFailed(fault),
    });
    this.#refresher = new Refresher({
      server: definition.name,
      world: deps.world,
      connection: () => this.connection(),
      onSnapshot: deps.onSnapshot,
      onFailure: (fault) => this.#onListFailed(fault),
    });
  }

  /** The live link, or undefined: the hot path's first look. */
  connection(): Connection | undefined {
    return this.#phase.kind === "connected" ? this.#phase.connection : undefined;
  }

  /** A live link: the present one, or the outcome of an attempt made at once. Throws UPSTREAM_UNAVAILABLE or UPSTREAM_AUTH. */
  async acquire(signal: CancelSignal): Promise<Connection> {
    if (this.#phase.kind === "waiting") await this.#endWait(this.#phase, signal);
    if (this.#phase.kind === "connecting") await abortable(this.#phase.settled, signal);
    const connection = this.connection();
    if (connection === undefined) throw this.#unavailable();
    return connection;
  }

  /** Resolves once its lists are known, read or remembered. Throws what `acquire` throws, and when they could not be read. */
  async firstContact(signal: CancelSignal): Promise<void> {
    await this.acquire(signal);
    if (!this.#deps.hasSnapshot()) await abortable(this.#refresher.refresh(), signal);
    if (!this.#deps.hasSnapshot()) throw this.#unavailable();
  }

  /** Replaces a link whose session the server has forgotten; all who held the same link share one attempt. */
  renew(lost: Connection, signal: CancelSignal): Promise<Connection> {
    if (this.connection() === lost) {
      this.#drop(lost, "the server forgot the session");
      this.#begin(1);
    }
    return this.acquire(signal);
  }

  /** A real call got through: the next probe can wait, and a doubt is settled. */
  noteActivity(): void {
    this.#prober.noteActivity();
    if (this.#vitals.health.health === "degraded") this.#onPass(null);
  }

  facts(): SupervisorFacts {
    const { lastProbeAt } = this.#prober;
    return factsOf(this.#phase, this.#vitals, { lastProbeAt, lastRecoveryAt: this.#lastRecoveryAt });
  }

  start(): void {
    if (this.#phase.kind === "idle") this.#begin(0);
  }

  /** Ends the loop and the link; resolves when the server's process tree is gone. */
  async stop(): Promise<void> {
    const last = this.#phase;
    this.#phase = { kind: "stopped" };
    this.#lifetime.abort(this.#unavailable());
    this.#prober.stop();
    this.#refresher.stop();
    this.#verdict.resolve();
    if (last.kind === "waiting") last.cancel();
    if (last.kind === "connecting") await last.settled;
    if (last.kind === "connected") await last.connection.close();
  }

  async #endWait(waiting: Phase & { kind: "waiting" }, signal: CancelSignal): Promise<void> {
    const gapMs = waiting.failedAt + MIN_ATTEMPT_GAP_MS[this.definition.transport.kind] - this.#deps.world.now();
    if (gapMs > 0) await sleep(this.#deps.world, gapMs, signal);
    if (this.#phase === waiting) this.#begin(waiting.attempt);
  }

  #begin(attempt: number): void {
    if (this.#phase.kind === "waiting") this.#phase.cancel();
    if (attempt > 0) this.#lastRecoveryAt = this.#deps.world.wall();
    this.#phase = { kind: "connecting", attempt, settled: this.#attempt(attempt) };
    if (attempt > 0) this.#tell("recovery_attempt", `reconnecting, attempt ${attempt}`);
  }

  async #attempt(attempt: number): Promise<void> {
    try {
      const connection = await this.#connect();
      if (this.#lifetime.signal.aborted) return await connection.close();
      this.#onConnected(connection);
      const refreshed = this.#refresher.refresh();
      if (!this.#deps.hasSnapshot()) await refreshed;
    } catch (error) {
      if (!this.#lifetime.signal.aborted) this.#onConnectFailed(toFault(error), attempt);
    } finally {
      this.#verdict.resolve();
    }
  }

  #connect(): Promise<Connection> {
    return connectGated(this.definition, this.#deps, {
      signal: this.#lifetime.signal,
      hint: this.#hint,
      onClosed: (connection, message) => this.#onLost(connection, message),
      onDoubt: () => void this.#prober.probeNow(),
      onListChanged: () => this.#refresher.request(),
      onStarting: (link) => (this.lastStarted = link),
    });
  }

  #onConnected(connection: Connection): void {
    this.#phase = { kind: "connected", connection, since: this.#deps.world.now() };
    this.#hint = { era: connection.era, form: connection.form };
    this.#vitals.authRequired = false;
    this.#vitals.see("connected");
    this.#prober.start();
    this.#tell("connected", describeLink(connection));
    // The link may have ended between the handshake and now, when nobody was listening yet.
    if (connection.closeReason !== undefined) this.#onLost(connection, connection.closeReason.message);
  }

  #onConnectFailed(fault: Fault, attempt: number): void {
    this.#hint = undefined;
    this.#vitals.authRequired = fault.code === "UPSTREAM_AUTH";
    this.#vitals.fail(attempt === 0 ? "start" : "connect", describeFault(fault));
    this.#vitals.see("lost");
    this.#wait(attempt + 1);
    this.#tell("connect_failed", describeFault(fault));
  }

  #onLost(connection: Connection, message: string): void {
    if (this.#phase.kind !== "connected" || this.#phase.connection !== connection) return;
    const stable = this.#deps.world.now() - this.#phase.since >= STABLE_AFTER_MS;
    this.#lossesInARow = stable ? 1 : this.#lossesInARow + 1;
    this.#prober.stop();
    this.#vitals.fail("call", message);
    this.#vitals.see("lost");
    this.#wait(this.#lossesInARow);
    this.#tell(connection.closeReason?.exitCode === undefined ? "disconnected" : "process_exited", message);
  }

  #wait(attempt: number): void {
    const { world } = this.#deps;
    const delayMs = Math.round(reconnectDelayMs(attempt, world.random()));
    const cancel = world.after(delayMs, () => this.#begin(attempt));
    this.#phase = { kind: "waiting", attempt, nextAttemptAt: world.wall() + delayMs, failedAt: world.now(), cancel };
  }

  /** Ends a link that no longer serves; recovery does not wait until the close has finished. */
  #drop(connection: Connection, message: string): void {
    this.#onLost(connection, message);
    void connection.close().catch(() => {});
  }

  /** What becomes of a probe after its link was replaced says nothing about the new one. */
  async #ask(): Promise<number | null> {
    const connection = this.connection();
    if (connection === undefined) return null;
    return connection.probe(PROBE_TIMEOUT_MS[connection.form]).catch((error) => {
      if (this.connection() !== connection) return null;
      throw error;
    });
  }

  #onPass(latencyMs: number | null): void {
    if (this.#vitals.see("pass")) this.#tell("probe_recovered", "answers again", latencyMs ?? undefined);
    if (latencyMs !== null) this.#refresher.retryIfFailed();
  }

  #onProbeFailed(fault: Fault): void {
    const connection = this.connection();
    if (connection === undefined) return;
    this.#vitals.fail("probe", describeFault(fault));
    this.#vitals.see("fail");
    this.#tell("probe_failed", `${describeFault(fault)} (${failsOf(this.#vitals.health)} in a row)`);
    if (LINK_IS_GONE.has(fault.code) || this.#vitals.health.health === "unhealthy")
      this.#drop(connection, describeFault(fault));
  }

  #onListFailed(fault: Fault): void {
    this.#vitals.fail("list", describeFault(fault));
    this.#tell("probe_failed", `lists could not be read: ${describeFault(fault)}`);
  }

  #tell(eventType: HealthEventType, message: string, latencyMs?: number): void {
    this.#deps.onEvent({ eventType, message, ...(latencyMs === undefined ? {} : { latencyMs }) });
  }

  #unavailable(): Fault {
    const nextAttemptAt = this.#phase.kind === "waiting" ? this.#phase.nextAttemptAt : null;
    return unavailableFault(this.definition.name, this.#vitals, { nextAttemptAt, now: this.#deps.world.wall() });
  }
}
