// What does a person have injected into a server's calls? A drill for a bounded time, next to the server, so that retry,
// breaker and everyone who looks see what they would see of a server in trouble.
import type { ChaosRequest } from "#contract/api.ts";
import { Fault } from "#contract/fault.ts";
import type { ChaosKind } from "#contract/upstream.ts";
import { returnBuffer } from "#lib/buffer-pool.ts";
import type { CancelSignal } from "#lib/cancel.ts";
import { Register } from "#lib/roster.ts";
import { type Cancel, sleep, type World } from "#lib/world.ts";
import type { Reply } from "#upstream/transport.ts";
import type { Call, Handler, Layer, Target } from "./call.ts";

export interface ChaosDeps {
  readonly world: World;
  /** The time of a drill was over; not called for one that was stopped or replaced. */
  readonly onEnded: (server: string) => void;
}

/** A running drill as people see it; `until` in milliseconds since 1970. */
export interface ChaosView {
  readonly kind: ChaosKind;
  /** Share of the calls that meet it, 0-1. */
  readonly ratio: number;
  readonly until: number;
}

interface Drill extends ChaosView {
  readonly latencyMs: number;
  readonly cancelEnd: Cancel;
}

export class Chaos {
  readonly #deps: ChaosDeps;
  readonly #drills = new Register<Drill>();

  constructor(deps: ChaosDeps) {
    this.#deps = deps;
  }

  readonly layer: Layer = (next) => (call) => (this.#drills.size === 0 ? next(call) : this.#pass(next, call));

  /** Begins a drill that ends by itself; replaces the one that this server had. */
  start(server: string, { kind, ratio, forMs, latencyMs }: ChaosRequest): void {
    const { world, onEnded } = this.#deps;
    this.stop(server);
    const cancelEnd = world.after(forMs, () => {
      this.#drills.delete(server);
      onEnded(server);
    });
    this.#drills.set(server, { kind, ratio, until: world.wall() + forMs, latencyMs, cancelEnd });
  }

  /** Whether there was one. Calls that already met it go on as it made them. */
  stop(server: string): boolean {
    this.#drills.get(server)?.cancelEnd();
    return this.#drills.delete(server);
  }

  of(server: string): ChaosView | null {
    const drill = this.#drills.get(server);
    return drill === undefined ? null : { kind: drill.kind, ratio: drill.ratio, until: drill.until };
  }

  #pass(next: Handler, call: Call): Promise<Reply> {
    const { server } = call.target as Target;
    const drill = this.#drills.get(server);
    if (drill === undefined || this.#deps.world.random() >= drill.ratio) return next(call);
    switch (drill.kind) {
      case "latency":
        return sleep(this.#deps.world, drill.latencyMs, call.control).then(() => next(call));
      // Where the drill stands in for the server, the attempt counts: the breaker must hear of it.
      case "error":
        call.attempts++;
        return Promise.reject(refused(server));
      case "hang":
        call.attempts++;
        return silence(call.control);
      case "reset":
        return next(call).then((reply) => lose(server, reply));
    }
  }
}

const refused = (server: string): Fault =>
  new Fault(
    "UPSTREAM_UNAVAILABLE",
    `${server} was made unavailable for this call by a drill (an injected error); nothing was sent. Try again.`,
    { server },
  );

const silence = (signal: CancelSignal): Promise<never> =>
  new Promise((_, reject) => {
    if (signal.aborted) return reject(signal.reason);
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });

function lose(server: string, reply: Reply): never {
  returnBuffer(reply.bytes);
  throw new Fault(
    "OUTCOME_UNKNOWN",
    `${server} answered and a drill threw the answer away (an injected reset). The call may have taken effect; check before you try again.`,
    { server, circumstance: { sent: true } },
  );
}
