import assert from "node:assert/strict";
import { test } from "node:test";
import type { GatewayEvent } from "#contract/event.ts";
import { silentLog } from "#lib/log.ts";
import { createBus } from "./bus.ts";

const store = (state: "ready" | "waiting" | "lost"): GatewayEvent => ({ type: "store.changed", at: 1, state });

test("a listener that throws is logged and the others still get the event", () => {
  const errors: string[] = [];
  const bus = createBus({ ...silentLog, error: (_fields, message) => errors.push(message) });
  const seen: string[] = [];
  bus.subscribe(() => {
    throw new Error("broken listener");
  });
  bus.subscribe((event) => seen.push(event.type));
  bus.publish(store("ready"));
  bus.publish(store("lost"));
  assert.deepEqual(seen, ["store.changed", "store.changed"]);
  assert.equal(errors.length, 2);
});

test("all listeners see one order, also when a listener publishes", () => {
  const bus = createBus(silentLog);
  const seen: string[] = [];
  bus.subscribe((event) => {
    if (event.type === "store.changed" && event.state === "ready") bus.publish(store("lost"));
  });
  bus.subscribe((event) => seen.push(event.type === "store.changed" ? event.state : event.type));
  bus.publish(store("ready"));
  assert.deepEqual(seen, ["ready", "lost"]);
});

test("a listener that left gets nothing more, also when it leaves during an event", () => {
  const bus = createBus(silentLog);
  let seen = 0;
  const leave = bus.subscribe(() => {
    seen += 1;
    leave();
  });
  bus.publish(store("ready"));
  bus.publish(store("lost"));
  assert.equal(seen, 1);
});

test("a log that fails as well breaks one publishing off, and the next goes on where it stopped", () => {
  let full = true;
  const error = (): void => {
    if (full) throw new Error("nothing can be written");
  };
  const bus = createBus({ ...silentLog, error });
  const seen: string[] = [];
  bus.subscribe((event) => {
    if (event.type !== "store.changed") return;
    seen.push(event.state);
    if (event.state !== "ready") return;
    bus.publish(store("waiting"));
    throw new Error("broken listener");
  });
  assert.throws(() => bus.publish(store("ready")), /nothing can be written/);
  full = false;
  bus.publish(store("lost"));
  assert.deepEqual(seen, ["ready", "waiting", "lost"]);
});
