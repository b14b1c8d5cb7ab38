import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { GatewayEvent } from "#contract/event.ts";
import { recordOf } from "#contract/record.fixture.ts";
import type { Subscription } from "#contract/subscription.ts";
import { settle } from "#lib/hand-world.ts";
import type { EpochStart } from "./archive.ts";
import { MAX_SUBSCRIPTIONS } from "./reception.ts";
import { ADMIN, changed, client, observed, seqs, stage, typesOf } from "./stage.fixture.ts";
import type { Reader } from "./view.ts";

const called = (principal: string, id = "c-1"): GatewayEvent => ({
  type: "call.finished",
  at: 9,
  record: recordOf({ id, at: 8, principal, era: "rest" }),
});

const CALLS: Subscription = { event_types: ["call_finished"] };

/** What a client with these subscriptions is told of one event each. */
function toldOf(subscriptions: readonly Subscription[], reader: Reader = ADMIN): string[] {
  const { bus, step, join } = stage();
  const client = join(reader);
  for (const subscription of subscriptions) client.attachment.subscribe(subscription);
  bus.publish(changed("down"));
  bus.publish(changed("up", "other"));
  bus.publish(observed("no answer"));
  bus.publish({ type: "cache.invalidated", at: 1, server: null, tool: null, reason: "person", removed: 1 });
  bus.publish(called("admin"));
  step();
  return typesOf(client).slice(1);
}

describe("what a client is told", () => {
  test("without a subscription: everything but calls", () => {
    assert.deepEqual(toldOf([]), ["mcp_status_change", "mcp_status_change", "health_event", "cache_invalidated"]);
  });

  test("with subscriptions: what any of them asks for", () => {
    assert.deepEqual(toldOf([CALLS]), ["call_finished"]);
    assert.deepEqual(toldOf([CALLS, { event_types: ["health_event"] }]), ["health_event", "call_finished"]);
    const all = toldOf([]);
    assert.deepEqual(toldOf([{}]), all);
    assert.deepEqual(toldOf([{}, CALLS]), [...all, "call_finished"]);
  });

  test("of some servers only, and what is about no single one", () => {
    assert.deepEqual(toldOf([{ filters: { servers: ["other"] } }]), ["mcp_status_change", "cache_invalidated"]);
    assert.deepEqual(toldOf([{ event_types: ["call_finished"], filters: { servers: ["other"] } }]), []);
  });

  test("of some severities only, and nothing that has none", () => {
    assert.deepEqual(toldOf([{ filters: { severities: ["critical"] } }]), ["mcp_status_change"]);
    assert.deepEqual(toldOf([{ filters: { severities: ["warning"] } }]), []);
  });

  test("figures are told to who asks for them, whatever the filters", () => {
    const { world, join } = stage();
    const [figures, statuses] = [join(), join()];
    figures.attachment.subscribe({
      event_types: ["system_metrics"],
      filters: { servers: ["x"], severities: ["info"] },
    });
    statuses.attachment.subscribe({ event_types: ["mcp_status_change"] });
    world.advance(2_100);
    assert.deepEqual(typesOf(figures).slice(1), ["system_metrics", "system_metrics"]);
    assert.deepEqual(typesOf(statuses).slice(1), []);
  });

  test("a viewer is told of its own calls and nobody else's, also when others subscribe to the same", () => {
    const { bus, step, join } = stage();
    const ann = join({ principal: "ann", role: "viewer" });
    const bob = join({ principal: "bob", role: "viewer" });
    const boss = join({ principal: "boss", role: "operator" });
    for (const one of [ann, bob, boss]) one.attachment.subscribe(CALLS);
    for (const principal of ["ann", "bob", "eve"]) bus.publish(called(principal));
    step();
    const principals = (one: typeof ann) =>
      one.frames.flatMap((frame) => (frame.type === "call_finished" ? [frame.data.principal] : []));
    assert.deepEqual([principals(ann), principals(bob), principals(boss)], [["ann"], ["bob"], ["ann", "bob", "eve"]]);
  });

  test("of a flood of calls only the first of each step", () => {
    const { bus, step, join } = stage();
    const client = join();
    client.attachment.subscribe(CALLS);
    for (let n = 0; n < 5_000; n++) bus.publish(called("admin", `c-${n}`));
    step();
    assert.equal(typesOf(client).filter((type) => type === "call_finished").length, 100);
  });
});

describe("a subscription", () => {
  test("holds from a number on, after which nothing is missing and nothing comes twice", () => {
    const { bus, publish, step, join } = stage();
    const client = join();
    publish();
    step();
    bus.publish(changed("down"));
    const done = client.attachment.subscribe({ event_types: ["mcp_status_change"] });
    assert.equal(done?.position?.seq, 1, "what waits is not covered yet");
    publish();
    bus.publish(changed("up"));
    step();
    assert.deepEqual(seqs(client), [1, 2, 4]);
    assert.deepEqual(
      client.frames.slice(2).map(({ prev }) => prev),
      [1, 2],
    );
    const ended = client.attachment.unsubscribe(done?.id ?? "");
    assert.equal(ended?.position?.seq, 4);
    publish();
    step();
    assert.deepEqual(seqs(client), [1, 2, 4, 5]);
    assert.equal(client.attachment.unsubscribe(done?.id ?? ""), undefined);
  });

  test("numbers left out by a filter are covered: the next frame names the one before it in this view", () => {
    const { bus, publish, step, join } = stage();
    const client = join();
    client.attachment.subscribe({ event_types: ["mcp_status_change"] });
    bus.publish(changed("down"));
    for (let n = 0; n < 5; n++) publish();
    step();
    bus.publish(changed("up"));
    step();
    assert.deepEqual(
      client.frames.slice(1).map(({ seq, prev }) => [seq, prev]),
      [
        [1, 0],
        [7, 1],
      ],
    );
  });

  test("is one of a bounded number", () => {
    const client = stage().join();
    for (let n = 0; n < MAX_SUBSCRIPTIONS; n++) assert.ok(client.attachment.subscribe(CALLS));
    assert.equal(client.attachment.subscribe(CALLS), undefined);
  });

  test("is listed with its client", () => {
    const { broadcaster, join } = stage();
    join().attachment.subscribe(CALLS);
    const [member] = broadcaster.audience();
    assert.match(member?.id ?? "", /^[0-9a-f]{32}$/);
    assert.deepEqual(
      [member?.principal, member?.kind, member?.pace, member?.subscriptions],
      ["admin", "websocket", "flowing", [CALLS]],
    );
  });
});

test("a replay whose newest events a view leaves out says how far it went, so that nothing seems to be missing", async () => {
  const epoch = Promise.withResolvers<EpochStart>();
  const { broadcaster, bus, step } = stage({ takeEpoch: () => epoch.promise, append() {}, after: async () => [] });
  for (const text of ["one", "two", "three"]) bus.publish(observed(text));
  const reader = client();
  const attachment = broadcaster.attach(reader, ADMIN, { epoch: "kept", after: 1 });
  attachment.subscribe({ event_types: ["mcp_status_change"] });
  epoch.resolve({ epoch: "kept", seq: 0 });
  await settle();
  const [covering] = reader.frames;
  assert.deepEqual([covering?.type, covering?.prev, covering?.seq], ["ping", 1, 3]);
  bus.publish(changed("down"));
  step();
  const next = reader.frames.at(-1);
  assert.deepEqual([next?.type, next?.seq, (next?.prev as number) <= 3], ["mcp_status_change", 4, true]);
});
