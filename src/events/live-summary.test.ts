import assert from "node:assert/strict";
import { test } from "node:test";
import { type Log, silentLog } from "#lib/log.ts";
import { AUDIENCE_LIMITS } from "./audience.ts";
import { stage } from "./stage.fixture.ts";

function told() {
  const lines: { readonly fields: Record<string, number>; readonly message: string }[] = [];
  const log: Log = { ...silentLog, info: (fields, message) => lines.push({ fields: { ...fields }, message }) };
  return { ...stage(null, log), lines: () => lines.splice(0) };
}

test("a line a minute tells the readers and what they were sent since the last line", () => {
  const { world, publish, join, lines } = told();
  const clients = [join(), join()];
  world.advance(30_000);
  publish("slow");
  world.advance(29_999);
  assert.deepEqual(lines(), []);
  world.advance(1);
  const [first] = lines();
  const seen = clients.reduce((sum, { frames }) => sum + frames.length, 0);
  // The figures of this very second are still to be sent.
  assert.deepEqual(first?.fields, { connections: 2, frames: seen, resyncs: 0, cuts: 0 });
  assert.equal(
    first?.message,
    `WebSocket Broadcaster: 2 connections; ${seen} frames sent, 0 resyncs, 0 slow readers cut`,
  );
  world.advance(60_000);
  const later = clients.reduce((sum, { frames }) => sum + frames.length, 0);
  assert.deepEqual(
    lines().map(({ fields }) => fields.frames),
    [later - seen],
  );
});

test("readers that are too slow are told of: those that were brought up to date, and those that were cut", () => {
  const { world, join, lines } = told();
  const [pauses, stops] = [join(), join()];
  for (const one of [pauses, stops]) one.buffered = AUDIENCE_LIMITS.maxBufferedBytes + 1;
  world.advance(1_400);
  pauses.buffered = 0;
  world.advance(58_600);
  assert.equal(stops.cutWith, 4008);
  const [line] = lines();
  assert.deepEqual([line?.fields.resyncs, line?.fields.cuts], [1, 1]);
});

test("while nobody listens a line comes every ten minutes, and holds neither `error` nor `fail`", () => {
  const { world, lines } = told();
  world.advance(599_000);
  assert.deepEqual(lines(), []);
  world.advance(1_000);
  const text = JSON.stringify(lines());
  assert.match(text, /0 connections; 0 frames sent/);
  assert.doesNotMatch(text, /error|fail/i);
});
