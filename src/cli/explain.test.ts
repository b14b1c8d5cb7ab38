import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import fc from "fast-check";
import { CACHE_REASONS } from "#contract/cache.ts";
import { type CallRecord, DISPOSITIONS } from "#contract/call.ts";
import { recordOf } from "#contract/record.fixture.ts";
import { holds } from "#lib/holds.fixture.ts";
import { reasonBrief, reasonSentence } from "./cache-reasons.ts";
import { explanation } from "./explain.ts";
import { type FakeGateway, fakeGateway, refusal } from "./fake-gateway.fixture.ts";
import { waterfall } from "./waterfall.ts";

let gateway: FakeGateway;
before(async () => {
  gateway = await fakeGateway();
});
after(() => gateway.close());
beforeEach(() => gateway.reset({}));

const AT = Date.UTC(2026, 10, 23, 1, 20, 11);
/** Asked by a program, and by way of everything that takes time. */
const record = (more: Partial<CallRecord> = {}): CallRecord =>
  recordOf({
    at: AT,
    era: "modern",
    disposition: "miss",
    attempts: 2,
    resultBytes: 1_234,
    durationMs: 100,
    queuedMs: 25,
    backoffMs: 20,
    upstreamMs: 50,
    ...more,
  });
const row = (head: string, more: Partial<CallRecord>): string =>
  explanation(record(more), AT)
    .find((line) => line.startsWith(head))
    ?.slice(10) ?? "";

describe("omni2 explain", () => {
  test("tells a call's way, outcome, cache, breaker and attempts, then where its time went", async () => {
    gateway.answers["GET /api/calls/c_1"] = { status: 200, body: record({ at: Date.now() - 180_000 }) };
    assert.equal(await gateway.run("explain", "c_1"), 0);
    const [id, when, ...rest] = gateway.out;
    assert.equal(id, "call      c_1");
    assert.match(when ?? "", /^when {6}\d{4}-\d\d-\d\d [\d:.]+ UTC, 3 min ago$/);
    assert.deepEqual(rest, [
      "asked by  local, over MCP without a session (2026-07-28)",
      "for       tool read of files",
      "outcome   a result, 1.2 KiB",
      "cache     miss: nothing usable was kept, so the server was asked.",
      "breaker   closed, so calls pass.",
      "attempts  2: 1 more than the first",
      "",
      "the gateway            5.00 ms  ██",
      "waited for a place     25.0 ms    ██████████",
      "the server             50.0 ms              ████████████████████",
      "waited to try again    20.0 ms                                  ████████",
      "in all                  100 ms",
    ]);
  });

  test("--json is the record, and an unknown id is CALL_NOT_FOUND in the gateway's words", async () => {
    gateway.answers["GET /api/calls/c_1"] = { status: 200, body: record() };
    await gateway.run("explain", "c_1", "--json");
    assert.deepEqual(JSON.parse(gateway.out.join("\n")), record());
    const error = { code: "CALL_NOT_FOUND", message: "Nothing is known of a call x.", requestId: "r" };
    gateway.answers["GET /api/calls/x"] = { status: 404, body: { error } };
    const fault = await refusal(gateway.run("explain", "x"));
    assert.deepEqual([fault.code, fault.message, fault.row.exit], ["CALL_NOT_FOUND", error.message, 1]);
  });

  test("its help says where a call's id stands", async () => {
    await gateway.run("explain", "--help");
    assert.match(gateway.out.join("\n"), /_meta\["omni2\/call"\][\s\S]*omni2 call --json[\s\S]*call_finished/);
  });

  const CACHE: [more: Partial<CallRecord>, said: RegExp][] = [
    [
      { disposition: "hit", ageMs: 12_000 },
      /^hit: answered with what was kept 12 s before; the server was not asked\.$/,
    ],
    [{ disposition: "stale", ageMs: 600_000, breaker: null }, /^stale: .* 10 min before, past its time/],
    [
      { disposition: "stale", ageMs: 600_000, breaker: "open" },
      /^stale: the server could not answer, .* 10 min before/,
    ],
    [{ disposition: "coalesced" }, /^coalesced: answered together with an equal call/],
    [{ disposition: "shadow", cacheReason: "untrusted" }, /^shadow: only watched, because the server is not trusted/],
    [{ disposition: "bypass", cacheReason: "asked" }, /^bypass: the caller asked for a fresh answer/],
    [{ disposition: "bypass" }, /^the call did not get so far\.$/],
  ];
  for (const [more, said] of CACHE) {
    test(`says of ${more.disposition} ${more.cacheReason ?? ""} what the cache did and why`, () => {
      assert.match(row("cache", more), said);
    });
  }

  const OUTCOMES: [more: Partial<CallRecord>, said: RegExp][] = [
    [{ outcome: "tool_error" }, /^the tool reported an error, 1\.2 KiB$/],
    [{ outcome: "fault", faultCode: "BREAKER_OPEN" }, /^BREAKER_OPEN: The server failed repeatedly/],
    [
      { outcome: "fault", faultCode: "UPSTREAM_ERROR" },
      /^UPSTREAM_ERROR: the server answered with a JSON-RPC error\.$/,
    ],
    [{ outcome: "fault", faultCode: "NEVER_HEARD" }, /^NEVER_HEARD: a fault\.$/],
  ];
  for (const [more, said] of OUTCOMES) {
    test(`says of ${more.faultCode ?? more.outcome} what it means`, () => assert.match(row("outcome", more), said));
  }

  test("a call that sent nothing says so", () => {
    const none = { attempts: 0, breaker: null, upstreamMs: null };
    assert.equal(row("attempts", none), "none: nothing was sent to the server.");
    assert.equal(row("breaker", none), "not asked.");
    assert.equal(row("for", { server: null, name: "a\u001b[31mb" }), "tool ab");
  });

  test("every reason has words of its own", () => {
    for (const words of [reasonSentence, reasonBrief]) {
      assert.equal(new Set(CACHE_REASONS.map(words)).size, CACHE_REASONS.length);
    }
  });
});

describe("the waterfall", () => {
  const ms = fc.double({ min: 0, max: 1e7, noNaN: true });
  const times = fc.record({
    disposition: fc.constantFrom(...DISPOSITIONS),
    durationMs: ms,
    queuedMs: ms,
    backoffMs: ms,
    upstreamMs: fc.option(ms),
  });

  test("fits 80 columns and gives every part that took time a bar, also when parts exceed the whole", () => {
    holds(
      fc.property(times, (given) => {
        const lines = waterfall(given);
        const took = [given.queuedMs, given.backoffMs, given.upstreamMs ?? 0].filter((part) => part > 0).length;
        assert.equal(lines.length, took + 2);
        for (const line of lines) assert.ok(line.length <= 80, line);
        for (const line of lines.slice(0, -1)) assert.match(line, /█$/);
      }),
    );
  });

  test("time that a coalesced call spent waiting is not called the gateway's own", () => {
    const given = { disposition: "coalesced", durationMs: 7, queuedMs: 0, backoffMs: 0, upstreamMs: null } as const;
    assert.match(waterfall(given)[0] ?? "", /^the equal call +7\.00 ms +█{40}$/);
  });
});
