// What does the coordinator keep about one server? Its definition as configured, what was decided against it, and its supervisor.
import type { UpstreamDefinition } from "#contract/upstream.ts";
import type { World } from "#lib/world.ts";
import { Circuit } from "./circuit.ts";
import { Pace } from "./pace.ts";
import { type StoredCircuit, storedBreaker } from "./stored.ts";
import type { Lasting, SupervisorDeps } from "./supervision.ts";
import { Supervisor } from "./supervisor.ts";

export interface AutoDisabled {
  /** Wall time in milliseconds since 1970. */
  readonly at: number;
  readonly reason: string;
}

/** Makes the supervisor's needs, once the entry it belongs to is known. */
export type DepsOf = (entry: Entry) => SupervisorDeps;

const TRIAL_SLACK_MS = 1_000;

export class Entry {
  configured: UpstreamDefinition;
  /** What a person or the gateway decided against the configuration. */
  override: boolean | null = null;
  autoDisabled: AutoDisabled | null = null;
  /** A person has said in this run whether it is enabled. */
  isDecided = false;
  supervisor: Supervisor;
  readonly #world: World;
  readonly #deps: SupervisorDeps;
  readonly #lasting: Lasting;

  constructor(configured: UpstreamDefinition, world: World, depsOf: DepsOf) {
    this.configured = configured;
    this.#world = world;
    this.#deps = depsOf(this);
    this.#lasting = { circuit: this.#newCircuit(), pace: new Pace(world, () => this.configured) };
    this.supervisor = new Supervisor(this.effective, this.#lasting, this.#deps);
  }

  get name(): string {
    return this.configured.name;
  }

  /** The definition it runs under. */
  get effective(): UpstreamDefinition {
    return this.override === null ? this.configured : { ...this.configured, enabled: this.override };
  }

  /** A new supervisor under the definition of now, with breaker and pace as they are. Answers the one that has to be stopped. */
  replaceSupervisor(): Supervisor {
    const last = this.supervisor;
    last.circuit.listen(undefined);
    this.supervisor = new Supervisor(this.effective, this.#lasting, this.#deps);
    return last;
  }

  /** Takes up what an earlier run left, except where this run has decided or learned better. Answers whether the definition changed. */
  adopt(row: StoredCircuit): boolean {
    const { circuit } = this.supervisor;
    const remembers = row.circuitState !== "closed" || row.failureCycles > 0;
    // What a person took out of service stays out, whatever it has answered meanwhile.
    const holds = row.circuitState === "isolated" ? circuit.isUntouched : circuit.isFresh;
    if (remembers && holds) circuit.takeUp(storedBreaker(row, this.#world));
    if (row.enabledOverride === null || this.isDecided || this.override !== null) return false;
    this.override = row.enabledOverride;
    if (row.autoDisabledAt !== null) {
      this.autoDisabled = { at: row.autoDisabledAt, reason: row.autoDisabledReason ?? "unknown" };
    }
    return this.effective.enabled !== this.supervisor.definition.enabled;
  }

  /** What was decided about the one whose place this takes still holds. */
  inherit({ override, autoDisabled, isDecided }: Entry): void {
    this.override = override;
    this.autoDisabled = autoDisabled;
    this.isDecided = isDecided;
  }

  /** A person puts it back into service: what was before does not count. */
  forget(reason: string): void {
    this.#lasting.pace.forget();
    this.#lasting.circuit.reset(reason);
  }

  #newCircuit(): Circuit {
    return new Circuit({
      server: this.name,
      world: this.#world,
      onChange: (change) => this.#deps.onCircuit(change),
      settings: () => this.configured.breaker,
      slowMs: () => this.configured.timeoutMs / 2,
      lastFailure: () => this.supervisor.facts().lastFailure?.message ?? null,
      trialMs: () => this.configured.timeoutMs + TRIAL_SLACK_MS,
    });
  }
}
