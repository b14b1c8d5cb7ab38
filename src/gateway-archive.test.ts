import assert from "node:assert/strict";
import { test } from "node:test";
import { Fault } from "#contract/fault.ts";
import type { ArchivedEvent } from "#events/archive.ts";
import type { JournalEvent } from "#events/journal.ts";
import { handWorld, settle } from "#lib/hand-world.ts";
import { Archive, type ArchiveDeps } from "./gateway-archive.ts";

const AWAY = new Fault("STORE_UNAVAILABLE", "away");
const event = (seq: number): ArchivedEvent => ({ seq, at: seq, type: "ping", server: null, severity: null, data: {} });

function stage() {
  const world = handWorld();
  const ready = Promise.withResolvers<void>();
  const written: JournalEvent[] = [];
  const left: string[] = [];
  const database = { isAway: false, taken: 0 };
  const store = {
    epochs: {
      async take() {
        database.taken++;
        if (database.isAway) throw AWAY;
        return { epoch: "kept", seq: 41 };
      },
      leave: async (epoch: string, seq: number) => void left.push(`${epoch} ${seq}`),
    },
    events: { after: async (epoch: string, seq: number, { limit }: { limit: number }) => [epoch, seq, limit] },
  } as unknown as ArchiveDeps["store"];
  const archive = new Archive({ store, world, ready: ready.promise, write: (each) => written.push(each) });
  return { world, ready, written, left, database, archive };
}

test("the epoch is taken when the store is ready, and events go to the journal under it", async () => {
  const { ready, archive, written, database } = stage();
  const taken = archive.takeEpoch();
  await settle();
  assert.equal(database.taken, 0);
  ready.resolve();
  assert.deepEqual(await taken, { epoch: "kept", seq: 41 });
  archive.append("kept", event(42));
  assert.deepEqual(written, [{ epoch: "kept", ...event(42) }]);
  assert.deepEqual(await archive.after("kept", 40, 5), ["kept", 40, 5]);
});

test("a clean stop leaves the epoch with its last number, one that lost something does not", async () => {
  for (const complete of [true, false]) {
    const { ready, archive, left } = stage();
    ready.resolve();
    await archive.takeEpoch();
    archive.append("kept", event(42));
    archive.append("kept", event(43));
    await archive.close(complete);
    assert.deepEqual(left, complete ? ["kept 43"] : []);
  }
});

test("an epoch without events is left as it was, and none that was never taken", async () => {
  const { ready, archive, left } = stage();
  ready.resolve();
  await archive.takeEpoch();
  await archive.close(true);
  assert.deepEqual(left, ["kept 41"]);
  const early = stage();
  await early.archive.close(true);
  assert.deepEqual(early.left, []);
});

test("a store that is lost just then is asked again, until the end", async () => {
  const { ready, archive, database, world } = stage();
  database.isAway = true;
  ready.resolve();
  const taken = archive.takeEpoch();
  await settle();
  world.advance(1_000);
  await settle();
  assert.equal(database.taken, 2);
  database.isAway = false;
  world.advance(1_000);
  assert.equal((await taken).epoch, "kept");
  const other = stage();
  other.database.isAway = true;
  other.ready.resolve();
  const never = other.archive.takeEpoch();
  await settle();
  await other.archive.close(true);
  await assert.rejects(never);
  assert.deepEqual([other.left, other.world.timers], [[], 0]);
});
