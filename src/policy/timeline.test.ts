import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { drawn, fact, input, NOW } from "./timeline.fixture.ts";
import { type TimelineInput, timelines, type WatchedTime } from "./timeline.ts";

const only = (given: TimelineInput) => {
  const [timeline, ...rest] = timelines(given);
  assert.equal(rest.length, 0);
  return timeline as NonNullable<typeof timeline>;
};

describe("a timeline", () => {
  test("is one span of the present status where nothing was told", () => {
    assert.deepEqual(only(input([])), {
      server: "files",
      spans: [{ from: 0, to: null, status: "up", reason: "now" }],
      incidents: [],
      downMs: 0,
      meanRecoveryMs: null,
    });
  });

  test("begins with the status that the first change ended", () => {
    assert.equal(drawn(only(input([fact(200, "down", "up")])).spans), "0 up, 200 down");
  });

  test("knows nothing of a server before it was added and after it was removed", () => {
    const { spans } = only(input([fact(100, "up"), fact(300, null)], { present: new Map() }));
    assert.equal(drawn(spans), "0 unknown, 100 up, 300 unknown");
    assert.match(spans[0]?.reason ?? "", /not configured/);
    assert.match(spans[2]?.reason ?? "", /not configured/);
  });

  test("knows nothing of the time in which no gateway ran, and takes nothing over it", () => {
    const watched = [
      { from: 50, to: 200 },
      { from: 300, to: NOW },
    ];
    const facts = [fact(60, "up"), fact(250, "down", "up"), fact(310, "unknown"), fact(320, "up", "unknown")];
    const { spans } = only(input(facts, { watched }));
    assert.equal(drawn(spans), "0 unknown, 60 up, 200 unknown, 320 up");
    assert.match(spans[0]?.reason ?? "", /No gateway ran/);
  });

  test("of a run that told nothing says unknown, unless it lasts", () => {
    const watched = [
      { from: 50, to: 200 },
      { from: 300, to: NOW },
    ];
    assert.equal(drawn(only(input([], { watched })).spans), "0 unknown, 300 up");
  });

  test("ends with the present view, also when that was not told yet", () => {
    const present = new Map([["files", { status: "paused" as const, reason: "a person" }]]);
    const { spans } = only(input([fact(100, "up")], { present }));
    assert.deepEqual(spans.at(-1), { from: NOW, to: null, status: "paused", reason: "a person" });
    assert.equal(drawn(spans), "0 unknown, 100 up, 600 paused");
  });

  test("tells incidents with cause and duration, newest first", () => {
    const story = [
      { ...fact(100, "down", "up"), reason: "exited with code 1" },
      fact(110, "recovering", "down"),
      fact(130, "up", "recovering"),
      { ...fact(200, "recovering", "up"), reason: "lost" },
      fact(250, "paused", "recovering"),
      fact(300, "up", "paused"),
      { ...fact(500, "down", "up"), reason: "refused" },
    ];
    assert.deepEqual(
      { ...only(input(story)), spans: [] },
      {
        server: "files",
        spans: [],
        incidents: [
          { from: 500, to: null, cause: "refused" },
          { from: 200, to: 250, cause: "lost" },
          { from: 100, to: 130, cause: "exited with code 1" },
        ],
        downMs: 30 + 50 + 100,
        meanRecoveryMs: 30,
      },
    );
  });

  test("tells one incident when the server was down before and after a time that nobody watched", () => {
    const watched = [
      { from: 0, to: 200 },
      { from: 300, to: NOW },
    ];
    const facts = [{ ...fact(100, "down", "up"), reason: "gone" }, fact(300, "unknown"), fact(310, "down", "unknown")];
    const still = only(input([...facts, fact(400, "up", "down")], { watched }));
    assert.deepEqual(still.incidents, [{ from: 100, to: 400, cause: "gone" }]);
    assert.deepEqual([still.downMs, still.meanRecoveryMs], [100 + 90, 300]);
    const unseen = only(input([...facts.slice(0, 2), fact(310, "up", "unknown")], { watched }));
    assert.deepEqual(unseen.incidents, [{ from: 100, to: 200, cause: "gone" }]);
    assert.deepEqual([unseen.downMs, unseen.meanRecoveryMs], [100, null]);
  });

  test("keeps the newest hundred incidents, and counts all", () => {
    const facts = Array.from({ length: 240 }, (_, n) => (n % 2 === 0 ? fact(n, "down", "up") : fact(n, "up", "down")));
    const { incidents, downMs } = only(input(facts));
    assert.deepEqual([incidents.length, incidents[0]?.from, downMs], [100, 238, 120]);
  });
});

test("times that were watched twice count once", () => {
  const twice: WatchedTime[] = [
    { from: 0, to: 300 },
    { from: 200, to: NOW },
  ];
  assert.equal(
    drawn(only(input([fact(100, "up"), fact(250, "down", "up")], { watched: twice })).spans),
    "0 unknown, 100 up, 250 down",
  );
});

test("a thousand servers together have no more spans than can be sent", () => {
  const server = (n: number) => `s${n}`;
  const facts = Array.from({ length: 100 }, (_, at) =>
    Array.from({ length: 1_000 }, (_, n) => ({
      server: server(n),
      at: at * 10,
      before: null,
      status: at % 2 === 0 ? ("up" as const) : ("down" as const),
      reason: null,
    })),
  ).flat();
  const present = new Map(
    Array.from({ length: 1_000 }, (_, n) => [server(n), { status: "down" as const, reason: null }]),
  );
  const all = timelines({ facts, watched: [{ from: 0, to: 1_000 }], present, from: 0, now: 1_000 });
  assert.equal(all.length, 1_000);
  const spans = all.reduce((sum, one) => sum + one.spans.length, 0);
  assert.ok(spans <= 50_000, `${spans} spans`);
  for (const { spans: own } of all) assert.equal(own.at(-1)?.status, "down");
});
