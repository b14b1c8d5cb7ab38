// The part of the store's suite about what timelines and charts are drawn from: told statuses, runs, and minutes of one server.
import assert from "node:assert/strict";
import type { EventRow } from "#store/tables/events.ts";
import type { Now, Test } from "./store-kit.ts";

const AT = 1_500_000_000_000;

const event = (seq: number, more: Partial<EventRow>): EventRow => ({
  ...{ epoch: "told", seq, at: AT + seq, type: "health_event", server: "files", severity: null, data: {} },
  ...more,
});
const told = (seq: number, before: string, status: string): EventRow =>
  event(seq, {
    type: "mcp_status_change",
    data: { old_status: before, new_status: status, reason: `because ${seq}`, server: { status } },
  });

export function timelineTests(test: Test, now: Now): void {
  test("what was told of statuses comes back oldest first, and nothing else", async () => {
    const { events } = now.store;
    await events.append([
      event(1, { type: "server_added", data: { server: { status: "unknown", statusReason: null } } }),
      event(2, {}),
      told(3, "unknown", "up"),
      event(4, { type: "server_removed", data: { name: "files" } }),
      { ...told(5, "up", "down"), server: "other" },
    ]);
    const file = { server: "files" };
    assert.deepEqual(await events.statusFacts(AT, { ...file, limit: 10 }), [
      { ...file, at: AT + 1, before: null, status: "unknown", reason: null },
      { ...file, at: AT + 3, before: "unknown", status: "up", reason: "because 3" },
      { ...file, at: AT + 4, before: null, status: null, reason: null },
    ]);
    const newest = await events.statusFacts(AT + 4, { limit: 10 });
    assert.deepEqual([newest.length, newest[1]?.server], [2, "other"]);
    assert.deepEqual(
      (await events.statusFacts(AT, { limit: 2 })).map(({ at }) => at - AT),
      [4, 5],
    );
  });

  test("runs are known by when they began, were seen and stopped", async () => {
    const { runs } = now.store;
    const crashed = await runs.begin(1_000);
    await runs.seen(crashed, 2_000);
    const stopped = await runs.begin(3_000);
    await runs.stop(stopped, 4_000);
    await runs.begin(5_000);
    const [first, ...rest] = await runs.since(2_000);
    assert.deepEqual(first, { startedAt: 1_000, seenAt: 2_000, stoppedAt: null });
    assert.deepEqual(rest, [
      { startedAt: 3_000, seenAt: 4_000, stoppedAt: 4_000 },
      { startedAt: 5_000, seenAt: 5_000, stoppedAt: null },
    ]);
    assert.equal((await runs.since(2_001)).length, 2);
  });

  test("a server's minutes count all its calls, faults and kept answers apart", async () => {
    const row = { minute: 60_000, server: "asked", name: "t", kind: "tool" } as const;
    const some = { calls: 2, durationMsSum: 10, durationMsMax: 7 };
    await now.store.callMinutes.add([
      { ...row, ...some, outcome: "ok", disposition: "hit" },
      { ...row, ...some, outcome: "ok", disposition: "coalesced", name: "u" },
      { ...row, ...some, outcome: "fault", disposition: "miss", durationMsMax: 9 },
      { ...row, ...some, outcome: "ok", disposition: "miss", minute: 120_000 },
      { ...row, ...some, outcome: "ok", disposition: "miss", server: "another" },
    ]);
    assert.deepEqual(await now.store.callMinutes.ofServer("asked", 60_000), [
      { at: 60_000, calls: 6, faults: 2, cached: 4, meanMs: 5, maxMs: 9 },
      { at: 120_000, calls: 2, faults: 0, cached: 0, meanMs: 5, maxMs: 7 },
    ]);
    assert.equal((await now.store.callMinutes.ofServer("asked", 60_001)).length, 1);
    await now.store.callMinutes.prune(180_000);
  });
}
