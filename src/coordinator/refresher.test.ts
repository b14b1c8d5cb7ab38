import assert from "node:assert/strict";
import { test } from "node:test";
import { handWorld } from "#lib/hand-world.ts";
import type { Connection } from "#upstream/connection.ts";
import { EMPTY_LISTS, type Snapshot } from "#upstream/snapshot.ts";
import { Refresher } from "./refresher.ts";

const snapshot = (hints: Snapshot["hints"]): Snapshot => ({
  era: "modern",
  protocolVersion: "2026-07-28",
  serverInfo: null,
  instructions: null,
  capabilities: {},
  lists: EMPTY_LISTS,
  hints,
});

async function read(hints: Snapshot["hints"]) {
  const world = handWorld();
  let reads = 0;
  const connection = {
    fetchSnapshot: async () => {
      reads++;
      return snapshot(hints);
    },
  } as unknown as Connection;
  const refresher = new Refresher({
    server: "files",
    world,
    connection: () => connection,
    busy: () => false,
    onSnapshot: () => {},
    onFailure: (fault) => assert.fail(fault.message),
  });
  await refresher.refresh();
  return {
    /** Readings after so many milliseconds, at the end of which a probe passes. */
    async readsAfter(ms: number): Promise<number> {
      world.advance(ms);
      refresher.refreshIfDue();
      world.advance(0);
      return reads;
    },
  };
}

const hint = (ttlMs: number) => ({ ttlMs, cacheScope: "private" as const });

for (const [title, hints, quietMs] of [
  ["for as long as its shortest hint says", { tools: hint(300_000), prompts: hint(120_000) }, 120_000],
  ["for a minute when it says that they hold for no time", { tools: hint(0) }, 60_000],
] as const) {
  test(`a server's lists hold ${title}, then the next probe that passes has them read again`, async () => {
    const server = await read(hints);
    assert.equal(await server.readsAfter(quietMs - 1), 1);
    assert.equal(await server.readsAfter(1), 2);
    assert.equal(await server.readsAfter(quietMs - 1), 2);
  });
}

test("lists without a hint hold until the server says otherwise", async () => {
  const server = await read({});
  assert.equal(await server.readsAfter(86_400_000), 1);
});
