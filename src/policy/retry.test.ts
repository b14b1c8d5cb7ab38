import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { type Circumstance, FAULTS, Fault, type FaultCode } from "#contract/fault.ts";
import { holds } from "#lib/holds.fixture.ts";
import { afterFailure, type FailedAttempt, MAX_ATTEMPTS } from "./retry.ts";

const CIRCUMSTANCES = {
  "nothing known": undefined,
  sent: { sent: true },
  "lost with its link": { sent: true, linkLost: true },
  "HTTP 500, sent": { sent: true, status: 500 },
  "HTTP 503": { status: 503 },
  "HTTP 429": { status: 429 },
  "HTTP 404": { status: 404 },
  "our own shortage": { ours: true },
} as const satisfies Record<string, Circumstance | undefined>;
type Situation = keyof typeof CIRCUMSTANCES;

/** Which calls may be repeated: every one, or those that do no harm when done twice; situations not named: none. */
type Expected = Partial<Record<Situation, "every" | "repeatable">>;
const NEVER: Expected = {};

// A new code must be given its line here.
const EXPECTED: Record<FaultCode, Expected> = {
  UPSTREAM_UNAVAILABLE: {
    "nothing known": "every",
    sent: "repeatable",
    "lost with its link": "repeatable",
    "HTTP 500, sent": "repeatable",
    "HTTP 503": "repeatable",
    "HTTP 429": "every",
    "HTTP 404": "repeatable",
  },
  OUTCOME_UNKNOWN: {
    "nothing known": "repeatable",
    sent: "repeatable",
    "lost with its link": "repeatable",
    "HTTP 500, sent": "repeatable",
    "HTTP 503": "repeatable",
    "HTTP 429": "repeatable",
    "HTTP 404": "repeatable",
  },
  UPSTREAM_PROTOCOL: { "nothing known": "repeatable", sent: "repeatable", "lost with its link": "repeatable" },
  BREAKER_OPEN: NEVER,
  OVERLOADED: NEVER,
  CANCELLED: NEVER,
  UPSTREAM_AUTH: NEVER,
  UPSTREAM_TIMEOUT: NEVER,
  DEADLINE_EXCEEDED: NEVER,
  TOOL_NOT_FOUND: NEVER,
  SERVER_NOT_FOUND: NEVER,
  CALL_NOT_FOUND: NEVER,
  KEY_NOT_FOUND: NEVER,
  INTERNAL: NEVER,
  UNAUTHENTICATED: NEVER,
  FORBIDDEN: NEVER,
  ORIGIN_REJECTED: NEVER,
  HOST_REJECTED: NEVER,
  SESSION_REQUIRED: NEVER,
  SESSION_NOT_FOUND: NEVER,
  RATE_LIMITED: NEVER,
  CONFIG_INVALID: NEVER,
  CONFIG_CONFLICT: NEVER,
  PARSE_ERROR: NEVER,
  INVALID_REQUEST: NEVER,
  INVALID_PARAMS: NEVER,
  METHOD_NOT_FOUND: NEVER,
  HEADER_MISMATCH: NEVER,
  VERSION_UNSUPPORTED: NEVER,
  BODY_TOO_LARGE: NEVER,
  DRAINING: NEVER,
  STORE_UNAVAILABLE: NEVER,
  PORT_IN_USE: NEVER,
  DATA_DIR_IN_USE: NEVER,
  USAGE: NEVER,
};

const CODES = Object.keys(FAULTS) as FaultCode[];
const SITUATIONS = Object.keys(CIRCUMSTANCES) as Situation[];

function faultIn(code: FaultCode, circumstance: Circumstance | undefined, retryAfterMs?: number): Fault {
  return new Fault(code, "files failed.", {
    ...(circumstance === undefined ? undefined : { circumstance }),
    ...(retryAfterMs === undefined ? undefined : { retryAfterMs }),
  });
}

