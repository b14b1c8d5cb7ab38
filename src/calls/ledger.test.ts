import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { OUTCOMES } from "#contract/call.ts";
import { recordOf } from "#contract/record.fixture.ts";
import { holds } from "#lib/holds.fixture.ts";
import { type Drained, Ledger, type MinuteRow, OTHER_NAMES, UNKNOWN_NAMES } from "./ledger.ts";

const total = (rows: readonly MinuteRow[]): number => rows.reduce((sum, { calls }) => sum + calls, 0);

const drain = (ledger: Ledger): Drained => {
  ledger.settle();
  return ledger.drain() ?? { minutes: [], records: [] };
};

const record = fc
  .record({
    at: fc.integer({ min: 0, max: 300_000 }),
    server: fc.constantFrom("files", "web", null),
    name: fc.constantFrom("read", "write", "a b"),
    kind: fc.constantFrom("tool" as const, "prompt" as const),
    outcome: fc.constantFrom(...OUTCOMES),
    durationMs: fc.integer({ min: 0, max: 5_000 }),
  })
  .map((fields) => recordOf({ ...fields, faultCode: fields.outcome === "fault" ? "UPSTREAM_TIMEOUT" : null }));

test("aggregates are exact per minute, whatever is drained when", () => {
  holds(
    fc.property(fc.array(record), fc.nat(20), (records, drainEvery) => {
      const ledger = new Ledger(2);
      const rows: MinuteRow[] = [];
      records.forEach((each, at) => {
        ledger.finished(each);
        if (at % (drainEvery + 1) === 0) rows.push(...drain(ledger).minutes);
      });
      rows.push(...drain(ledger).minutes);
      assert.equal(total(rows), records.length);
      for (const { minute, server, name, kind, outcome } of rows) {
        const mine = records.filter(
          (it) =>
            Math.floor(it.at / 60_000) * 60_000 === minute &&
            it.server === server &&
            it.name === name &&
            it.kind === kind &&
            it.outcome === outcome,
        );
        const counted = rows.filter(
          (it) =>
            it.minute === minute &&
            it.server === server &&
            it.name === name &&
            it.kind === kind &&
            it.outcome === outcome,
        );
        assert.equal(total(counted), mine.length);
        assert.equal(
          counted.reduce((sum, it) => sum + it.durationMsSum, 0),
          mine.reduce((sum, it) => sum + it.durationMs, 0),
        );
        assert.equal(Math.max(...counted.map((it) => it.durationMsMax)), Math.max(...mine.map((it) => it.durationMs)));
      }
      assert.equal(ledger.calls, records.length);
      assert.equal(ledger.faults, records.filter(({ outcome }) => outcome === "fault").length);
    }),
  );
});

test("no more single records than the budget are handed over each time, faults and slow ones first", () => {
  const ledger = new Ledger(3);
  for (let at = 0; at < 100; at++) ledger.finished(recordOf({ id: `quick${at}` }));
  ledger.finished(recordOf({ id: "slow", durationMs: 2_000 }));
  ledger.finished(recordOf({ id: "slower", durationMs: 3_000 }));
  ledger.finished(recordOf({ id: "fault", outcome: "fault", faultCode: "INTERNAL" }));
  assert.deepEqual(
    drain(ledger).records.map(({ id }) => id),
    ["fault", "slower", "slow"],
  );
  ledger.finished(recordOf({ id: "next" }));
  assert.deepEqual(
    drain(ledger).records.map(({ id }) => id),
    ["next"],
  );
});

test("what was drained is gone, and nothing to drain is nothing", () => {
  const ledger = new Ledger(3);
  ledger.finished(recordOf());
  assert.equal(total(drain(ledger).minutes), 1);
  ledger.settle();
  assert.equal(ledger.drain(), undefined);
});

const BUDGETS: [perDrain: number, drains: number, kept: number][] = [
  [0, 40, 0],
  [0.25, 40, 10],
  [0.1, 40, 4],
  [1, 40, 40],
  [2.5, 40, 100],
  [50, 4, 200],
];
for (const [perDrain, drains, kept] of BUDGETS) {
  test(`a budget of ${perDrain} records per drain keeps ${kept} in ${drains} drains`, () => {
    const ledger = new Ledger(perDrain);
    let seen = 0;
    for (let time = 0; time < drains; time++) {
      for (let call = 0; call < 60; call++) ledger.finished(recordOf());
      seen += drain(ledger).records.length;
    }
    assert.ok(Math.abs(seen - kept) <= 1, `${seen}`);
  });
}

