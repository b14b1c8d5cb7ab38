// May this attempt pass the server's breaker, and what does its end say about the server? The breaker hears every outcome once.
import type { Fault } from "#contract/fault.ts";
import { toFault } from "#contract/fault.ts";
import type { CircuitState } from "#contract/upstream.ts";
import type { World } from "#lib/world.ts";
import type { Pass, Verdict } from "#policy/breaker-state.ts";
import { STALL_EXCUSES_MS, STALL_RECENT_MS, verdictOnFault, verdictOnReply } from "#policy/verdict.ts";
import type { Reply } from "#upstream/transport.ts";
import type { Call, Layer } from "./call.ts";
import { begun } from "./with-end.ts";

interface AttemptEnd {
  readonly verdict: Verdict;
  readonly durationMs: number;
  readonly failure: string | null;
}

/** The part of a server's breaker that calls need. */
export interface Circuit {
  readonly kind: CircuitState;
  /** Throws BREAKER_OPEN with the time until the next trial. */
  admit(): Pass;
  /**
   * Hands a pass back, once, with how the attempt ended: the milliseconds it took without our own stalls, and what went wrong in words.
   */
  settle(pass: Pass, end: AttemptEnd): void;
  /** The same for an attempt that was answered with a result: what nearly every call does. */
  passed(pass: Pass, durationMs: number): void;
}

export interface GuardDeps {
  readonly world: World;
  /** Undefined when the server was removed meanwhile. */
  readonly circuit: (server: string) => Circuit | undefined;
}

export function guard({ world, circuit }: GuardDeps): Layer {
  const begin = (breaker: Circuit, call: Call): Attempt => {
    call.breaker = breaker.kind;
    const pass = breaker.admit();
    call.pass = pass;
    return { breaker, call, pass, startedAt: world.now(), attempts: call.attempts };
  };
  const answered = ({ breaker, pass, startedAt }: Attempt, reply: Reply): Reply => {
    if (reply.scan.kind !== "error") breaker.passed(pass, tookMs(world, startedAt));
    else breaker.settle(pass, endOfError(errorCodeOf(reply), tookMs(world, startedAt)));
    return reply;
  };
  const failed = ({ breaker, call, pass, startedAt, attempts }: Attempt, error: unknown): never => {
    const fault = toFault(error);
    const stalledMs = world.stalledMs(world.now() - STALL_RECENT_MS);
    const verdict = verdictOnEnd(fault, call, { attempts, stalledMs });
    const failure = verdict === "fail" ? fault.message : null;
    breaker.settle(pass, { verdict, durationMs: tookMs(world, startedAt), failure });
    throw error;
  };
  return (next) => (call) => {
    const breaker = circuit(call.target?.server as string);
    if (breaker === undefined) return next(call);
    let attempt: Attempt;
    try {
      attempt = begin(breaker, call);
    } catch (fault) {
      return Promise.reject(fault);
    }
    return begun(next, call).then(
      (reply) => answered(attempt, reply),
      (error) => failed(attempt, error),
    );
  };
}

/** One passage of one call. */
interface Attempt {
  readonly breaker: Circuit;
  readonly call: Call;
  readonly pass: Pass;
  /** Monotonic milliseconds. */
  readonly startedAt: number;
  /** How often the call had been sent before. */
  readonly attempts: number;
}

/** Milliseconds since then, without those in which this process itself stood still. */
function tookMs(world: World, startedAt: number): number {
  const tookMs = world.now() - startedAt;
  return tookMs > STALL_EXCUSES_MS ? tookMs - world.stalledMs(startedAt) : tookMs;
}

function endOfError(errorCode: number | null, durationMs: number): AttemptEnd {
  const verdict = verdictOnReply(errorCode);
  return {
    verdict,
    durationMs,
    failure: verdict === "pass" ? null : `it answered a call with the JSON-RPC error ${errorCode}`,
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
