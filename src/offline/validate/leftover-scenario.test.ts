import assert from "node:assert/strict";
import { test } from "node:test";
import type { Frame } from "#contract/event.ts";
import { leftoverScenario } from "./leftover-scenario.ts";
import { ACTORS, type Round } from "./round.ts";

const LEFT = "neither servers nor tools of them are left";
const TOLD = "the live feed tells that they are gone";

/** What a step says of a round whose gateway gives this answer to every GET, and whose live feed told of these removals. */
async function look(step: string, { answer = { items: [] as unknown[] } as unknown, gone = [] as string[] }) {
  const frames = gone.map((name, at) => ({ type: "server_removed", ts: 1, seq: at + 1, prev: at, data: { name } }));
  const round: Partial<Round> = {
    prefix: "v-",
    visitor: { get: async () => answer } as Partial<Round["visitor"]> as Round["visitor"],
    feed: {
      frames: frames as Frame[],
      garbage: [],
      until: async (expected, holds) => assert.ok(holds(), expected),
      close() {},
    },
  };
  return leftoverScenario(round as Round)
    .steps.find(({ name }) => name === step)
    ?.look();
}

test("nothing of the round may be left; what is not of it may stay", async () => {
  assert.equal(await look(LEFT, { answer: { items: [{ name: "mine", server: "mine" }] } }), "0 servers, 0 tools");
  await assert.rejects(look(LEFT, { answer: { items: [{ name: "v-a", server: "v-a" }] } }), /v-a/);
});

test("an answer without items does not count as nothing left", async () => {
  await assert.rejects(look(LEFT, { answer: { error: {} } }), /expected items at \/api\/servers/);
});

test("the live feed has to tell of every server of the round", async () => {
  const gone = ACTORS.map((actor) => `v-${actor}`);
  assert.equal(await look(TOLD, { gone }), `server_removed, ${ACTORS.length} times`);
  await assert.rejects(look(TOLD, {}), /server_removed for each of 3 servers/);
  await assert.rejects(look(TOLD, { gone: [...gone.slice(1), "mine"] }), /server_removed/);
});
