// Who calls? A stream of callers per server, some of whom leave before they are answered, through the gateway's real onion.
import { later } from "../../src/calls/call.fixture.ts";
import type { Answerer, Call, CallFactory } from "../../src/calls/call.ts";
import { Fault } from "../../src/contract/fault.ts";
import type { UpstreamDefinition } from "../../src/contract/upstream.ts";
import type { CallTruth } from "./call-truth.ts";
import type { Dice } from "./random.ts";
import { Traffic } from "./traffic.ts";
import type { VirtualWorld } from "./virtual-world.ts";
import type { Watch } from "./watch.ts";

export interface CallerParts {
  readonly world: VirtualWorld;
  readonly dice: Dice;
  readonly watch: Watch;
  readonly pipeline: Answerer;
  readonly factory: CallFactory;
  /** As configured now; undefined for a server that is not. */
  readonly definition: (server: string) => UpstreamDefinition | undefined;
}

export class Callers {
  readonly #parts: CallerParts;
  readonly #traffic: Traffic;
  #stopped = false;

  constructor(parts: CallerParts) {
    this.#parts = parts;
    this.#traffic = new Traffic(parts.dice.stream("traffic"));
  }

  /** `meanMs` between calls to this server, until `stop`; infinite: none. */
  start(server: string, meanMs: number): void {
    const { world, dice } = this.#parts;
    if (meanMs === Number.POSITIVE_INFINITY) return;
    world.outside(dice.wait(meanMs), server, () => {
      if (this.#stopped) return;
      const wish = this.#traffic.next(server);
      this.ask(server, wish);
      // Some ask the same again before they can know.
      if (dice.chance(0.1)) world.outside(dice.wait(10), server, () => this.ask(server, wish));
      this.start(server, meanMs);
    });
  }

  stop(): void {
    this.#stopped = true;
  }

  /** Asks past whatever is kept. */
  askAnew(server: string): void {
    this.ask(server, { ...this.#traffic.next(server), cacheRequest: "bypass" });
  }

  ask(server: string, wish = this.#traffic.next(server)): void {
    const { watch, factory, definition, pipeline } = this.#parts;
    const configured = definition(server);
    if (configured === undefined) return;
    const { tool, key, view, principal, cacheRequest } = wish;
    const call = factory.create({
      kind: "tool",
      method: "tools/call",
      view,
      name: view === null ? `${server}__${tool}` : tool,
      params: { name: tool, arguments: { key } },
      principal,
      era: "modern",
      cacheRequest,
    });
    const truth = this.#truth(call, { server, tool, key }, configured);
    watch.calls.ask(truth);
    this.#mayLeave(call, truth);
    later(pipeline)(call).then(
      (reply) => watch.calls.answered(truth, call, reply),
      (error) => watch.calls.failed(truth, error),
    );
  }

  #truth(call: Call, asked: Pick<CallTruth, "server" | "tool" | "key">, configured: UpstreamDefinition): CallTruth {
    const { world, watch } = this.#parts;
    const { server, tool } = asked;
    return {
      id: call.id,
      principal: call.principal,
      ...asked,
      floor: watch.cache.floor(server, tool),
      repeatable: tool !== "write" && configured.trusted,
      empties: tool === "write" && configured.cache.invalidateOnWrite,
      askedAt: world.now,
      timeoutMs: configured.timeoutMs,
      guiltless: watch.isGuiltless(server),
      attempts: 0,
      renewals: 0,
      executed: 0,
      settled: false,
      records: 0,
      cancelled: false,
      carriedOut: 0,
      doubtUntil: Number.NEGATIVE_INFINITY,
    };
  }

  #mayLeave(call: Call, truth: CallTruth): void {
    const { world, dice } = this.#parts;
    if (!dice.chance(0.03)) return;
    world.outside(dice.wait(dice.pick([2, 50])), truth.server, () => {
      if (truth.settled) return;
      truth.cancelled = true;
      call.control.abort(new Fault("CANCELLED", "The caller went away."));
    });
  }
}
