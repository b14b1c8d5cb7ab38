// May this attempt pass the server's breaker, and what does its end say about the server? The breaker hears every outcome once.
import type { Fault } from "#contract/fault.ts";
import { toFault } from "#contract/fault.ts";
import type { World } from "#lib/world.ts";
import type { Pass, Verdict } from "#policy/breaker-state.ts";
import { verdictOnFault, verdictOnReply } from "#policy/verdict.ts";
import type { Reply } from "#upstream/transport.ts";
import type { Call, Layer } from "./call.ts";

/** The part of a server's breaker that calls need. */
export interface Circuit {
  /** Throws BREAKER_OPEN with the time until the next trial. */
  admit(): Pass;
  /** Hands a pass back, once, with how the attempt ended and the milliseconds it took. */
  settle(pass: Pass, verdict: Verdict, durationMs: number): void;
}

export interface GuardDeps {
  readonly world: World;
  /** Undefined when the server was removed meanwhile. */
  readonly circuit: (server: string) => Circuit | undefined;
}

export function guard({ world, circuit }: GuardDeps): Layer {
  return (next) => async (call) => {
    const breaker = circuit(call.target?.server as string);
    if (breaker === undefined) return next(call);
    const pass = breaker.admit();
    call.pass = pass;
    const startedAt = world.now();
    const attempts = call.attempts;
    let verdict: Verdict = "none";
    try {
      const reply = await next(call);
      verdict = verdictOnReply(errorCodeOf(reply));
      return reply;
    } catch (error) {
      verdict = verdictOnEnd(toFault(error), call, { attempts, stalledMs: world.stalledMs(startedAt) });
      throw error;
    } finally {
      breaker.settle(pass, verdict, world.now() - startedAt);
    }
  };
}

// An attempt that never reached a link says nothing new: why there is none was counted when it was lost.
const verdictOnEnd = (fault: Fault, call: Call, before: { attempts: number; stalledMs: number }): Verdict =>
  call.attempts === before.attempts ? "none" : verdictOnFault(fault, before.stalledMs);

function errorCodeOf({ bytes, scan }: Reply): number | null {
  if (scan.kind !== "error") return null;
  try {
    const { code } = JSON.parse(bytes.toString("utf8", scan.start, scan.end)) as { code?: unknown };
    return typeof code === "number" ? code : null;
  } catch {
    return null;
  }
}
