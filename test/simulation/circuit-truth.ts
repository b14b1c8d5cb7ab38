// Does every breaker move along its edges, on evidence, and let through what it may? Each rule about breakers is judged here.
import type { CircuitState } from "../../src/contract/upstream.ts";
import type { Watch } from "./watch.ts";

/** Everything but these is a person's doing, which may lead from any state to any other. */
const LEGAL: Readonly<Record<CircuitState, readonly CircuitState[]>> = {
  closed: ["open"],
  open: ["half_open"],
  half_open: ["closed", "open"],
  isolated: [],
};
/** A person's verb explains what a breaker does within so many milliseconds. */
const VERB_EXPLAINS_MS = 1_000;

interface Circuit {
  state: CircuitState;
  openedAt: number;
  /** When the newest question was asked that was answered well, and badly. */
  goodAskedAt: number;
  badAskedAt: number;
  /** Calls that passed while it is half-open, and are out. */
  readonly trialCalls: Set<string>;
}

export class CircuitBook {
  readonly #watch: Watch;
  readonly #circuits = new Map<string, Circuit>();
  /** Trials at a time, by server. */
  trialsAllowed: (server: string) => number = () => 1;

  constructor(watch: Watch) {
    this.#watch = watch;
  }

  isClosed(server: string): boolean {
    return this.#of(server).state === "closed";
  }

  /** Its server was removed: the next one of this name begins anew. */
  forget(server: string): void {
    this.#circuits.delete(server);
  }

  changed(server: string, from: CircuitState, to: CircuitState): void {
    const circuit = this.#of(server);
    if (circuit.state !== from) this.#watch.broken("breaker edges", server, `left ${from}, but was ${circuit.state}`);
    circuit.state = to;
    if (to === "half_open") circuit.trialCalls.clear();
    if (!this.#watch.isMeddledWith(server, VERB_EXPLAINS_MS)) this.#judgeEdge(server, from, to);
    if (to === "open") circuit.openedAt = this.#watch.now;
  }

  /** A question that was asked at `askedAt` had a good end, or a bad one. */
  evidence(server: string, askedAt: number, good: boolean): void {
    const circuit = this.#of(server);
    if (good) circuit.goodAskedAt = Math.max(circuit.goodAskedAt, askedAt);
    else circuit.badAskedAt = Math.max(circuit.badAskedAt, askedAt);
  }

  /** A call is on its way to the server. */
  passed(server: string, id: string): void {
    const { state, trialCalls } = this.#of(server);
    if (state === "open" || state === "isolated")
      this.#watch.broken("open breaker", server, `call ${id} passes while it is ${state}`);
    if (state !== "half_open") return;
    trialCalls.add(id);
    if (trialCalls.size > this.trialsAllowed(server))
      this.#watch.broken("trials", server, `${trialCalls.size} trials at a time: ${[...trialCalls].join(" ")}`);
  }

  returned(server: string, id: string): void {
    this.#of(server).trialCalls.delete(id);
  }

  // What was asked before it opened says nothing about the time after.
  #judgeEdge(server: string, from: CircuitState, to: CircuitState): void {
    const { openedAt, goodAskedAt, badAskedAt } = this.#of(server);
    if (!LEGAL[from].includes(to)) this.#watch.broken("breaker edges", server, `${from} -> ${to}`);
    if (from !== "half_open") return;
    if (to === "closed" && goodAskedAt < openedAt)
      this.#watch.broken("evidence", server, "closes, and nothing asked since it opened was answered");
    if (to === "open" && badAskedAt < openedAt)
      this.#watch.broken("evidence", server, "opens again, and nothing asked since it opened has failed");
  }

  #of(server: string): Circuit {
    let circuit = this.#circuits.get(server);
    if (circuit === undefined) {
      const never = Number.NEGATIVE_INFINITY;
      circuit = { state: "closed", openedAt: never, goodAskedAt: never, badAskedAt: never, trialCalls: new Set() };
      this.#circuits.set(server, circuit);
    }
    return circuit;
  }
}
