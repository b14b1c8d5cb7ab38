import assert from "node:assert/strict";
import { test } from "node:test";
import { handWorld } from "#lib/hand-world.ts";
import { HEARTBEAT, startHeartbeat } from "./heartbeat.ts";

/** A peer that answers when told, and a process whose stalls are set by hand. */
function stage() {
  const stall = { ms: 0 };
  const world = Object.assign(handWorld(), { stalledMs: () => stall.ms });
  const tokens: string[] = [];
  let pong: (token: string) => void = () => {};
  const peer = { pong: (token: string) => pong(token), deaths: [] as number[] };
  const stop = startHeartbeat(world, {
    ping: (token) => void tokens.push(token),
    onPong: (listener) => {
      pong = listener;
    },
    dead: () => void peer.deaths.push(world.now()),
  });
  return { world, stall, tokens, peer, stop };
}

const { pingMs, pongMs } = HEARTBEAT;

test("a peer that answers is asked again and again, one that does not is dead after its time", () => {
  const { world, tokens, peer } = stage();
  world.advance(pingMs);
  peer.pong("1");
  world.advance(pingMs);
  assert.equal(tokens.length, 2);
  peer.pong("1");
  world.advance(pingMs);
  assert.deepEqual(peer.deaths, [2 * pingMs]);
});

test("a pong that waited to be read while this process stood still counts", () => {
  const { world, stall, tokens, peer } = stage();
  world.advance(pingMs);
  // Timers run before what has come is read.
  stall.ms = pongMs + 1_000;
  world.advance(stall.ms);
  assert.deepEqual(peer.deaths, []);
  peer.pong(tokens[0] as string);
  world.advance(pingMs - pongMs);
  assert.deepEqual([tokens.length, peer.deaths], [2, []]);
});

test("a dead peer gains as much time as this process stood still, and never more than it had", () => {
  for (const [stalledMs, gainedMs] of [
    [60, 60],
    [60_000, pongMs],
  ] as const) {
    const { world, stall, peer } = stage();
    world.advance(pingMs);
    stall.ms = stalledMs;
    world.advance(4 * pongMs);
    assert.deepEqual(peer.deaths, [pingMs + pongMs + gainedMs]);
  }
});

test("a stop leaves no timer, also while it listens a little longer", () => {
  const { world, stall, peer, stop } = stage();
  world.advance(pingMs);
  stall.ms = 1_000;
  world.advance(pongMs);
  stop();
  assert.equal(world.timers, 0);
  assert.deepEqual(peer.deaths, []);
});
