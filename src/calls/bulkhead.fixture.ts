// Who calls a server behind a bulkhead in its tests? Calls that run until told, and remember how they ended.
import assert from "node:assert/strict";
import { Fault } from "#contract/fault.ts";
import type { LimitSettings } from "#contract/upstream.ts";
import { Cancellation } from "#lib/cancel.ts";
import { handWorld, settle } from "#lib/hand-world.ts";
import type { World } from "#lib/world.ts";
import type { Reply } from "#upstream/transport.ts";
import { Bulkheads } from "./bulkhead.ts";
import { newCall, OK, targetOf } from "./call.fixture.ts";
import type { Call, NewCall } from "./call.ts";

/** One call of the stage: it runs until told. */
export interface Visit {
  readonly call: Call;
  /** `waiting`, `running`, `done`, or the code of its fault. */
  outcome: string;
  /** How often it ended. */
  ends: number;
  fault: Fault | undefined;
  /** Ends it, once it runs. */
  answer(): Promise<void>;
}

export const LIMITS: LimitSettings = { inFlight: 2, perPrincipal: 2, queue: 4, queueMs: 3_000 };

/** One server's bulkhead with a fake server behind it. */
export function stage(limits: Partial<LimitSettings> = {}) {
  const world = handWorld();
  const settings: { now: LimitSettings | undefined } = { now: { ...LIMITS, ...limits } };
  const bulkheads = new Bulkheads({ world, limits: () => settings.now });
  /** In the order in which they reached the server. */
  const order: Visit[] = [];
  const visits = new Map<Call, { visit: Visit; reply: (reply: Reply) => void }>();
  const handler = bulkheads.layer((call) => {
    const { visit } = visits.get(call) as { visit: Visit };
    assert.equal(visit.outcome, "waiting", "a call is sent once, and not after it ended");
    visit.outcome = "running";
    order.push(visit);
    return new Promise((resolve) => visits.set(call, { visit, reply: resolve }));
  });
  const visit = (principal = "ann", control = new Cancellation()): Visit => {
    const call = callOf(world, { principal, control });
    const made: Visit = {
      call,
      outcome: "waiting",
      ends: 0,
      fault: undefined,
      async answer() {
        visits.get(call)?.reply(OK);
        await settle();
      },
    };
    visits.set(call, { visit: made, reply: () => {} });
    const end = (outcome: string): void => {
      made.ends++;
      made.outcome = outcome;
    };
    void handler(call).then(
      () => end("done"),
      (fault: Fault) => {
        made.fault = fault;
        end(fault.code);
      },
    );
    return made;
  };
  return { world, settings, bulkheads, order, visit, load: () => bulkheads.load("files") };
}

export const callOf = (world: World, more: Partial<NewCall> = {}): Call => {
  const call = newCall(world, more);
  call.target = targetOf("files", { timeoutMs: 60_000 });
  return call;
};

export const cancelled = (): Fault => new Fault("CANCELLED", "The caller went away.");

export const many = (count: number, make: () => Visit): Visit[] => Array.from({ length: count }, () => make());
export const outcomes = (visits: readonly Visit[]): string[] => visits.map(({ outcome }) => outcome);
