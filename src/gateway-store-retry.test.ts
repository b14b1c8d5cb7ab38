import assert from "node:assert/strict";
import { test } from "node:test";
import { view } from "#events/stage.fixture.ts";
import { settle } from "#lib/hand-world.ts";
import { AWAY, observed, stage } from "./gateway-store.fixture.ts";

test("a failure that does not take the database away is tried again, until it is taken up, and told once", async () => {
  const { batches, database, memory, become, flush, bus, world, warnings } = stage();
  let tries = 0;
  let taken = false;
  void memory.adopted.then(() => {
    taken = true;
  });
  database.definitions = () => (++tries <= 3 ? Promise.reject(AWAY) : Promise.resolve());
  await become("ready");
  bus.publish(observed(view));
  for (const second of [1, 2]) {
    world.advance(1_000);
    await settle();
    assert.deepEqual([tries, taken, batches.length], [second + 1, false, 0]);
  }
  world.advance(1_000);
  await settle();
  await flush();
  assert.deepEqual([tries, taken, batches.length], [4, true, 1]);
  assert.equal(warnings.filter((text) => text.includes("tried again")).length, 1);
  world.advance(10_000);
  await settle();
  assert.equal(tries, 4);
});

test("a database that is lost meanwhile, or a stop, ends such tries", async () => {
  for (const end of ["lost", "stop"] as const) {
    const { database, memory, become, world } = stage();
    let tries = 0;
    const slow = Promise.withResolvers<void>();
    database.definitions = () => (++tries === 1 ? Promise.reject(AWAY) : slow.promise);
    await become("ready");
    world.advance(1_000);
    await settle();
    if (end === "lost") await become("lost");
    else await memory.close();
    slow.reject(AWAY);
    await settle();
    world.advance(10_000);
    await settle();
    assert.equal(tries, 2);
  }
});
