import assert from "node:assert/strict";
import { test } from "node:test";
import { type Circumstance, FAULTS, Fault, type FaultCode } from "#contract/fault.ts";
import type { Verdict } from "./breaker-state.ts";
import { STALL_EXCUSES_MS, verdictOnFault, verdictOnReply } from "./verdict.ts";

const about = (code: FaultCode, circumstance?: Circumstance): Fault =>
  new Fault(code, "files: it happened", circumstance === undefined ? {} : { circumstance });

type Row = readonly [what: string, end: Fault, verdict: Verdict, stalledMs?: number];

const ENDS: readonly Row[] = [
  ["it could not be reached", about("UPSTREAM_UNAVAILABLE"), "fail"],
  [
    "the request was refused before it was sent, on a live link",
    about("UPSTREAM_UNAVAILABLE", { sent: false }),
    "fail",
  ],
  ["it did not answer in time", about("UPSTREAM_TIMEOUT"), "fail"],
  ["it had the request and did not answer in time", about("UPSTREAM_TIMEOUT", { sent: true }), "fail"],
  ["the answer was lost on a link that lives", about("OUTCOME_UNKNOWN", { sent: true }), "fail"],
  ["it answered what is no MCP", about("UPSTREAM_PROTOCOL"), "fail"],
  ["it answered 500", about("UPSTREAM_UNAVAILABLE", { sent: true, status: 500 }), "fail"],
  ["it answered 502", about("UPSTREAM_PROTOCOL", { status: 502 }), "fail"],
  ["it answered 503", about("UPSTREAM_UNAVAILABLE", { status: 503 }), "fail"],
  ["it answered 429: the rate alone", about("UPSTREAM_UNAVAILABLE", { status: 429 }), "soft"],
  ["it answered 429 with another fault", about("RATE_LIMITED", { status: 429 }), "soft"],
  ["it answered 400", about("UPSTREAM_PROTOCOL", { status: 400 }), "none"],
  ["it answered 404", about("UPSTREAM_PROTOCOL", { status: 404 }), "none"],
  ["it answered 413", about("UPSTREAM_PROTOCOL", { status: 413 }), "none"],
  ["it answered 302, which is not followed", about("UPSTREAM_PROTOCOL", { status: 302 }), "fail"],
  ["it answered 200 with garbage", about("UPSTREAM_PROTOCOL", { status: 200 }), "fail"],
  ["it refuses our credentials", about("UPSTREAM_AUTH", { status: 401 }), "none"],
  ["it refuses our credentials, without a status", about("UPSTREAM_AUTH"), "none"],
  ["it forgot the session", about("SESSION_NOT_FOUND"), "none"],
  [
    "the link was lost with every call on it: counted once, by the supervisor",
    about("OUTCOME_UNKNOWN", { linkLost: true }),
    "none",
  ],
  ["the link was lost before the request went out", about("UPSTREAM_UNAVAILABLE", { linkLost: true }), "none"],
  ["there is no link", about("UPSTREAM_UNAVAILABLE", { noLink: true }), "none"],
  ["we ran out of files", about("OVERLOADED", { ours: true }), "none"],
  ["we ran out of files, told as a failed connect", about("UPSTREAM_UNAVAILABLE", { ours: true }), "none"],
  ["we ran out of files while it answered 429", about("UPSTREAM_UNAVAILABLE", { ours: true, status: 429 }), "none"],
  ["the caller went away", about("CANCELLED"), "none"],
  ["the call's whole budget was spent", about("DEADLINE_EXCEEDED"), "none"],
  ["the bulkhead was full", about("OVERLOADED"), "none"],
  ["the breaker refused it", about("BREAKER_OPEN"), "none"],
  ["we are stopping", about("DRAINING"), "none"],
  ["a bug of ours", about("INTERNAL"), "none"],
  ["a time-out while we stood still", about("UPSTREAM_TIMEOUT"), "none", STALL_EXCUSES_MS + 1],
  ["a time-out while we hardly stood still", about("UPSTREAM_TIMEOUT"), "fail", STALL_EXCUSES_MS],
  ["a refused connection while we stood still", about("UPSTREAM_UNAVAILABLE"), "fail", 10_000],
];

for (const [what, end, verdict, stalledMs = 0] of ENDS) {
  test(`${what}: ${verdict}`, () => assert.equal(verdictOnFault(end, stalledMs), verdict));
}

const REPLIES: readonly (readonly [what: string, errorCode: number | null, verdict: Verdict])[] = [
  ["a result, one that says isError too", null, "pass"],
  ["an internal error (-32603)", -32_603, "fail"],
  ["wrong parameters (-32602)", -32_602, "pass"],
  ["an unknown method (-32601)", -32_601, "pass"],
  ["an invalid request (-32600)", -32_600, "pass"],
  ["a parse error (-32700)", -32_700, "pass"],
  ["a version that it does not speak (-32022)", -32_022, "none"],
  ["an error of the server's own", -32_000, "pass"],
  ["an error of a tool's own", 42, "pass"],
];
for (const [what, errorCode, verdict] of REPLIES) {
  test(`answered with ${what}: ${verdict}`, () => assert.equal(verdictOnReply(errorCode), verdict));
}

test("of all faults only four accuse the server by themselves, and none is soft without its status", () => {
  const accusing = (Object.keys(FAULTS) as FaultCode[]).filter((code) => {
    const verdict = verdictOnFault(about(code), 0);
    assert.notEqual(verdict, "soft");
    return verdict === "fail";
  });
  assert.deepEqual(accusing.sort(), [
    "OUTCOME_UNKNOWN",
    "UPSTREAM_PROTOCOL",
    "UPSTREAM_TIMEOUT",
    "UPSTREAM_UNAVAILABLE",
  ]);
});

test("whatever the fault, what is ours, without a link or lost with it accuses nobody", () => {
  for (const code of Object.keys(FAULTS) as FaultCode[]) {
    for (const circumstance of [{ ours: true }, { noLink: true }, { linkLost: true }, { status: 418 }]) {
      assert.equal(verdictOnFault(about(code, circumstance), 0), "none");
    }
  }
});
