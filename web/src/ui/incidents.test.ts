import assert from "node:assert/strict";
import { test } from "node:test";
import type { HealthLogEntry } from "../../../src/contract/api.ts";
import type { Status } from "../../../src/contract/upstream.ts";
import { incidentsOf } from "./incidents.ts";

/** Oldest first as told, newest first as the gateway answers. */
const log = (...told: readonly [at: number, status: Status, message: string][]): HealthLogEntry[] =>
  told
    .map(([at, status, message], index) => ({
      ...{ id: index + 1, at, server: "a", eventType: "connected" as const, status, health: "healthy" as const },
      ...{ message, latencyMs: null },
    }))
    .reverse();

test("a loss and its recovery are one incident with its cause, its worst status and both ends", () => {
  const rows = log(
    [10, "up", "connected"],
    [20, "recovering", "exited"],
    [21, "down", "refused"],
    [30, "up", "connected"],
  );
  assert.deepEqual(incidentsOf(rows, true), [
    { id: 2, startedAt: 20, endedAt: 30, worst: "down", cause: "exited", cut: false },
  ]);
});

test("an incident that goes on has no end and stands first", () => {
  const rows = log([1, "down", "first"], [2, "up", "back"], [5, "degraded", "slow"]);
  assert.deepEqual(
    incidentsOf(rows, true).map(({ cause, endedAt }) => [cause, endedAt]),
    [
      ["slow", null],
      ["first", 2],
    ],
  );
});

test("a person's pause ends an incident and is none itself", () => {
  assert.deepEqual(incidentsOf(log([1, "up", "x"], [2, "paused", "isolated"], [3, "up", "released"]), true), []);
  assert.equal(incidentsOf(log([1, "down", "x"], [2, "paused", "isolated"]), true)[0]?.endedAt, 2);
});

test("an incident in which a partial log begins may have begun earlier", () => {
  const rows = log([1, "down", "still gone"], [2, "up", "back"], [3, "down", "again"]);
  assert.deepEqual(
    incidentsOf(rows, false).map(({ cut }) => cut),
    [false, true],
  );
  assert.equal(incidentsOf(rows, true).at(-1)?.cut, false);
});

test("an empty log has no incident", () => assert.deepEqual(incidentsOf([], true), []));
