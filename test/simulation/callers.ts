// Who calls? A stream of callers per server, some of whom leave before they are answered, through the gateway's real onion.
import type { CallFactory, Handler } from "../../src/calls/call.ts";
import { Fault } from "../../src/contract/fault.ts";
import type { UpstreamDefinition } from "../../src/contract/upstream.ts";
import type { Dice } from "./random.ts";
import type { VirtualWorld } from "./virtual-world.ts";
import type { Watch } from "./watch.ts";

export interface CallerParts {
  readonly world: VirtualWorld;
  readonly dice: Dice;
  readonly watch: Watch;
  readonly pipeline: Handler;
  readonly factory: CallFactory;
  /** As configured now; undefined for a server that is not. */
  readonly definition: (server: string) => UpstreamDefinition | undefined;
}

const PRINCIPALS = ["ann", "bob", "cay"];

export class Callers {
  readonly #parts: CallerParts;
  #count = 0;
  #stopped = false;

  constructor(parts: CallerParts) {
    this.#parts = parts;
  }

  /** `meanMs` between calls to this server, until `stop`; infinite: none. */
  start(server: string, meanMs: number): void {
    const { world, dice } = this.#parts;
    if (meanMs === Number.POSITIVE_INFINITY) return;
    world.outside(dice.wait(meanMs), server, () => {
      if (this.#stopped) return;
      this.ask(server);
      this.start(server, meanMs);
    });
  }

  stop(): void {
    this.#stopped = true;
  }

  ask(server: string): void {
    const { dice, watch, factory, definition, world, pipeline } = this.#parts;
    const configured = definition(server);
    if (configured === undefined) return;
    const id = `k${++this.#count}`;
    const tool = dice.chance(0.5) ? "read" : "write";
    const view = dice.chance(0.5) ? server : null;
    const call = factory.create({
      kind: "tool",
      method: "tools/call",
      view,
      name: view === null ? `${server}__${tool}` : tool,
      params: { name: tool, arguments: { id } },
      principal: dice.pick(PRINCIPALS),
      era: "modern",
    });
    const truth = {
      id,
      server,
      repeatable: tool === "read" && configured.trusted,
      askedAt: world.now,
      timeoutMs: configured.timeoutMs,
      guiltless: watch.isGuiltless(server),
      attempts: 0,
      executed: 0,
      settled: false,
      records: 0,
      cancelled: false,
    };
    watch.calls.ask(truth, call.id);
    if (dice.chance(0.03)) {
      world.outside(dice.wait(50), server, () => {
        if (truth.settled) return;
        truth.cancelled = true;
        call.control.abort(new Fault("CANCELLED", "The caller went away."));
      });
    }
    pipeline(call).then(
      (reply) => watch.calls.answered(truth, reply),
      (error) => watch.calls.failed(truth, error),
    );
  }
}
