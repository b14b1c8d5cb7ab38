import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import type { Span } from "#contract/timeline.ts";
import { STATUSES, type Status } from "#contract/upstream.ts";
import { holds } from "#lib/holds.fixture.ts";
import { drawn, fact, input, NOW } from "./timeline.fixture.ts";
import { judge, spansOf, statesAt, type TimelineInput, timelines } from "./timeline.ts";
import { drawTogether, MAX_SPANS, WORST_FIRST } from "./timeline-spans.ts";

const MINUTE = 60_000;

const minute = fc.integer({ min: -5, max: NOW });
const status = fc.constantFrom(...STATUSES);
const histories = fc
  .record({
    moments: fc.array(fc.tuple(minute, fc.option(status)), { maxLength: 60 }),
    runs: fc.array(fc.tuple(minute, fc.nat(200)), { maxLength: 6 }),
    lastRun: minute,
    present: fc.option(status),
  })
  .map(({ moments, runs, lastRun, present }): TimelineInput => {
    let before: Status | null = null;
    const facts = moments
      .sort(([a], [b]) => a - b)
      .map(([at, next]) => {
        const told = fact(at * MINUTE, next, next === null ? null : before);
        before = next;
        return told;
      });
    const watched = [...runs.map(([from, length]) => ({ from, to: from + length })), { from: lastRun, to: NOW }];
    return {
      facts,
      watched: watched.map(({ from, to }) => ({ from: from * MINUTE, to: to * MINUTE })),
      present: new Map(present === null ? [] : [["files", { status: present, reason: "now" }]]),
      from: 0,
      now: NOW * MINUTE,
    };
  });

/** The same question asked of one moment at a time. */
function statusAt(moment: number, { facts, watched, present, now }: TimelineInput): Status {
  const runs = (at: number) => watched.some(({ from, to }) => from <= at && at < Math.min(to, now));
  if (!runs(moment)) return "unknown";
  let [begin, end] = [moment, moment];
  while (begin > 0 && runs(begin - MINUTE)) begin -= MINUTE;
  while (end < now && runs(end)) end += MINUTE;
  const told = facts.filter(({ at }) => at >= begin && at <= end);
  const last = told.findLast(({ at }) => at <= moment);
  if (last !== undefined) return last.status ?? "unknown";
  if (told[0] !== undefined) return told[0].before ?? "unknown";
  return (end === now ? present.get("files")?.status : undefined) ?? "unknown";
}

const spanAt = (spans: readonly Span[], moment: number): Span =>
  spans.findLast(({ from }) => from <= moment) ?? assert.fail(`nothing covers ${moment}`);

const assertWhole = (spans: readonly Span[], { from, now }: TimelineInput): void => {
  assert.equal(spans[0]?.from, from);
  assert.equal(spans.at(-1)?.to, null);
  assert.ok((spans.at(-1)?.from ?? Number.NaN) <= now);
  for (const [index, span] of spans.slice(0, -1).entries()) {
    assert.equal(span.to, spans[index + 1]?.from, "a hole or an overlap");
    assert.ok(span.from < (span.to as number), "a span without time");
    assert.notEqual(span.status, spans[index + 1]?.status);
  }
};

const files = (given: TimelineInput): { spans: Span[] } & ReturnType<typeof judge> => {
  const { spans, ...rest } = timelines({
    ...given,
    present: new Map([...given.present, ["other", { status: "up", reason: null }]]),
  }).find(({ server }) => server === "files") ?? { spans: [], incidents: [], downMs: 0, meanRecoveryMs: null };
  return { ...rest, spans };
};

describe("whatever happened", () => {
  test("the timeline says of each minute what a replay of that minute says", () => {
    holds(
      fc.property(histories, (given) => {
        const { spans } = files(given);
        if (spans.length === 0) return assert.deepEqual([given.facts.length, given.present.size], [0, 0]);
        assertWhole(spans, given);
        for (let at = given.from; at < given.now; at += MINUTE) {
          assert.equal(spanAt(spans, at).status, statusAt(at, given), `minute ${at / MINUTE} of ${drawn(spans)}`);
        }
        assert.equal(spans.at(-1)?.status, given.present.get("files")?.status ?? "unknown");
        const moment = Math.floor(NOW / 2) * MINUTE;
        assert.equal(statesAt(given, moment)[0]?.status ?? "unknown", statusAt(moment, given));
      }),
    );
  });

  test("incidents cover what was down and nothing that was seen to serve, and the sums are theirs", () => {
    holds(
      fc.property(histories, (given) => {
        const { spans, incidents, downMs } = files(given);
        const down = spans.filter((span) => span.status === "down" || span.status === "recovering");
        assert.equal(
          downMs,
          down.reduce((sum, { from, to }) => sum + (to ?? given.now) - from, 0),
        );
        const inIncident = (from: number, to: number | null) =>
          incidents.filter((one) => one.from <= from && (to ?? given.now) <= (one.to ?? given.now)).length;
        for (const span of down) assert.equal(inIncident(span.from, span.to), 1);
        for (const { from, to } of incidents) {
          assert.ok(down.some((span) => span.from === from) && down.some((span) => span.to === to));
          const end = to ?? given.now;
          const within = spans.filter((span) => span.from >= from && span.from < end);
          assert.ok(within.every((span) => down.includes(span) || span.status === "unknown"));
        }
        assert.deepEqual(
          incidents,
          incidents.toSorted((a, b) => b.from - a.from),
        );
      }),
    );
  });
});

describe("more spans than can be drawn", () => {
  const many = fc
    .record({
      length: fc.integer({ min: MAX_SPANS + 1, max: 1_200 }),
      waits: fc.array(fc.integer({ min: 1, max: 5_000 }), { minLength: 1, maxLength: 40 }),
      told: fc.array(status, { minLength: 2, maxLength: 41 }),
    })
    .map(({ length, waits, told }): TimelineInput => {
      let at = 0;
      const facts = Array.from({ length }, (_, n) => {
        at += waits[n % waits.length] ?? 1;
        return fact(at, told[n % told.length] ?? "up");
      });
      return input(facts, { now: at + 10, watched: [{ from: 0, to: at + 10 }] });
    });

  test("become at most 500 that hide nothing worse and end as before", () => {
    holds(
      fc.property(many, (given) => {
        const all = spansOf(given, "files");
        const shown = drawTogether(all);
        assert.ok(shown.length <= MAX_SPANS, `${shown.length} spans`);
        assertWhole(shown, given);
        assert.equal(shown.at(-1)?.status, all.at(-1)?.status);
        let at = 0;
        for (const { from, status: was } of all) {
          while ((shown[at + 1]?.from ?? given.now + 1) <= from) at++;
          const is = (shown[at] as Span).status;
          assert.ok(WORST_FIRST.indexOf(is) <= WORST_FIRST.indexOf(was), `${is} hides ${was} at ${from}`);
        }
        assert.deepEqual(judge(all, given.now).downMs, timelines(given)[0]?.downMs);
      }),
    );
  });
});
