// Is the list of calls right whatever comes in whatever order, and do page and terminal explain a call in the same words?
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { reasonSentence } from "#cli/cache-reasons.ts";
import { explanation } from "#cli/explain.ts";
import { waterfall } from "#cli/waterfall.ts";
import { CACHE_REASONS } from "#contract/cache.ts";
import type { CallRecord } from "#contract/call.ts";
import { FAULTS } from "#contract/fault.ts";
import type { CallsPage } from "#contract/history.ts";
import { recordOf } from "#contract/record.fixture.ts";
import { CIRCUIT_STATES } from "#contract/upstream.ts";
import { holds } from "#lib/holds.fixture.ts";
import { NO_CALLS, torn, withNewest, withOlder, withTold } from "../web/src/live/call-log.ts";
import { attemptsSentence, breakerSentence, cacheSentence, outcomeSentence } from "../web/src/ui/call-words.ts";
import { layersOf } from "../web/src/ui/layers.ts";

const calls = (from: number, to: number): CallRecord[] =>
  Array.from({ length: from - to + 1 }, (_, index) =>
    recordOf({ id: `c${String(from - index).padStart(5, "0")}`, at: from - index }),
  );
const page = (from: number, to: number): CallsPage => {
  const items = calls(from, to);
  return to > 1 ? { items, next: `after ${to}` } : { items };
};

test("whatever comes in whatever order, rows are unique, sorted, bounded and without a hole", () => {
  const step = fc.record({
    kind: fc.constantFrom("told", "newest", "older", "torn"),
    many: fc.integer({ min: 1, max: 40 }),
  });
  holds(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      let newest = 10;
      let log = { ...NO_CALLS, room: 60 };
      let isTorn = true;
      for (const { kind, many } of steps) {
        if (kind === "told") {
          newest += many;
          log = withTold(log, calls(newest, newest - many + 1));
        } else if (kind === "newest") {
          log = withNewest(log, page(newest, Math.max(1, newest - 9)));
          isTorn = false;
        } else if (kind === "older") {
          const last = log.rows.at(-1);
          if (log.next && last) log = withOlder(log, page(last.at - 1, Math.max(1, last.at - 10)));
        } else {
          newest += many;
          log = torn(log);
          isTorn = true;
        }
        const seen = log.rows.map(({ at }) => at);
        assert.deepEqual(
          seen,
          [...new Set(seen)].sort((a, b) => b - a),
        );
        assert.ok(seen.length <= log.room);
        if (!isTorn) assert.equal((seen[0] ?? 0) - (seen.at(-1) ?? 0) + 1, seen.length, `${kind} left a hole: ${seen}`);
      }
    }),
  );
});

test("the page says what each fault of a call means in the words of the gateway's own table", () => {
  const ofCalls = Object.entries(FAULTS).filter(([code, { rpc }]) => rpc !== null || code === "CANCELLED");
  for (const [code, { text }] of ofCalls)
    assert.equal(outcomeSentence(recordOf({ outcome: "fault", faultCode: code })), text);
});

test("the page says why the cache was passed by in the words of the terminal", () => {
  for (const cacheReason of CACHE_REASONS)
    assert.equal(
      cacheSentence(recordOf({ disposition: "bypass", cacheReason })),
      `Passed by, because ${reasonSentence(cacheReason)}`,
    );
});

const terminalRow = (head: "cache" | "breaker" | "attempts", record: CallRecord): string =>
  explanation(record, record.at)
    .find((line) => line.startsWith(head))
    ?.slice(10)
    .replace(/\.$/, "") ?? "";
const lowered = (text: string): string => (text.charAt(0).toLowerCase() + text.slice(1)).replace(/\.$/, "");
const behindColon = (text: string): string => text.slice(text.indexOf(": ") + 2);

test("page and terminal tell what the cache did in the same words; only what they call it first may differ", () => {
  const breakers = [null, "closed"] as const;
  for (const disposition of ["hit", "stale", "coalesced", "miss"] as const)
    for (const breaker of breakers) {
      const record = recordOf({ disposition, breaker, ageMs: 5_000, cacheReason: null });
      assert.equal(behindColon(lowered(cacheSentence(record))), behindColon(terminalRow("cache", record)));
    }
  const watched = recordOf({ disposition: "shadow", cacheReason: "shadow_mode" });
  assert.equal(lowered(cacheSentence(watched)), behindColon(terminalRow("cache", watched)));
  const unreached = recordOf({ disposition: "bypass", cacheReason: null });
  assert.equal(lowered(cacheSentence(unreached)), terminalRow("cache", unreached));
});

test("page and terminal tell the breaker and the attempts beyond the first in the same words", () => {
  for (const breaker of [null, ...CIRCUIT_STATES]) {
    const record = recordOf({ breaker });
    assert.equal(lowered(breakerSentence(record)), terminalRow("breaker", record));
  }
  for (const attempts of [0, 2, 3]) {
    const record = recordOf({ attempts });
    assert.equal(lowered(attemptsSentence(record)), terminalRow("attempts", record));
  }
});

test("page and terminal name the parts of a call's time alike", () => {
  for (const disposition of ["miss", "coalesced"] as const) {
    const record = recordOf({ disposition, durationMs: 10, queuedMs: 2, backoffMs: 3, upstreamMs: 4 });
    assert.deepEqual(
      layersOf(record).map(({ name }) => lowered(name)),
      waterfall(record)
        .slice(0, -1)
        .map((line) => line.slice(0, 20).trimEnd()),
    );
  }
});
