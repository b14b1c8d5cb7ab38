// Does the circuit breaker do its work? The real one on a clock moved by hand: it opens, refuses, tries, closes, opens for longer.
import { type Fault, isFault } from "#contract/fault.ts";
import { settingsOf } from "#contract/preset.ts";
import { Circuit } from "#coordinator/circuit.ts";
import type { CircuitOptions } from "#coordinator/circuit-terms.ts";
import { type HandWorld, handWorld } from "#lib/hand-world.ts";
import type { Verdict } from "#policy/breaker-state.ts";
import { demand, demandSame, type SectionPlan, Unmet } from "./check.ts";

export type CreateCircuit = (options: CircuitOptions) => Circuit;

const SETTINGS = settingsOf("default", "http").breaker;
const { failures: FAILURES, openMs: OPEN_MS } = SETTINGS;
const TRIAL_MS = 60_000;

interface Stage {
  readonly clock: HandWorld;
  readonly circuit: Circuit;
  /** Every state it came to. */
  readonly states: string[];
  /** One call that ends so. */
  readonly call: (verdict: Verdict) => void;
  readonly fail: (times: number) => void;
}

function stage(create: CreateCircuit): Stage {
  const clock = handWorld(0);
  const states: string[] = [];
  const circuit = create({
    server: "files",
    world: clock,
    onChange: ({ to }) => states.push(to),
    settings: () => SETTINGS,
    slowMs: () => 30_000,
    lastFailure: () => null,
    trialMs: () => TRIAL_MS,
  });
  circuit.listen({ onTrialDue() {}, onCallFailed() {} });
  const call = (verdict: Verdict): void => {
    const failure = verdict === "fail" ? "no answer" : null;
    circuit.settle(circuit.admit(), { verdict, durationMs: 10, failure });
  };
  const fail = (times: number): void => {
    for (let count = 0; count < times; count++) call("fail");
  };
  return { clock, circuit, states, call, fail };
}

/** The refusal of a call; throws Unmet when it is let through. */
function refusalOf({ circuit }: Stage): Fault {
  try {
    circuit.admit();
  } catch (error) {
    if (isFault(error, "BREAKER_OPEN")) return error;
    throw error;
  }
  throw new Unmet("BREAKER_OPEN", `a call let through while ${circuit.kind}`);
}

/** What one check saw, on a fresh stage. */
type Look = (begin: () => Stage) => string;

const opened = (it: Stage): Stage => {
  it.fail(FAILURES);
  return it;
};

const stays: Look = (begin) => {
  const { circuit, call, fail } = begin();
  for (let count = 0; count < 100; count++) call("pass");
  fail(FAILURES - 1);
  call("pass");
  fail(FAILURES - 1);
  demandSame("the state", circuit.kind, "closed");
  return `closed after 101 answers and twice ${FAILURES - 1} failures`;
};

const opens: Look = (begin) => {
  const it = opened(begin());
  demandSame("states", it.states, ["open"]);
  const first = refusalOf(it).retryAfterMs;
  it.clock.advance(2_000);
  demandSame("retryAfterMs", [first, refusalOf(it).retryAfterMs], [OPEN_MS, OPEN_MS - 2_000]);
  return `open after ${FAILURES} failures; refuses with BREAKER_OPEN, retryAfterMs ${OPEN_MS}`;
};

const tries: Look = (begin) => {
  const it = opened(begin());
  it.clock.advance(OPEN_MS);
  demandSame("the state", it.circuit.kind, "half_open");
  it.circuit.admit();
  refusalOf(it);
  it.clock.advance(TRIAL_MS);
  it.circuit.admit();
  return `one call of two after ${OPEN_MS} ms; a lost trial gave its place back`;
};

const closes: Look = (begin) => {
  const it = opened(begin());
  it.clock.advance(OPEN_MS);
  for (let count = 0; count < SETTINGS.successes; count++) it.call("pass");
  demandSame("states", it.states, ["open", "half_open", "closed"]);
  return it.states.join(", ");
};

const reopens: Look = (begin) => {
  const it = opened(begin());
  const openTimes: number[] = [];
  for (let count = 0; count < 3; count++) {
    it.clock.advance(it.circuit.openForMs);
    it.call("fail");
    openTimes.push(it.circuit.openForMs);
  }
  demandSame("open times", openTimes, [2 * OPEN_MS, 4 * OPEN_MS, 8 * OPEN_MS]);
  return `${openTimes.join(", ")} ms`;
};

const rates: Look = (begin) => {
  const { circuit, call } = begin();
  for (let count = 0; count < 5; count++) {
    call("pass");
    call("fail");
  }
  demandSame("the state", circuit.kind, "open");
  return circuit.facts().reason ?? "open";
};

const probes: Look = (begin) => {
  const it = begin();
  for (let count = 0; count < FAILURES; count++) it.circuit.check("fail");
  it.circuit.check("newLink");
  demandSame("states", it.states.slice(0, 2), ["open", "half_open"]);
  return `open after ${FAILURES} failed probes; trials begin over a new link`;
};

const isolates: Look = (begin) => {
  const it = begin();
  it.circuit.isolate("by hand");
  it.clock.advance(3_600_000);
  demandSame("retryAfterMs", refusalOf(it).retryAfterMs, undefined);
  it.circuit.release();
  demandSame("states", it.states, ["isolated", "half_open"]);
  return "refused for an hour, then released to trials";
};

const remembers: Look = (begin) => {
  const it = begin();
  it.circuit.takeUp({ kind: "open", retryInMs: 3_000, reason: "no answer", cycles: 1, failures: FAILURES });
  const { retryAfterMs } = refusalOf(it);
  demand(retryAfterMs === 3_000, "retryAfterMs 3000", String(retryAfterMs));
  return "still open for the 3000 ms that were left";
};

const LOOKS: Readonly<Record<string, Look>> = {
  "stays closed while its server answers": stays,
  "opens after a run of failures and says when to come again": opens,
  "lets one trial through when the open time is over": tries,
  "closes when its trials pass": closes,
  "opens for twice as long when a trial fails": reopens,
  "opens when half of the calls fail": rates,
  "counts probes like calls": probes,
  "refuses everything while isolated by a person": isolates,
  "is not closed by a restart": remembers,
};

export const breakerSection = (create: CreateCircuit = (options) => new Circuit(options)): SectionPlan => ({
  title: "Circuit Breaker",
  steps: Object.entries(LOOKS).map(([name, look]) => ({ name, look: () => look(() => stage(create)) })),
});
