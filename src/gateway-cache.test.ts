import assert from "node:assert/strict";
import { test } from "node:test";
import { ADMIN } from "#access/principal.ts";
import type { Admission } from "#calls/admission.ts";
import { Stage } from "#calls/cache/stage.fixture.ts";
import { later, OK, snapshotOf } from "#calls/call.fixture.ts";
import { CACHE_LIMITS } from "#contract/cache.ts";
import type { GatewayEvent } from "#contract/event.ts";
import { HEALTH_EVENT_TYPES, type HealthEventType } from "#contract/health-event.ts";
import { serverView } from "#contract/sample-view.ts";
import { handWorld } from "#lib/hand-world.ts";
import { silentLog } from "#lib/log.ts";
import { type Catalog, createCatalog } from "#upstream/catalog.ts";
import type { Deed } from "./gateway-audit.ts";
import { createToolCache, emptyOnEvents, peopleCache } from "./gateway-cache.ts";
import type { Foundations } from "./gateway-parts.ts";

const view = serverView("files");
const NO_RULES = { allow: ["*"], deny: [] };
const health = (eventType: HealthEventType, name = "files"): GatewayEvent => ({
  type: "health.observed",
  at: 1,
  name,
  eventType,
  message: "",
  latencyMs: null,
  view,
});
const listed = (name = "files"): GatewayEvent => ({ type: "catalog.changed", at: 1, name, kinds: ["tools"], view });

/** One answer is kept of `files`, and one of `search`. */
async function filled() {
  const stage = new Stage();
  await stage.ask();
  const { definition } = stage;
  stage.definition = { ...definition, name: "search" };
  await stage.ask();
  stage.definition = definition;
  const catalog = createCatalog();
  const onEvent = emptyOnEvents(stage.cache, catalog);
  const keptOf = (server: string): number => stage.cache.countsOf(server)?.entries ?? 0;
  return { stage, cache: stage.cache, catalog, onEvent, kept: () => [keptOf("files"), keptOf("search")] };
}
const put = (catalog: Catalog, tools: string[] = []): void =>
  catalog.put(
    "files",
    snapshotOf({ tools: tools.map((name) => ({ name, inputSchema: { type: "object" } })) }),
    NO_RULES,
  );

const EMPTYING: [title: string, event: GatewayEvent, reason: string][] = [
  ["a server that was added or changed", { type: "server.added", at: 1, view }, "configuration"],
  ["a server that was removed", { type: "server.removed", at: 1, name: "files" }, "server_removed"],
  ["a new link", health("connected"), "reconnected"],
  ["tools that may be others now", { type: "list.changed", at: 1, name: "files", kind: "tools" }, "tools_changed"],
  [
    "resources that may be others now",
    { type: "list.changed", at: 1, name: "files", kind: "resources" },
    "resources_changed",
  ],
];
for (const [title, event, reason] of EMPTYING) {
  test(`${title} empties that server and no other`, async () => {
    const { cache, onEvent, kept } = await filled();
    onEvent(event);
    assert.deepEqual(kept(), [0, 1]);
    assert.deepEqual(cache.dropped, [{ server: "files", reason, removed: 1 }]);
  });
}

const LEAVING: [title: string, event: GatewayEvent][] = [
  ["prompts that may be others now", { type: "list.changed", at: 1, name: "files", kind: "prompts" }],
  [
    "a breaker that opens",
    {
      type: "circuit.changed",
      at: 1,
      name: "files",
      oldState: "closed",
      newState: "open",
      reason: "",
      retryAfterMs: 1,
      failures: 5,
      severity: "warning",
      view,
    },
  ],
  [
    "a server that goes down",
    {
      type: "status.changed",
      at: 1,
      name: "files",
      oldStatus: "up",
      newStatus: "down",
      reason: "",
      severity: "warning",
      view,
    },
  ],
  [
    "news of the cache itself",
    { type: "cache.invalidated", at: 1, server: "files", tool: null, reason: "person", removed: 1 },
  ],
  ...HEALTH_EVENT_TYPES.filter((it) => it !== "connected").map((it): [string, GatewayEvent] => [
    `the health event ${it}`,
    health(it),
  ]),
];
for (const [title, event] of LEAVING) {
  test(`${title} leaves what is kept`, async () => {
    const { cache, onEvent, kept } = await filled();
    onEvent(event);
    assert.deepEqual([kept(), cache.dropped], [[1, 1], []]);
  });
}

