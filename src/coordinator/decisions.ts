// What is done about one server against or beside its configuration? A person's verbs, the gateway's own giving up, and a new
// loop in the place of a dead one. What changes who runs is done in turn with reconciliations.
import type { ServerVerb } from "#contract/api.ts";
import { Fault } from "#contract/fault.ts";
import type { World } from "#lib/world.ts";
import type { Announcer } from "./announcer.ts";
import type { CircuitChange } from "./circuit-terms.ts";
import type { Entry } from "./entry.ts";

export interface DecisionsDeps {
  readonly world: World;
  readonly announcer: Announcer;
  /** The one of that name now. Throws SERVER_NOT_FOUND. */
  readonly existing: (name: string) => Entry;
  /** Whether it is still the one of its name. */
  readonly isCurrent: (entry: Entry) => boolean;
  /** Runs changes strictly one after another. */
  readonly inTurn: <T>(change: () => Promise<T>) => Promise<T>;
}

/** Calls that run at a server which is removed, replaced or disabled may finish for so long, in milliseconds. */
export const DRAIN_MS = 5_000;

export class Decisions {
  readonly #deps: DecisionsDeps;

  constructor(deps: DecisionsDeps) {
    this.#deps = deps;
  }

  /** Throws UPSTREAM_UNAVAILABLE for a verb that a disabled server cannot follow. */
  async act(name: string, verb: ServerVerb): Promise<void> {
    const { supervisor } = this.#deps.existing(name);
    const decides = verb === "enable" || verb === "disable";
    if (!decides && !supervisor.definition.enabled) throw disabledFault(name, verb);
    switch (verb) {
      case "enable":
      case "disable":
        // By the time of its turn another may stand in its place.
        return this.#deps.inTurn(() => this.#setEnabled(this.#deps.existing(name), verb === "enable"));
      case "probe":
        supervisor.circuit.tryNow();
        return supervisor.probe();
      case "reconnect":
        return supervisor.reconnect();
      case "isolate":
        return supervisor.circuit.isolate("isolated by a person");
      case "release":
        return supervisor.circuit.release();
      case "reset-breaker":
        return supervisor.circuit.reset("reset by a person");
    }
  }

  /** Tells a breaker's change, and gives the server up where its settings say so. */
  onCircuit(entry: Entry, change: CircuitChange): void {
    this.#deps.announcer.circuit(entry.name, change);
    const { cycles } = entry.supervisor.circuit.facts();
    const limit = entry.configured.breaker.autoDisableAfterCycles;
    if (change.to !== "open" || limit === 0 || cycles < limit) return;
    const reason = `${cycles} failed cycles in a row: ${change.reason}`;
    void this.#deps.inTurn(() => this.#autoDisable(entry, { reason, cycles }));
  }

  /** Another link begins with a closed breaker; where that is a change, it is told. */
  onReplaced(before: Entry, entry: Entry): void {
    const [from, to] = [before.supervisor.circuit.kind, entry.supervisor.circuit.kind];
    if (from !== to) this.#deps.announcer.circuit(entry.name, { from, to, reason: "its definition changed" });
  }

  /** Follows what was decided before the restart; the breaker stays as it is. */
  onAdopted(entry: Entry): void {
    const before = entry.autoDisabled?.reason ?? "as decided before the restart";
    void this.#deps.inTurn(() => this.#restart(entry, before));
  }

  /** Puts a new loop in the place of one that stands still; the breaker stays. */
  revive(entry: Entry): void {
    void this.#deps.inTurn(() => this.#revive(entry));
  }

  async #autoDisable(entry: Entry, why: { reason: string; cycles: number }): Promise<void> {
    if (!this.#deps.isCurrent(entry) || !entry.effective.enabled) return;
    entry.override = false;
    entry.autoDisabled = { at: this.#deps.world.wall(), reason: why.reason };
    const last = entry.replaceSupervisor();
    this.#deps.announcer.autoDisabled(entry.name, why);
    await last.stop();
  }

  async #setEnabled(entry: Entry, enabled: boolean): Promise<void> {
    entry.override = entry.configured.enabled === enabled ? null : enabled;
    entry.autoDisabled = null;
    entry.isDecided = true;
    if (entry.supervisor.definition.enabled === enabled) return;
    if (enabled) entry.forget("enabled by a person");
    await this.#restart(entry, "by a person");
  }

  /** Begins anew under the definition of now, enabled or not. */
  async #restart(entry: Entry, why: string): Promise<void> {
    const { enabled } = entry.effective;
    const last = entry.replaceSupervisor();
    const word = enabled ? "enabled" : "disabled";
    this.#deps.announcer.health(entry.name, { eventType: word, message: `${word}: ${why}` });
    await last.stop(DRAIN_MS);
    if (enabled && this.#deps.isCurrent(entry)) entry.supervisor.start();
  }

  async #revive(entry: Entry): Promise<void> {
    const { deadForMs } = entry.supervisor;
    const { announcer, isCurrent } = this.#deps;
    if (deadForMs === 0 || !isCurrent(entry)) return;
    const last = entry.replaceSupervisor();
    const message = `its supervision stood still for ${Math.round(deadForMs)} ms and was begun anew`;
    announcer.health(entry.name, { eventType: "loop_restarted", message });
    await last.stop();
    if (entry.effective.enabled && isCurrent(entry)) entry.supervisor.start();
  }
}

const disabledFault = (server: string, verb: ServerVerb): Fault =>
  new Fault("UPSTREAM_UNAVAILABLE", `${server} is disabled, so there is nothing to ${verb}; enable it first.`, {
    server,
  });
