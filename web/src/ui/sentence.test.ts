import assert from "node:assert/strict";
import { test } from "node:test";
import type { Status } from "../../../src/contract/upstream.ts";
import { serverView } from "../fixtures.ts";
import { inPlaces, worstFirst } from "./order.ts";
import { announcement, nextLine, noteOf, pastSituation, situation, titleState } from "./sentence.ts";

const views = (statuses: Record<string, Status>) =>
  Object.entries(statuses).map(([name, status]) => serverView(name, { status }));

const SITUATIONS: readonly [Record<string, Status>, string][] = [
  [{ a: "up", b: "up", c: "up", d: "up" }, "All 4 servers are up."],
  [{ a: "up" }, "The server is up."],
  [
    { github: "recovering", browser: "down", a: "up", b: "up" },
    "browser is down and github is recovering. 2 of 4 servers are up.",
  ],
  [{ a: "down", b: "down", c: "up" }, "a and b are down. 1 of 3 servers is up."],
  [
    { a: "down", b: "recovering", c: "degraded", d: "degraded", e: "unknown", f: "up" },
    "a is down, b is recovering, c is degraded and 2 more are not up. 1 of 6 servers is up.",
  ],
  [{ a: "unknown", b: "unknown" }, "2 servers are starting."],
  [{ a: "unknown", b: "up" }, "a is starting. 1 of 2 servers is up."],
  [{ a: "paused", b: "up", c: "up" }, "2 of 3 servers are up, 1 is paused."],
  [{ a: "paused", b: "paused" }, "All 2 servers are paused."],
];

for (const [statuses, expected] of SITUATIONS)
  test(`the situation reads "${expected}"`, () => assert.equal(situation(views(statuses)), expected));

test("a past moment is told by how many servers were what, worst first", () => {
  const at = (server: string, status: Status) => ({ server, status, reason: null });
  const states = [at("b", "up"), at("a", "unknown"), at("d", "down"), at("c", "up")];
  assert.equal(pastSituation(states), "4 servers: 1 down, 1 unknown, 2 up.");
  assert.equal(pastSituation([]), "No server is known of then.");
  assert.deepEqual(
    worstFirst(states).map(({ server }) => server),
    ["d", "a", "b", "c"],
  );
});

test("a note says the reason, the breaker and what happens next, once each", () => {
  const view = serverView("browser", { circuitState: "open", statusReason: "exited with code 1", nextAttemptAt: 9000 });
  assert.equal(noteOf(view, 1000), "Exited with code 1. Breaker open. Next try in 8 s.");
  const told = { ...view, statusReason: "Breaker open, next try in 8 s" };
  assert.equal(noteOf(told, 1000), "Breaker open, next try in 8 s.");
});

test("a note keeps a server's name as it is written and knows what is wanted from a person", () => {
  assert.equal(noteOf(serverView("github", { statusReason: "github did not answer" }), 0), "github did not answer.");
  assert.equal(
    noteOf(serverView("a", { statusReason: "a could not be reached: it hung. Nothing was sent." }), 0),
    "It hung.",
  );
  assert.equal(noteOf(serverView("a", { statusReason: "auth_required" }), 0), "Credentials needed.");
  assert.equal(noteOf(serverView("a"), 0), "");
});

test("an instant that has passed is due now", () => {
  assert.equal(noteOf(serverView("a", { nextAttemptAt: 5 }), 9000), "Next try in 0 s.");
});

test("only a troubled server has a next line, the worst one", () => {
  assert.equal(nextLine(views({ a: "up" }), 0), null);
  const worst = serverView("b", { status: "down", statusReason: "gone" });
  assert.equal(nextLine([serverView("a", { status: "degraded", statusReason: "slow" }), worst], 0), "b: Gone.");
});

test("the title counts the worst status", () => {
  assert.equal(titleState(views({ a: "down", b: "recovering", c: "down" })), "2 down");
  assert.equal(titleState(views({ a: "up", b: "paused" })), "");
});

test("an announcement names up to three servers and counts more", () => {
  const before = new Map<string, Status>(["a", "b", "c", "d"].map((name) => [name, "up"]));
  const after = (names: string) =>
    new Map<string, Status>([...before].map(([n]) => [n, names.includes(n) ? "down" : "up"]));
  assert.equal(announcement(before, after("")), "");
  assert.equal(announcement(before, after("a")), "a is down.");
  assert.equal(announcement(before, after("ab")), "a is down and b is down.");
  assert.equal(announcement(before, after("abcd")), "4 servers changed.");
  assert.equal(announcement(new Map(), after("a")), "");
});

test("rows stand worst first, and keep their places while frozen", () => {
  const sorted = worstFirst(views({ up: "up", down: "down", slow: "degraded" })).map((view) => view.name);
  assert.deepEqual(sorted, ["down", "slow", "up"]);
  assert.deepEqual(
    inPlaces(sorted, ["up", "slow"], (name) => name),
    ["up", "slow", "down"],
  );
});
