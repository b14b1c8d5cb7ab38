// Who changes the configuration and takes servers out of service? A person at the dashboard, rarely right and never on time.

import type { UpstreamDefinition } from "../../src/contract/upstream.ts";
import type { Coordinator } from "../../src/coordinator/coordinator.ts";
import type { Cancel } from "../../src/lib/world.ts";
import { newTransport } from "./definitions.ts";
import type { Dice } from "./random.ts";
import { tracesOf } from "./timers.ts";
import type { VirtualWorld } from "./virtual-world.ts";
import type { Watch } from "./watch.ts";

export interface OperatorParts {
  readonly world: VirtualWorld;
  readonly dice: Dice;
  readonly watch: Watch;
  readonly coordinator: Coordinator;
  readonly definitions: readonly UpstreamDefinition[];
}

type Verb = Parameters<Coordinator["act"]>[1];

/** A stopped supervisor's timers are gone so soon after; places at the start's gate last 3 s. */
const LEFTOVERS_GONE_MS = 4_000;

export class Operator {
  readonly #parts: OperatorParts;
  readonly #desired: Map<string, UpstreamDefinition>;
  readonly #removed = new Map<string, UpstreamDefinition>();
  readonly #out = new Map<string, Verb>();
  readonly #gapMs: number;
  #cancelNext: Cancel = () => {};

  constructor(parts: OperatorParts) {
    this.#parts = parts;
    this.#desired = new Map();
    this.#gapMs = parts.dice.pick([15_000, 40_000, 120_000]);
  }

  definition(server: string): UpstreamDefinition | undefined {
    return this.#desired.get(server);
  }

  /** Configures one server after the other, so that each one's timers are known to be its own. */
  begin(): void {
    for (const definition of this.#parts.definitions) this.#add(definition);
    this.#later();
  }

  #later(): void {
    const { world, dice } = this.#parts;
    this.#cancelNext = world.outside(dice.wait(this.#gapMs), "", () => {
      this.#act();
      this.#later();
    });
  }

  /** Puts everything back that was removed or taken out of service. */
  end(): void {
    this.#cancelNext();
    for (const [server, verb] of [...this.#out]) this.#back(server, verb);
    for (const { name, autoDisabledAt } of this.#parts.coordinator.views())
      if (autoDisabledAt !== null) this.#verb(name, "enable");
    for (const definition of [...this.#removed.values()]) this.#add(definition);
  }

  #act(): void {
    const { dice } = this.#parts;
    const names = [...this.#desired.keys()];
    const server = dice.pick(names);
    switch (dice.below(9)) {
      case 0:
        return this.#change(server, { timeoutMs: dice.pick([2_000, 5_000, 15_000]) });
      case 1:
        return this.#change(server, {
          transport: newTransport((this.#desired.get(server) as UpstreamDefinition).transport.kind),
        });
      case 2:
        return names.length > 3 ? this.#remove(server) : undefined;
      case 3:
        return this.#addBack();
      case 4:
        return this.#outFor(server, "isolate");
      case 5:
        return this.#outFor(server, "disable");
      default:
        return this.#verb(server, dice.pick(["probe", "reconnect", "reset-breaker"] as const));
    }
  }

  #change(server: string, change: Partial<UpstreamDefinition>): void {
    const before = this.#desired.get(server) as UpstreamDefinition;
    this.#desired.set(server, { ...before, ...change });
    const what = `change ${Object.keys(change)}`;
    this.#reload(server, { what, leaving: change.transport === undefined ? undefined : before });
  }

  #remove(server: string): void {
    const before = this.#desired.get(server) as UpstreamDefinition;
    this.#desired.delete(server);
    this.#removed.set(server, before);
    this.#out.delete(server);
    this.#reload(server, { what: "remove", leaving: before });
  }

  #addBack(): void {
    const [first] = this.#removed.values();
    if (first !== undefined) this.#add(first);
  }

  #add(definition: UpstreamDefinition): void {
    const { name, transport } = definition;
    this.#removed.delete(name);
    this.#desired.set(name, { ...definition, transport: newTransport(transport.kind) });
    this.#reload(name, { what: "add", leaving: undefined });
  }

  /** `leaving`: what must have stopped when the reload is over. */
  #reload(server: string, { what, leaving }: { what: string; leaving: UpstreamDefinition | undefined }): void {
    const { coordinator, watch, world } = this.#parts;
    const done = watch.verb(server, what);
    const reconciled = world.as(server, () => coordinator.reconcile([...this.#desired.values()]));
    reconciled.then(
      () => {
        done();
        if (leaving === undefined) return;
        watch.retire(leaving.name, leaving);
        if (!this.#desired.has(leaving.name)) this.#expectNoTimers(leaving.name);
      },
      (error) => watch.bug(error),
    );
  }

  #expectNoTimers(server: string): void {
    const { world, watch } = this.#parts;
    const then = world.order;
    world.outside(LEFTOVERS_GONE_MS, server, () => {
      const left = world.timersOf(
        ({ part, owner, order }) => part === "coordinator" && owner === server && order <= then,
      );
      if (left.length > 0)
        watch.broken("timers", server, `${left.length} timers outlive their supervisor${tracesOf(left)}`);
    });
  }

  #outFor(server: string, verb: "isolate" | "disable"): void {
    if (this.#out.has(server)) return;
    const { world, dice } = this.#parts;
    this.#out.set(server, verb);
    this.#verb(server, verb);
    world.outside(dice.between(1_000, 60_000), server, () => this.#back(server, verb));
  }

  #back(server: string, verb: Verb): void {
    if (this.#out.get(server) !== verb || !this.#desired.has(server)) return;
    this.#out.delete(server);
    this.#verb(server, verb === "isolate" ? "release" : "enable");
  }

  #verb(server: string, verb: Verb): void {
    const { coordinator, watch, world } = this.#parts;
    const definition = this.#desired.get(server) as UpstreamDefinition;
    const done = watch.verb(server, verb);
    if (verb === "enable") watch.revive(definition);
    const acted = world.as(server, () => coordinator.act(server, verb));
    acted.then(
      () => {
        done();
        if (verb === "disable" && this.#out.get(server) === "disable") watch.retire(server, definition);
      },
      (error) => {
        done();
        watch.note("refused", server, String(error));
      },
    );
  }
}
