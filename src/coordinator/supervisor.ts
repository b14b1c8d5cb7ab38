// What can be asked of one upstream that is kept alive? By calls: a link. By people: a probe, a new link. By the coordinator:
// facts, and the end. The loop behind it goes on by itself.
import type { Fault } from "#contract/fault.ts";
import type { UpstreamDefinition } from "#contract/upstream.ts";
import { abortable } from "#lib/abortable.ts";
import type { CancelSignal } from "#lib/cancel.ts";
import { sleep } from "#lib/world.ts";
import type { Pass } from "#policy/breaker-state.ts";
import type { Connection, StartedLink } from "#upstream/connection.ts";
import type { Circuit } from "./circuit.ts";
import { Loop } from "./loop.ts";
import type { Waiting } from "./phases.ts";
import { factsOf, type Lasting, type SupervisorDeps, type SupervisorFacts } from "./supervision.ts";
import { unavailableFault } from "./unavailable.ts";

/** A stop that takes longer waits for something that will not come. */
const STOP_LIMIT_MS = 10_000;

export class Supervisor {
  readonly circuit: Circuit;
  readonly #deps: SupervisorDeps;
  readonly #loop: Loop;

  constructor(definition: UpstreamDefinition, lasting: Lasting, deps: SupervisorDeps) {
    this.circuit = lasting.circuit;
    this.#deps = deps;
    this.#loop = new Loop(definition, lasting, deps);
  }

  get definition(): UpstreamDefinition {
    return this.#loop.definition;
  }

  /** Goes on under a definition whose transport is the same. */
  retune(definition: UpstreamDefinition): void {
    this.#loop.definition = definition;
  }

  /** Resolves once the first attempt has succeeded (lists read or remembered) or failed. */
  get firstVerdict(): Promise<void> {
    return this.#loop.firstVerdict;
  }

  /** The newest try's link, which may be open, still be tried, or have ended. */
  get lastStarted(): StartedLink | undefined {
    return this.#loop.lastStarted;
  }

  /** The live link, or undefined: the hot path's first look. */
  connection(): Connection | undefined {
    return this.#loop.phases.connection;
  }

  /**
   * A live link: the present one, or the outcome of an attempt made at once. Throws UPSTREAM_UNAVAILABLE or UPSTREAM_AUTH,
   * and BREAKER_OPEN when the breaker no longer honours `pass` by then.
   */
  async acquire(signal: CancelSignal, pass?: Pass): Promise<Connection> {
    const { phases } = this.#loop;
    if (phases.now.kind === "waiting") await this.#endWait(phases.now, signal);
    if (phases.now.kind === "connecting") await abortable(phases.now.settled, signal);
    const { connection } = phases;
    if (connection === undefined) throw this.#unavailable();
    if (pass !== undefined) this.circuit.require(pass);
    return connection;
  }

  /** Resolves once its lists are known, read or remembered. Throws what `acquire` throws, and when they could not be read. */
  async firstContact(signal: CancelSignal): Promise<void> {
    await this.acquire(signal);
    if (!this.#deps.hasSnapshot()) await abortable(this.#loop.watch.refresher.refresh(), signal);
    if (!this.#deps.hasSnapshot()) throw this.#unavailable();
  }

  /** Replaces a link whose session the server has forgotten; all who held the same link share one attempt. */
  renew(lost: Connection, signal: CancelSignal, pass?: Pass): Promise<Connection> {
    if (this.connection() === lost) {
      this.#loop.drop(lost, "the server forgot the session");
      this.#loop.begin(1);
    }
    return this.acquire(signal, pass);
  }

  /** A real call got through: the next probe can wait, and a doubt is settled. */
  noteActivity(): void {
    this.#loop.watch.noteActivity();
  }

  facts(): SupervisorFacts {
    const { phases, watch, lastRecoveryAt } = this.#loop;
    const { lastProbeAt } = watch.prober;
    return factsOf(phases.now, watch.vitals, { lastProbeAt, lastRecoveryAt, circuit: this.circuit.facts() });
  }

  /** How long the loop should have moved and did not, in milliseconds; 0 when it lives. */
  get deadForMs(): number {
    return this.#loop.phases.deadForMs(this.definition.health, this.#loop.watch.prober.dueAt);
  }

  start(): void {
    this.#loop.start();
  }

  /** Asks now whether it lives: over its link, or by an attempt to get one. Resolves when the answer is in. */
  async probe(): Promise<void> {
    if (this.connection() === undefined) await this.#loop.attemptNow();
    else await this.#loop.watch.prober.probeNow();
  }

  /** Ends the link, if there is one, and connects anew at once. Resolves when the attempt has ended. */
  async reconnect(): Promise<void> {
    const { pace, phases } = this.#loop;
    pace.forget();
    const connection = this.connection();
    if (connection !== undefined) this.#loop.drop(connection, "a person asked for a new connection", false);
    const wasConnecting = phases.now.kind === "connecting";
    await this.#loop.attemptNow();
    // An attempt that was under way may have met what the person has put right since.
    if (wasConnecting && phases.now.kind === "waiting") await this.#loop.attemptNow();
  }

  /**
   * Ends the loop and the link; calls that run over it may finish for `drainMs`. Resolves when the server's process tree is gone,
   * or has been killed because it would not end.
   */
  async stop(drainMs = 0): Promise<void> {
    const { promise: late, resolve } = Promise.withResolvers<void>();
    const cancel = this.#deps.world.after(drainMs + STOP_LIMIT_MS, () => {
      this.lastStarted?.kill?.();
      resolve();
    });
    await Promise.race([this.#loop.stop(this.#unavailable(), drainMs), late]);
    cancel();
  }

  async #endWait(waiting: Waiting, signal: CancelSignal): Promise<void> {
    const { phases, pace, watch } = this.#loop;
    if (watch.vitals.authRequired || pace.heldMs > 0) throw this.#unavailable();
    const gapMs = pace.gapMs(waiting.failedAt);
    if (gapMs > 0) await sleep(this.#deps.world, gapMs, signal);
    if (phases.now === waiting) this.#loop.begin(waiting.attempt);
  }

  #unavailable(): Fault {
    const { phases, watch } = this.#loop;
    const nextAttemptAt = phases.now.kind === "waiting" ? phases.now.nextAttemptAt : null;
    const now = this.#deps.world.wall();
    return unavailableFault(this.definition.name, watch.vitals, { nextAttemptAt, now });
  }
}
