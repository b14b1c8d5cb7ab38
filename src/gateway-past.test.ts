import assert from "node:assert/strict";
import { test } from "node:test";
import type { GatewayEvent } from "#contract/event.ts";
import { serverView } from "#contract/sample-view.ts";
import type { StatusFact } from "#contract/timeline.ts";
import { createBus } from "#events/bus.ts";
import { handWorld } from "#lib/hand-world.ts";
import { silentLog } from "#lib/log.ts";
import type { RunRow } from "#store/tables/runs.ts";
import { Past, type PastDeps } from "./gateway-past.ts";

const HOUR_MS = 3_600_000;

function stage(stored: readonly StatusFact[] = [], runs: readonly RunRow[] = []) {
  const world = handWorld();
  const bus = createBus(silentLog);
  const asked: unknown[][] = [];
  const store = {
    events: {
      async statusFacts(at: number, query: object) {
        asked.push(["facts", at - world.wall(), query]);
        return stored;
      },
    },
    runs: { since: async () => runs },
    callMinutes: {
      async ofServer(server: string, at: number) {
        asked.push(["minutes", server, at - world.wall()]);
        return [];
      },
    },
  } as unknown as PastDeps["store"];
  const views = () => [serverView("files", { status: "down", statusReason: "gone" }), serverView("other")];
  const past = new Past({ store, bus, world, views, startedAt: world.wall() - HOUR_MS / 2 });
  return { past, bus, world, asked, from: world.wall() - HOUR_MS };
}

const drawn = async (past: Past, server = "files"): Promise<string[]> => {
  const [timeline] = await past.timeline({ hours: 1, server });
  return (timeline?.spans ?? []).map(({ status, reason }) => `${status} ${reason}`);
};
const changed = (at: number): GatewayEvent => ({
  type: "status.changed",
  at,
  name: "files",
  oldStatus: "up",
  newStatus: "down",
  reason: "exited",
  severity: "critical",
  view: serverView("files"),
});

test("what happened just now is told before it is stored, and once", async () => {
  const { past, bus, world, asked } = stage();
  bus.publish(changed(world.wall() - 10.4));
  assert.deepEqual(await drawn(past), ["unknown No gateway ran, or nothing was told.", "up null", "down exited"]);
  assert.deepEqual(asked, [["facts", -HOUR_MS, { server: "files", limit: 20_000 }]]);
  const at = world.wall() - 10;
  const fact = { server: "files", at, before: "up", status: "down", reason: "exited" } as const;
  const both = stage([fact]);
  both.bus.publish(changed(at));
  const [timeline] = await both.past.timeline({ hours: 1, server: "files" });
  assert.deepEqual(timeline?.incidents, [{ from: at, to: null, cause: "exited" }]);
});

test("a server is added and removed, another is not told of", async () => {
  const { past, bus, world } = stage();
  bus.publish({ type: "server.added", at: world.wall() - 20, view: serverView("gone", { statusReason: null }) });
  bus.publish({ type: "server.removed", at: world.wall() - 10, name: "gone" });
  assert.deepEqual(await drawn(past, "gone"), [
    "unknown No gateway ran, or nothing was told.",
    "up null",
    "unknown The server was not configured.",
  ]);
  assert.deepEqual(
    (await past.timeline({ hours: 1 })).map(({ server }) => server),
    ["files", "gone", "other"],
  );
});

test("a moment is told with the reasons of then, without servers that were not configured yet", async () => {
  const { past, bus, world, asked } = stage();
  const now = world.wall();
  bus.publish({ ...changed(now - 10), oldStatus: "unknown" } as GatewayEvent);
  bus.publish({ type: "server.added", at: now - 5, view: serverView("other", { statusReason: "new" }) });
  assert.deepEqual(await past.statesAt(now - 10), [{ server: "files", status: "down", reason: "exited" }]);
  assert.deepEqual(asked, [["facts", -24 * HOUR_MS - 10, { server: undefined, limit: 20_000 }]]);
  assert.deepEqual((await past.statesAt(now - 11))[0]?.status, "unknown");
  assert.deepEqual(
    (await past.statesAt(now - 5)).map(({ server, reason }) => [server, reason]),
    [
      ["files", "exited"],
      ["other", "new"],
    ],
  );
  const early = await past.statesAt(now - HOUR_MS);
  assert.match(early[0]?.reason ?? "", /No gateway ran/);
  await assert.rejects(past.statesAt(now + 1), /still to come/);
});

test("runs of gateways before this one are watched time", async () => {
  const { world } = stage();
  const now = world.wall();
  const runs = [{ startedAt: now - 2 * HOUR_MS, seenAt: now - HOUR_MS / 2, stoppedAt: null }];
  const { past } = stage([{ server: "files", at: now - HOUR_MS / 4, before: "up", status: "down", reason: "x" }], runs);
  assert.deepEqual(await drawn(past), ["up null", "down x"]);
});

test("where there was more than can be read, what was before counts as not watched", async () => {
  const { world } = stage();
  const now = world.wall();
  const fact = (n: number): StatusFact => ({
    server: "other",
    at: now - 20_000 + n,
    before: "up",
    status: "up",
    reason: null,
  });
  const { past } = stage(Array.from({ length: 20_000 }, (_, n) => fact(n)));
  const [timeline] = await past.timeline({ hours: 1, server: "files" });
  assert.deepEqual(
    timeline?.spans.map(({ from, status }) => [from - now, status]),
    [
      [-HOUR_MS, "unknown"],
      [-20_000, "down"],
    ],
  );
});

test("minutes are asked for of the hours wanted, and after the end nothing is kept", async () => {
  const { past, bus, world, asked } = stage();
  await past.minutes("files", 3);
  assert.deepEqual(asked, [["minutes", "files", -3 * HOUR_MS]]);
  past.close();
  bus.publish(changed(world.wall()));
  assert.deepEqual(await drawn(past), ["unknown No gateway ran, or nothing was told.", "down gone"]);
});
