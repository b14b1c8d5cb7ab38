// What happened to a call? Every call is closed with a record, also when it throws; nothing here may fail or slow it.
import type { CallRecord } from "#contract/call.ts";
import { toFault } from "#contract/fault.ts";
import type { World } from "#lib/world.ts";
import type { Reply } from "#upstream/transport.ts";
import type { Answer, Call, OuterLayer } from "./call.ts";

export interface RecordDeps {
  readonly world: World;
  readonly onFinished: (record: CallRecord) => void;
  /** A fault that nobody expected, with the call it happened to. */
  readonly onBug: (error: unknown, callId: string) => void;
}

export function record({ world, onFinished, onBug }: RecordDeps): OuterLayer {
  const answered = (call: Call, reply: Reply): Reply => {
    call.cacheRow?.counts.closed(call, true);
    onFinished(closed(call, world.now(), reply));
    return reply;
  };
  const failed = (call: Call, error: unknown): never => {
    const fault = toFault(error);
    if (fault.code === "INTERNAL") onBug(error, call.id);
    call.cacheRow?.counts.closed(call, false);
    onFinished({ ...closed(call, world.now(), undefined), faultCode: fault.code });
    throw fault;
  };
  return (next) => (call) => {
    let answer: Answer;
    try {
      answer = next(call);
    } catch (error) {
      return failed(call, error);
    }
    if (!(answer instanceof Promise)) return answered(call, answer);
    return answer.then(
      (reply) => answered(call, reply),
      (error) => failed(call, error),
    );
  };
}

function closed(call: Call, now: number, reply: Reply | undefined): CallRecord {
  return {
    id: call.id,
    at: call.at,
    kind: call.kind,
    server: call.server,
    name: ownName(call),
    principal: call.principal,
    era: call.era,
    outcome: outcomeOf(reply),
    faultCode: reply?.scan.kind === "error" ? "UPSTREAM_ERROR" : null,
    disposition: call.disposition,
    cacheReason: call.cacheReason,
    ageMs: call.ageMs,
    durationMs: now - call.startedAt,
    queuedMs: call.queuedMs,
    backoffMs: call.backoffMs,
    upstreamMs: call.upstreamMs,
    breaker: call.breaker,
    attempts: call.attempts,
    resultBytes: reply === undefined ? 0 : reply.scan.end - reply.scan.start,
  };
}

const outcomeOf = (reply: Reply | undefined): CallRecord["outcome"] =>
  reply === undefined || reply.scan.kind !== "result" ? "fault" : reply.scan.isError ? "tool_error" : "ok";

/** Callers choose names; the database's index holds no longer ones. */
const MAX_NAME = 256;

const ownName = (call: Call): string => {
  const name = call.target?.params.name;
  return (typeof name === "string" ? name : call.name).slice(0, MAX_NAME);
};
