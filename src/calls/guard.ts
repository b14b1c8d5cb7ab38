// May this attempt pass the server's breaker, and what does its end say about the server? The breaker hears every outcome once.
import type { Fault } from "#contract/fault.ts";
import { toFault } from "#contract/fault.ts";
import type { World } from "#lib/world.ts";
import type { Pass, Verdict } from "#policy/breaker-state.ts";
import { STALL_EXCUSES_MS, STALL_RECENT_MS, verdictOnFault, verdictOnReply } from "#policy/verdict.ts";
import type { Reply } from "#upstream/transport.ts";
import type { Call, Layer } from "./call.ts";

/** The part of a server's breaker that calls need. */
export interface Circuit {
  /** Throws BREAKER_OPEN with the time until the next trial. */
  admit(): Pass;
  /**
   * Hands a pass back, once, with how the attempt ended: the milliseconds it took without our own stalls, and what went wrong in words.
   */
  settle(pass: Pass, end: { verdict: Verdict; durationMs: number; failure: string | null }): void;
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
    let failure: string | null = null;
    try {
      const reply = await next(call);
      const errorCode = errorCodeOf(reply);
      verdict = verdictOnReply(errorCode);
      if (verdict !== "pass") failure = `it answered a call with the JSON-RPC error ${errorCode}`;
      return reply;
    } catch (error) {
      const fault = toFault(error);
      verdict = verdictOnEnd(fault, call, { attempts, stalledMs: world.stalledMs(world.now() - STALL_RECENT_MS) });
      if (verdict === "fail") failure = fault.message;
      throw error;
    } finally {
      const tookMs = world.now() - startedAt;
      const stalledMs = tookMs > STALL_EXCUSES_MS ? world.stalledMs(startedAt) : 0;
      breaker.settle(pass, { verdict, durationMs: tookMs - stalledMs, failure });
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
