// How well is an upstream while its link is up? Probes, trials and lists of one supervisor, and what they say about its health.
// It never connects and never closes a link: it says when one is to be given up.

import type { Fault } from "#contract/fault.ts";
import type { HealthEventType } from "#contract/health-event.ts";
import type { LastFailure, UpstreamDefinition } from "#contract/upstream.ts";
import { failsOf } from "#policy/health.ts";
import type { Connection } from "#upstream/connection.ts";
import type { Circuit } from "./circuit.ts";
import { Prober } from "./prober.ts";
import { Refresher } from "./refresher.ts";
import { LINK_IS_GONE, type SupervisorDeps } from "./supervision.ts";
import { Trials } from "./trials.ts";
import { describeFault } from "./unavailable.ts";
import { Vitals } from "./vitals.ts";

export interface WatchOptions {
  readonly deps: SupervisorDeps;
  readonly circuit: Circuit;
  readonly definition: () => UpstreamDefinition;
  readonly connection: () => Connection | undefined;
  /** The link no longer serves; `blame`: the breaker should count it. */
  readonly giveUp: (connection: Connection, message: string, blame: boolean) => void;
}

export class Watch {
  readonly vitals: Vitals;
  readonly prober: Prober;
  readonly refresher: Refresher;
  readonly #options: WatchOptions;
  readonly #trials: Trials;
  /** The breaker's generation at the newest probe's start. */
  #askedIn = 0;

  constructor(options: WatchOptions) {
    this.#options = options;
    const { deps, circuit, definition, connection } = options;
    const { world } = deps;
    this.vitals = new Vitals(world);
    this.prober = new Prober({
      world,
      intervalMs: () => definition().health.intervalMs,
      isInDoubt: () => this.vitals.health.health !== "healthy",
      ask: () => this.#ask(),
      onPass: (latencyMs) => this.#onPass(latencyMs),
      onFail: (fault) => this.#onProbeFailed(fault),
    });
    this.#trials = new Trials({ world, circuit, probe: () => this.prober.probeNow(), idle: () => this.prober.idle });
    this.refresher = new Refresher({
      server: definition().name,
      world,
      connection,
      busy: deps.busy,
      onSnapshot: deps.onSnapshot,
      onFailure: (fault) => this.#onListFailed(fault),
    });
  }

  /** A link came up. */
  linkUp(): void {
    this.vitals.authRequired = false;
    this.vitals.see("connected");
    this.prober.start();
  }

  /** The link ended, or could not be made. */
  linkDown(stage: LastFailure["stage"], message: string): void {
    this.prober.stop();
    this.#trials.stop();
    this.vitals.fail(stage, message);
    this.vitals.see("lost");
  }

  /** A real call got through: the next probe can wait, and a doubt is settled. */
  noteActivity(): void {
    this.prober.noteActivity();
    if (this.vitals.health.health === "degraded") this.#onPass(null);
  }

  /** A call failed: worth a probe now. */
  doubt(message: string): void {
    this.vitals.fail("call", message);
    this.prober.doubt();
  }

  /** Asks the breaker's trial question over the live link, if the breaker waits for one. */
  tryTrial(): void {
    this.#trials.start();
  }

  stop(): void {
    this.prober.stop();
    this.#trials.stop();
    this.refresher.stop();
  }

  tell(eventType: HealthEventType, message: string, latencyMs?: number): void {
    this.#options.deps.onEvent({ eventType, message, ...(latencyMs === undefined ? {} : { latencyMs }) });
  }

  /** What becomes of a probe after its link was replaced says nothing about the new one. */
  async #ask(): Promise<number | null> {
    const { connection, definition } = this.#options;
    const asked = connection();
    if (asked === undefined) return null;
    this.#askedIn = this.#options.circuit.generation;
    this.#options.deps.onProbe();
    try {
      const latencyMs = await asked.probe(definition().health.timeoutMs);
      return connection() === asked ? latencyMs : null;
    } catch (error) {
      if (connection() !== asked) return null;
      throw error;
    }
  }

  #onPass(latencyMs: number | null): void {
    const { circuit } = this.#options;
    if (this.vitals.see("pass")) this.tell("probe_recovered", "answers again", latencyMs ?? undefined);
    if (latencyMs === null) return;
    circuit.check("pass");
    this.refresher.refreshIfDue();
  }

  #onProbeFailed(fault: Fault): void {
    const { connection, circuit, giveUp } = this.#options;
    const asked = connection();
    if (asked === undefined) return;
    this.vitals.fail("probe", describeFault(fault));
    this.vitals.see("fail");
    this.tell("probe_failed", `${describeFault(fault)} (${failsOf(this.vitals.health)} in a row)`);
    // A link that is given up is counted as a loss, once. Refused credentials are no failure: the next connect says so.
    const refused = fault.code === "UPSTREAM_AUTH";
    const gone = LINK_IS_GONE.has(fault.code) || this.vitals.health.health === "unhealthy";
    if (refused || gone) giveUp(asked, describeFault(fault), !refused);
    else circuit.check("fail", this.#askedIn);
  }

  #onListFailed(fault: Fault): void {
    this.vitals.fail("list", describeFault(fault));
    this.tell("probe_failed", `lists could not be read: ${describeFault(fault)}`);
  }
}