test("names that no server has share one row, so that callers cannot fill the database", () => {
  const ledger = new Ledger(10);
  for (let at = 0; at < 500; at++) {
    ledger.finished(recordOf({ name: `guess${at}`, server: null, outcome: "fault", faultCode: "TOOL_NOT_FOUND" }));
  }
  const { minutes } = drain(ledger);
  assert.deepEqual(
    minutes.map(({ name, calls }) => [name, calls]),
    [[UNKNOWN_NAMES, 500]],
  );
});

test("a flood of names is counted together beyond a bound, and the sums stay exact", () => {
  const ledger = new Ledger(10);
  for (let at = 0; at < 5_000; at++) ledger.finished(recordOf({ name: `file:///${at}`, kind: "resource" }));
  ledger.finished(recordOf({ name: "file:///1", kind: "resource" }));
  const { minutes } = drain(ledger);
  assert.ok(minutes.length <= 1_001);
  assert.equal(total(minutes), 5_001);
  assert.equal(minutes.find(({ name }) => name === OTHER_NAMES)?.calls, 4_000);
  assert.equal(minutes.find(({ name }) => name === "file:///1")?.calls, 2);
});

test("latency is told over the newest answered calls of a server, faults left out", () => {
  const ledger = new Ledger(0);
  assert.equal(ledger.latency("files"), null);
  ledger.finished(recordOf({ durationMs: 60_000, outcome: "fault", faultCode: "UPSTREAM_TIMEOUT" }));
  assert.equal(ledger.latency("files"), null);
  for (let ms = 1; ms <= 1_000; ms++) ledger.finished(recordOf({ durationMs: ms }));
  assert.deepEqual(ledger.latency("files"), { p50: 936, p95: 994, p99: 999 });
  ledger.forget("files");
  assert.equal(ledger.latency("files"), null);
});

test("looking for something to write more often hands over no more than what was there at its time", () => {
  const ledger = new Ledger(3);
  for (let at = 0; at < 10; at++) ledger.finished(recordOf({ id: `c_${at}` }));
  ledger.settle();
  assert.equal(ledger.drain()?.records.length, 3);
  for (let at = 0; at < 10; at++) ledger.finished(recordOf({ id: `d_${at}` }));
  assert.equal(ledger.drain(), undefined);
  const next = drain(ledger);
  assert.deepEqual([total(next.minutes), next.records.length], [10, 3]);
});

test("what could not be written is handed over again, once, in order, and the sums stay exact", () => {
  const ledger = new Ledger(2);
  for (const id of ["a", "b"]) ledger.finished(recordOf({ id, durationMs: id === "a" ? 7 : 2 }));
  const first = drain(ledger);
  for (const id of ["c", "d"]) ledger.finished(recordOf({ id, durationMs: 5 }));
  ledger.settle();
  ledger.restore(first);
  const again = ledger.drain();
  assert.deepEqual(
    again?.records.map(({ id }) => id),
    ["a", "b", "c", "d"],
  );
  assert.deepEqual(
    again?.minutes.map(({ calls, durationMsSum, durationMsMax }) => [calls, durationMsSum, durationMsMax]),
    [[4, 19, 7]],
  );
  assert.equal(ledger.drain(), undefined);
});

test("without a database the newest records wait, in bounded number, and how many were dropped is counted", () => {
  const ledger = new Ledger(50);
  for (let time = 0; time < 300; time++) {
    for (let at = 0; at < 50; at++) ledger.finished(recordOf({ id: `c_${time * 50 + at}` }));
    ledger.settle();
  }
  const ids: string[] = [];
  for (let part = ledger.drain(); part !== undefined; part = ledger.drain()) {
    assert.ok(part.records.length <= 2_000);
    ids.push(...part.records.map(({ id }) => id));
  }
  assert.deepEqual([ids.length, ids[0], ids.at(-1)], [10_000, "c_5000", "c_14999"]);
  assert.deepEqual([ledger.takeDropped(), ledger.takeDropped()], [5_000, 0]);
});

test("minutes are bounded too, however long there is no database", () => {
  const ledger = new Ledger(0);
  for (let minute = 0; minute < 25_000; minute++) ledger.finished(recordOf({ at: minute * 60_000 }));
  const { minutes } = drain(ledger);
  assert.deepEqual([minutes.length, minutes[0]?.minute], [20_000, 5_000 * 60_000]);
  assert.equal(ledger.takeDropped(), 5_000);
});

test("the newest records are kept, newest last", () => {
  const ledger = new Ledger(0);
  for (let at = 0; at < 600; at++) ledger.finished(recordOf({ id: `c_${at}` }));
  const recent = ledger.recent();
  assert.deepEqual([recent.length, recent[0]?.id, recent.at(-1)?.id], [500, "c_100", "c_599"]);
});
