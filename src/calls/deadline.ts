// By when must a call be done? One budget for everything below; progress moves it, up to a hard maximum.
import { Fault } from "#contract/fault.ts";
import { Deadlines, type Timed } from "#lib/deadlines.ts";
import type { World } from "#lib/world.ts";
import type { Call, Layer } from "./call.ts";
import { withEnd } from "./with-end.ts";

export interface DeadlineDeps {
  readonly world: World;
}

/** No call lasts longer, whatever progress it reports. */
export const HARD_MAXIMUM_MS = 600_000;

export function deadline({ world }: DeadlineDeps): Layer {
  const deadlines = new Deadlines(world);
  return (next) => (call) => {
    const budget = new CallBudget(call, call.target?.timeoutMs ?? HARD_MAXIMUM_MS);
    call.budget = budget;
    deadlines.add(budget);
    return withEnd(next, call, () => deadlines.delete(budget));
  };
}

class CallBudget implements Timed {
  slot: number | undefined;
  endsAt: number;
  readonly #call: Call;
  readonly #timeoutMs: number;

  constructor(call: Call, timeoutMs: number) {
    this.#call = call;
    this.#timeoutMs = timeoutMs;
    this.endsAt = call.startedAt + timeoutMs;
  }

  extend(now: number): void {
    this.endsAt = Math.min(now + this.#timeoutMs, this.#call.startedAt + HARD_MAXIMUM_MS);
  }

  expire(): void {
    this.#call.control.abort(timeoutFault(this.#call, this.#timeoutMs));
  }
}

/** The fault of a call whose time ran out. */
export function timeoutFault(call: Call, timeoutMs: number): Fault {
  const server = call.target?.server ?? "The server";
  const sent = call.attempts > 0 ? " It was asked to cancel; the call may still have taken effect." : "";
  return new Fault("UPSTREAM_TIMEOUT", `${server} did not answer ${call.name} within ${timeoutMs} ms.${sent}`, {
    server,
  });
}
