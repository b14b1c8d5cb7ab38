import assert from "node:assert/strict";
import { test } from "node:test";
import { createGate } from "./gate.ts";
import { settle } from "./hand-world.ts";

test("only so many are inside at once, and the rest come in order", async () => {
  const gate = createGate(2);
  const inside: number[] = [];
  const leave = new Map<number, () => void>();
  for (const who of [1, 2, 3, 4]) {
    void gate.enter().then((out) => {
      inside.push(who);
      leave.set(who, out);
    });
  }
  await settle();
  assert.deepEqual(inside, [1, 2]);
  leave.get(2)?.();
  await settle();
  assert.deepEqual(inside, [1, 2, 3]);
  leave.get(1)?.();
  await settle();
  assert.deepEqual(inside, [1, 2, 3, 4]);
});

test("leaving twice does not let two in", async () => {
  const gate = createGate(1);
  const out = await gate.enter();
  out();
  out();
  await gate.enter();
  let second = false;
  void gate.enter().then(() => (second = true));
  await settle();
  assert.equal(second, false);
});

test("who gives up waiting gets its own reason and loses its place", async () => {
  const gate = createGate(1);
  const out = await gate.enter();
  const leaving = new AbortController();
  const gone = gate.enter(leaving.signal);
  const patient = gate.enter();
  leaving.abort("tired");
  await assert.rejects(gone, (reason) => reason === "tired");
  out();
  (await patient)();
  await gate.enter();
});

test("an aborted signal does not take a place, and one that aborts inside changes nothing", async () => {
  const gate = createGate(1);
  await assert.rejects(gate.enter(AbortSignal.abort("no")), (reason) => reason === "no");
  const inside = new AbortController();
  const out = await gate.enter(inside.signal);
  inside.abort("late");
  out();
  await gate.enter();
});