const failed = (fault: Fault, more: Partial<FailedAttempt> = {}): FailedAttempt => ({
  fault,
  repeatable: true,
  attempt: 1,
  deadlineInMs: 60_000,
  random: 0.5,
  ...more,
});

test("every fault in every situation is repeated for the calls that it may be repeated for, and no others", () => {
  for (const code of CODES) {
    assert.ok(Object.hasOwn(EXPECTED, code), `${code} is not classified`);
    for (const situation of SITUATIONS)
      for (const repeatable of [true, false]) {
        const allowed = EXPECTED[code][situation];
        const expected = allowed === "every" || (allowed === "repeatable" && repeatable) ? "retry" : "give_up";
        const fault = faultIn(code, CIRCUMSTANCES[situation]);
        const { kind } = afterFailure(failed(fault, { repeatable }));
        assert.equal(kind, expected, `${code}, ${situation}, ${repeatable ? "repeatable" : "not repeatable"}`);
      }
  }
});

test("a call that may do harm twice is never repeated after the server had it in hand", () => {
  const failures = fc.record({
    code: fc.constantFrom(...CODES),
    sent: fc.boolean(),
    status: fc.option(fc.constantFrom(429, 500, 502, 503, 504)),
    attempt: fc.integer({ min: 1, max: 3 }),
    random: fc.double({ min: 0, max: 0.999, noNaN: true }),
  });
  holds(
    fc.property(failures, ({ code, sent, status, ...more }) => {
      const fault = faultIn(code, { sent, ...(status === null ? undefined : { status }) });
      const { kind } = afterFailure(failed(fault, { repeatable: false, ...more }));
      if (sent || code === "OUTCOME_UNKNOWN" || (status !== null && status !== 429)) assert.equal(kind, "give_up");
    }),
  );
});

test("the third attempt is the last", () => {
  const fault = faultIn("UPSTREAM_UNAVAILABLE", undefined);
  assert.deepEqual(
    [1, 2, 3, 4].map((attempt) => afterFailure(failed(fault, { attempt })).kind),
    ["retry", "retry", "give_up", "give_up"],
  );
  assert.equal(MAX_ATTEMPTS, 3);
});

test("the wait is chosen from all of a range that doubles", () => {
  const fault = faultIn("UPSTREAM_UNAVAILABLE", undefined);
  const waits = (attempt: number) => [0, 0.5, 0.99].map((random) => afterFailure(failed(fault, { attempt, random })));
  assert.deepEqual(
    waits(1),
    [0, 25, 49.5].map((afterMs) => ({ kind: "retry", afterMs })),
  );
  assert.deepEqual(
    waits(2),
    [0, 50, 99].map((afterMs) => ({ kind: "retry", afterMs })),
  );
});

test("a server's own time is waited for, and up to five seconds longer", () => {
  const fault = faultIn("UPSTREAM_UNAVAILABLE", { status: 429 }, 8_000);
  const waits = [0, 0.5, 0.99].map((random) => afterFailure(failed(fault, { random })));
  assert.deepEqual(
    waits,
    [8_000, 10_500, 12_950].map((afterMs) => ({ kind: "retry", afterMs })),
  );
});

test("the time of our next reconnect is not waited for: asking for the link brings it forward", () => {
  const fault = faultIn("UPSTREAM_UNAVAILABLE", undefined, 30_000);
  assert.deepEqual(afterFailure(failed(fault)), { kind: "retry", afterMs: 25 });
});

test("a wait that the deadline does not leave room for is not begun", () => {
  const fault = faultIn("UPSTREAM_UNAVAILABLE", { status: 503 }, 4_000);
  const kindWith = (deadlineInMs: number) => afterFailure(failed(fault, { deadlineInMs, random: 0 })).kind;
  assert.deepEqual([4_001, 4_000, 0, -1].map(kindWith), ["retry", "give_up", "give_up", "give_up"]);
});
