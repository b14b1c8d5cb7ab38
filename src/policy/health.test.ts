import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { CIRCUIT_STATES, HEALTHS, LINKS, STATUSES } from "#contract/upstream.ts";
import { holds } from "#lib/holds.fixture.ts";
import { failsOf, type HealthState, type Observation, observe, type StatusFacts, statusOf, UNKNOWN } from "./health.ts";

const OBSERVATIONS: readonly Observation[] = ["pass", "fail", "connected", "lost"];
const after = (...seen: Observation[]): HealthState => seen.reduce((state, each) => observe(state, each), UNKNOWN);

const CASES: [seen: Observation[], health: HealthState["health"], fails: number][] = [
  [[], "unknown", 0],
  [["pass"], "healthy", 0],
  [["connected"], "healthy", 0],
  [["fail"], "unhealthy", 1],
  [["lost"], "unhealthy", 1],
  [["pass", "fail"], "degraded", 1],
  [["pass", "fail", "fail"], "degraded", 2],
  [["pass", "fail", "fail", "fail"], "unhealthy", 3],
  [["pass", "fail", "fail", "pass"], "healthy", 0],
  [["pass", "fail", "pass", "fail"], "degraded", 1],
  [["pass", "lost"], "unhealthy", 1],
  [["lost", "pass"], "unhealthy", 1],
  [["lost", "pass", "pass"], "healthy", 0],
  [["lost", "pass", "fail", "pass"], "unhealthy", 2],
  [["lost", "connected"], "healthy", 0],
  [["pass", "fail", "lost"], "unhealthy", 2],
];
for (const [seen, health, fails] of CASES) {
  test(`after ${seen.join(", ") || "nothing"} it is ${health} with ${fails} failures in a row`, () => {
    const state = after(...seen);
    assert.deepEqual([state.health, failsOf(state)], [health, fails]);
  });
}

test("thresholds are counted in a row, whatever was seen before", () => {
  const history = fc.array(fc.constantFrom(...OBSERVATIONS));
  const thresholds = fc.record({ fall: fc.integer({ min: 1, max: 9 }), rise: fc.integer({ min: 1, max: 9 }) });
  holds(
    fc.property(history, thresholds, (seen, limits) => {
      const see = (state: HealthState, what: Observation): HealthState => observe(state, what, limits);
      const past = seen.reduce(see, UNKNOWN);
      const times = (what: Observation, count: number): HealthState =>
        Array<Observation>(count).fill(what).reduce(see, past);
      assert.equal(times("fail", limits.fall).health, "unhealthy");
      assert.equal(times("pass", limits.rise).health, "healthy");
      assert.equal(see(past, "connected").health, "healthy");
      assert.equal(see(past, "lost").health, "unhealthy");
      assert.notEqual(see(past, "fail").health, "healthy");
      assert.equal(failsOf(see(past, "fail")), failsOf(past) + 1);
    }),
  );
});

const WELL: StatusFacts = {
  enabled: true,
  breaker: "closed",
  link: "connected",
  health: "healthy",
  authRequired: false,
};
const STATUS: [title: string, facts: Partial<StatusFacts>, status: (typeof STATUSES)[number]][] = [
  ["all is well", {}, "up"],
  ["disabled wins over everything", { enabled: false, breaker: "open", health: "unhealthy" }, "paused"],
  ["isolated by a person", { breaker: "isolated", health: "unhealthy" }, "paused"],
  ["never observed", { health: "unknown", link: "connecting" }, "unknown"],
  ["the breaker is open", { breaker: "open" }, "down"],
  ["credentials are refused", { authRequired: true, link: "connecting", health: "unhealthy" }, "down"],
  ["connecting again", { link: "connecting", health: "unhealthy" }, "recovering"],
  ["the breaker tries again", { breaker: "half_open", health: "unhealthy" }, "recovering"],
  ["unhealthy on a live link", { health: "unhealthy" }, "down"],
  ["no link", { link: "closed", health: "unhealthy" }, "down"],
  ["no link yet health is good", { link: "closed" }, "down"],
  ["some failures", { health: "degraded" }, "degraded"],
];
for (const [title, facts, status] of STATUS) {
  test(`${title}: ${status}`, () => assert.equal(statusOf({ ...WELL, ...facts }), status));
}

test("up needs everything to be well", () => {
  const facts = fc.record({
    enabled: fc.boolean(),
    breaker: fc.constantFrom(...CIRCUIT_STATES),
    link: fc.constantFrom(...LINKS),
    health: fc.constantFrom(...HEALTHS),
    authRequired: fc.boolean(),
  });
  holds(
    fc.property(facts, (given) => {
      const status = statusOf(given);
      assert.ok(STATUSES.includes(status));
      assert.equal(status === "up", JSON.stringify(given) === JSON.stringify({ ...given, ...WELL }));
    }),
  );
});