test("lists that changed empty their server; the same lists, hidden and shown again, do not", async () => {
  const { stage, catalog, onEvent, kept } = await filled();
  put(catalog, ["read"]);
  onEvent(listed());
  assert.deepEqual(kept(), [0, 1]);
  await stage.ask();
  for (const hidden of [true, false]) {
    catalog.setHidden("files", hidden);
    onEvent(listed());
  }
  assert.deepEqual(kept(), [1, 1]);
  put(catalog, ["read", "write"]);
  onEvent(listed());
  assert.deepEqual(kept(), [0, 1]);
});

test("lists of an earlier run that are hidden when their server goes away do not empty it", async () => {
  const { stage, catalog, onEvent, kept } = await filled();
  put(catalog, ["read"]);
  onEvent(health("connected"));
  await stage.ask();
  catalog.setHidden("files", true);
  onEvent(listed());
  assert.deepEqual(kept(), [1, 1]);
});

test("a server that was removed and came back is known anew", async () => {
  const { stage, catalog, onEvent, kept } = await filled();
  put(catalog);
  onEvent(listed());
  onEvent({ type: "server.removed", at: 1, name: "files" });
  await stage.ask();
  onEvent(listed());
  assert.deepEqual(kept(), [0, 1]);
});

test("an answer on its way does not come in after any event that empties its server", async () => {
  for (const [title, event] of EMPTYING) {
    const { stage, onEvent, kept } = await filled();
    stage.answers = undefined;
    const { reply } = stage.start({ arguments: { path: "late" } });
    onEvent(event);
    stage.held[0]?.answer((await new Stage().ask()).reply);
    await reply;
    assert.equal(kept()[0], 0, title);
  }
});

test("a person's clearing answers how many were dropped, and who cleared what is written down", async () => {
  const { cache, catalog } = await filled();
  const deeds: Deed[] = [];
  const audit = { record: async (deed: Deed) => void deeds.push(deed) };
  const people = peopleCache({ toolCache: cache, catalog, coordinator: { supervisor: () => undefined }, audit });
  assert.equal(people.report().size, 2);
  assert.equal(await people.clear({ server: "files", tool: "list" }, ADMIN), 0);
  assert.equal(await people.clear({ server: "files" }, ADMIN), 1);
  assert.equal(await people.clear({}, ADMIN), 1);
  assert.deepEqual(
    deeds.map(({ principal, action, target, detail }) => [principal.id, action, target, detail]),
    [
      ["admin", "cache.clear", "files/list", { removed: 0 }],
      ["admin", "cache.clear", "files", { removed: 1 }],
      ["admin", "cache.clear", null, { removed: 1 }],
    ],
  );
});

test("bounds come from the configuration, half must do under pressure, and what is dropped is announced", async () => {
  const events: GatewayEvent[] = [];
  const world = handWorld();
  let change = (_next: object): void => assert.fail("nobody listens");
  const onChange = (listener: typeof change): void => {
    change = listener;
  };
  const document = { omni2: { cache: { maxEntries: 1, maxBytes: undefined, mode: "auto" } } };
  const parts = {
    world,
    log: silentLog,
    bus: { publish: (event: GatewayEvent) => void events.push(event) },
    config: { current: () => ({ document }), onChange },
  };
  const admission: { level: Admission["level"] } = { level: "busy" };
  const cache = createToolCache(parts as unknown as Foundations, admission);
  assert.deepEqual(cache.limits, { ...CACHE_LIMITS, maxEntries: 1 });
  const { call } = await new Stage().ask();
  const keep = (): Promise<unknown> => later(cache.cache(async () => OK))({ ...call });
  await keep();
  world.advance(10_000);
  assert.equal(cache.counts().entries, 1);
  for (const level of ["strained", "critical"] as const) {
    admission.level = level;
    world.advance(10_000);
    assert.equal(cache.counts().entries, 0, level);
    await keep();
  }
  cache.invalidate({ server: "files" }, "person");
  await keep();
  cache.invalidate({}, "tools_changed");
  change({ document: { omni2: { cache: { maxEntries: 7 } } } });
  assert.deepEqual(cache.limits, { ...CACHE_LIMITS, maxEntries: 7 });
  cache.close();
  const event = { type: "cache.invalidated", at: world.wall(), tool: null, removed: 1 };
  assert.deepEqual(events, [
    { ...event, server: "files", reason: "person" },
    { ...event, server: null, reason: "tools_changed" },
  ]);
});
