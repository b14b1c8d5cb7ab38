import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { RULE_OFF } from "#contract/preset.ts";
import { holds } from "#lib/holds.fixture.ts";
import { FailureWindow, MIN_CALLS, type Ratios, type WindowVerdict } from "./failure-window.ts";

const HALF: Ratios = { failureRatio: 0.5, slowRatio: 0.8 };
const FINE = { failed: false, slow: false };
const FAILED = { failed: true, slow: false };
const SLOW = { failed: false, slow: true };

interface Noted {
  readonly at: number;
  readonly failed: boolean;
  readonly slow: boolean;
}

/** Keeps every call for ever and counts those whose three seconds are among the newest ten of `now`. */
function naive(calls: readonly Noted[], now: number, { failureRatio, slowRatio }: Ratios): WindowVerdict {
  const third = (at: number): number => Math.floor(at / 3_000);
  const recent = calls.filter(({ at }) => third(now) - third(at) < 10);
  const share = (of: (call: Noted) => boolean): number => recent.filter(of).length / recent.length;
  if (recent.length < 10) return null;
  const [failed, slow] = [share((call) => call.failed), share((call) => call.slow)];
  if (failed >= failureRatio) return { over: "failures", share: failed };
  return slow >= slowRatio ? { over: "slowness", share: slow } : null;
}

test("the window agrees with one that keeps every call, through bursts, gaps and long silences", () => {
  const gap = fc.oneof(
    { weight: 6, arbitrary: fc.nat({ max: 400 }) },
    { weight: 3, arbitrary: fc.nat({ max: 9_000 }) },
    { weight: 1, arbitrary: fc.constantFrom(0, 2_999, 3_000, 27_000, 29_999, 30_000, 30_001, 1e9) },
  );
  const step = fc.record({ gap, failed: fc.boolean(), slow: fc.boolean(), cleared: fc.integer({ min: 0, max: 60 }) });
  const ratio = fc.constantFrom(0.1, 0.3, 0.5, 0.8, 1, RULE_OFF);
  const seen = { failures: 0, slowness: 0, nothing: 0 };
  holds(
    fc.property(
      fc.array(step, { maxLength: 120, size: "max" }),
      fc.double({ min: 0, max: 1e7, noNaN: true }),
      fc.record({ failureRatio: ratio, slowRatio: ratio }),
      (steps, start, ratios) => {
        const window = new FailureWindow();
        let calls: Noted[] = [];
        let now = start;
        for (const { gap: passed, cleared, ...call } of steps) {
          now += passed;
          if (cleared === 0) {
            window.clear();
            calls = [];
          }
          window.note(now, call);
          calls.push({ at: now, ...call });
          const verdict = window.verdict(now, ratios);
          assert.deepEqual(verdict, naive(calls, now, ratios));
          seen[verdict?.over ?? "nothing"]++;
        }
      },
    ),
  );
  for (const [kind, times] of Object.entries(seen)) assert.ok(times > 1_000, `${kind}: ${times} times`);
});

test("below ten calls a share means nothing, from ten on it does", () => {
  const window = new FailureWindow();
  for (let call = 1; call < MIN_CALLS; call++) window.note(0, FAILED);
  assert.equal(window.verdict(0, HALF), null);
  window.note(0, FINE);
  assert.deepEqual(window.verdict(0, HALF), { over: "failures", share: 0.9 });
});

test("a share is exceeded from exactly its limit on", () => {
  const window = new FailureWindow();
  for (let call = 0; call < 5; call++) window.note(0, FINE);
  for (let call = 0; call < 5; call++) window.note(0, FAILED);
  assert.deepEqual(window.verdict(0, HALF), { over: "failures", share: 0.5 });
  window.note(0, FINE);
  assert.equal(window.verdict(0, HALF), null);
});

test("old calls leave by themselves", () => {
  const window = new FailureWindow();
  for (let call = 0; call < 20; call++) window.note(0, SLOW);
  assert.deepEqual(window.verdict(29_999, HALF), { over: "slowness", share: 1 });
  assert.equal(window.verdict(30_000, HALF), null);
});

test("a rule that is off says nothing even when every call fails and is slow", () => {
  const window = new FailureWindow();
  for (let call = 0; call < 20; call++) window.note(0, { failed: true, slow: true });
  assert.equal(window.verdict(0, { failureRatio: RULE_OFF, slowRatio: RULE_OFF }), null);
});
