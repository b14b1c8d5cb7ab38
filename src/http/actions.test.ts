import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { WebSocket } from "ws";
import type { GatewayEvent } from "#contract/event.ts";
import { clientActionSchema } from "#contract/subscription.ts";
import { AUTH } from "./client.fixture.ts";
import { type Live, listenTo } from "./live.fixture.ts";
import { type Stage, stage, viewOf } from "./stage.fixture.ts";

const open = (on: Stage, query = ""): Live =>
  listenTo(new WebSocket(`${on.http.url.replace("http", "ws")}/ws${query}`, { headers: AUTH }));
const ask = (live: Live, action: object): void => live.ws.send(JSON.stringify(action));

const change = (name: string, newStatus: "up" | "down"): GatewayEvent => ({
  type: "status.changed",
  at: 5,
  name,
  oldStatus: "up",
  newStatus,
  reason: "exited",
  severity: newStatus === "up" ? "info" : "critical",
  view: viewOf(name),
});

describe("actions of live clients", { timeout: 30_000 }, () => {
  test("a subscription is answered with its id and the number it holds from, and narrows what comes", async () => {
    const on = await stage();
    const live = open(on);
    await live.next("initial_status");
    ask(live, { action: "subscribe", event_types: ["mcp_status_change"], filters: { servers: ["other"] } });
    const { seq, epoch, data } = await live.next("subscribed");
    assert.deepEqual([seq, epoch], [0, on.broadcaster.vitals().epoch]);
    assert.deepEqual([data.event_types, data.filters], [["mcp_status_change"], { servers: ["other"] }]);
    on.bus.publish(change("files", "down"));
    on.bus.publish(change("other", "down"));
    const told = await live.next("mcp_status_change");
    assert.deepEqual([told.data.name, told.seq, told.prev], ["other", 2, 0]);
    ask(live, { action: "unsubscribe", subscription_id: data.subscription_id });
    assert.equal((await live.next("unsubscribed")).data.subscription_id, data.subscription_id);
    on.bus.publish(change("files", "up"));
    assert.equal((await live.next("mcp_status_change")).data.name, "files");
    await on.close();
  });

  test("what cannot be subscribed to is told why, and nothing changes", async () => {
    const on = await stage();
    const live = open(on);
    await live.next("initial_status");
    const cases: [object, RegExp][] = [
      [{ action: "subscribe", event_types: ["initial_status"] }, /event_types/],
      [{ action: "subscribe", event_types: [] }, /event_types/],
      [{ action: "subscribe", filters: { server: "x" } }, /filters/],
      [{ action: "subscribe", filters: { severities: ["loud"] } }, /severities/],
      [{ action: "unsubscribe" }, /subscription_id/],
      [{ action: "unsubscribe", subscription_id: "nobody's" }, /no subscription of this id/],
      [{ action: 7 }, /one of the actions subscribe, unsubscribe, get_metadata, ping/],
    ];
    for (const [action, why] of cases) {
      ask(live, action);
      assert.match((await live.next("error")).data.message, why);
    }
    for (let n = 0; n < 32; n++) {
      ask(live, { action: "subscribe" });
      await live.next("subscribed");
    }
    ask(live, { action: "subscribe" });
    assert.match((await live.next("error")).data.message, /32 subscriptions/);
    assert.equal(live.ws.readyState, WebSocket.OPEN);
    await on.close();
  });

  test("metadata name every type and action, with the schemas by which the gateway itself checks", async () => {
    const on = await stage();
    const live = open(on);
    await live.next("initial_status");
    ask(live, { action: "get_metadata" });
    const { data } = await live.next("metadata");
    assert.deepEqual(
      data.actions,
      clientActionSchema.options.map(({ shape }) => shape.action.value),
    );
    assert.ok(data.subscribable.includes("call_finished") && !data.subscribable.includes("ping"));
    const text = JSON.stringify(data.frame_schema);
    for (const type of data.types) assert.ok(text.includes(`"const":"${type}"`), type);
    assert.match(JSON.stringify(data.action_schema), /"const":"unsubscribe"/);
    await on.close();
  });

  test("a client that comes back with its number is told what it missed, and nothing else", async () => {
    const on = await stage();
    const { epoch } = on.broadcaster.vitals();
    for (const status of ["down", "up", "down"] as const) on.bus.publish(change("files", status));
    const live = open(on, `?epoch=${epoch}&after=1`);
    const missed = [await live.next("mcp_status_change"), await live.next("mcp_status_change")];
    assert.deepEqual(
      missed.map(({ seq, prev }) => [seq, prev]),
      [
        [2, 1],
        [3, 2],
      ],
    );
    for (const query of [`?epoch=${epoch}&after=99`, "?epoch=other&after=1", `?epoch=${epoch}`, "?after=1"]) {
      assert.equal((await open(on, query).next("initial_status")).seq, 3, query);
    }
    await on.close();
  });
});
