import assert from "node:assert/strict";
import { test } from "node:test";
import type { SystemMetrics } from "#contract/event.ts";
import { handWorld } from "#lib/hand-world.ts";
import { FIGURE_MS, Figures } from "./figures.ts";

const CACHE = { hits: 1, stale: 2, coalesced: 3, misses: 4, entries: 0, bytes: 0, savedMs: 50, hitRate: 0.5 };

function stage() {
  const world = handWorld();
  const live: SystemMetrics = {
    calls: 10,
    faults: 2,
    sessions: 3,
    sockets: 4,
    uptimeMs: 1,
    rssBytes: 5,
    heapUsedBytes: 1,
    loopLagMs: 0,
    children: 0,
    latency: null,
    cache: CACHE,
  };
  let now = live;
  const figures = new Figures({ world, read: () => now });
  return { world, live, figures, become: (more: Partial<SystemMetrics>) => (now = { ...now, ...more }) };
}

test("each ten seconds tell what was added in them, and how things stood at their end", () => {
  const { world, figures, become } = stage();
  assert.deepEqual(figures.list(), []);
  become({ calls: 17, faults: 3, cache: { ...CACHE, hits: 6, coalesced: 4, savedMs: 80 } });
  world.advance(FIGURE_MS);
  become({ latency: { calls: 1, p50: 1, p95: 7, p99: 8, max: 9 }, sockets: 9 });
  world.advance(FIGURE_MS);
  const gauges = { sessions: 3, rssBytes: 5, loopLagMs: 0 };
  assert.deepEqual(
    figures.list().map(({ at: _, ...figure }) => figure),
    [
      { calls: 7, faults: 1, hits: 6, savedMs: 30, p95Ms: null, sockets: 4, ...gauges },
      { calls: 0, faults: 0, hits: 0, savedMs: 0, p95Ms: 7, sockets: 9, ...gauges },
    ],
  );
  const [first, second] = figures.list();
  assert.equal((second?.at ?? 0) - (first?.at ?? 0), FIGURE_MS);
});

test("totals that shrink, or that there are none of, are no growth", () => {
  const { world, figures, become } = stage();
  become({ cache: { ...CACHE, hits: 0, savedMs: 0 } });
  world.advance(FIGURE_MS);
  become({ cache: undefined });
  world.advance(FIGURE_MS);
  assert.deepEqual(
    figures.list().map(({ hits, savedMs }) => [hits, savedMs]),
    [
      [0, 0],
      [0, 0],
    ],
  );
});

test("an hour is kept, and closing ends it", () => {
  const { world, figures, become, live } = stage();
  for (let turn = 1; turn <= 400; turn++) {
    become({ calls: live.calls + turn });
    world.advance(FIGURE_MS);
  }
  const kept = figures.list();
  assert.deepEqual([kept.length, kept[0]?.calls], [360, 1]);
  assert.equal((kept.at(-1)?.at ?? 0) - (kept[0]?.at ?? 0), 359 * FIGURE_MS);
  figures.close();
  assert.equal(world.timers, 0);
});
