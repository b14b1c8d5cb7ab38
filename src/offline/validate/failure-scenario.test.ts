import assert from "node:assert/strict";
import { test } from "node:test";
import type { Frame } from "#contract/event.ts";
import { serverView } from "#contract/sample-view.ts";
import type { SectionPlan } from "./check.ts";
import { failureScenario } from "./failure-scenario.ts";
import type { Round } from "./round.ts";

/** A round whose live feed told these frames. */
const heard = (frames: readonly Frame[], garbage: readonly string[] = []): SectionPlan =>
  failureScenario({
    feed: { frames, garbage, until: async () => {}, close() {} },
    name: (actor) => `v-${actor}`,
  } as Partial<Round> as Round);

const look = ({ steps }: SectionPlan, name: string) =>
  Promise.resolve().then(() => steps.find((it) => it.name === name)?.look());

const change = (name: string, place: { seq: number; prev: number }): Frame => ({
  type: "mcp_status_change",
  ts: 1,
  ...place,
  data: {
    name,
    old_status: "up",
    new_status: "down",
    reason: "a test",
    severity: "critical",
    server: serverView(name, { status: "down" }),
  },
});

const WHOLE = [
  change("a", { seq: 4, prev: 2 }),
  change("b", { seq: 5, prev: 4 }),
  // What this view may not see, or what was conflated, is covered.
  change("a", { seq: 9, prev: 5 }),
];

test("numbers that are covered are no gap", async () => {
  assert.equal(await look(heard(WHOLE), "no frame is missing"), "2 events, numbered without a gap");
});

test("a number that was left out, or one that does not grow, is told with its frame", async () => {
  const left = heard([...WHOLE, change("b", { seq: 12, prev: 11 })]);
  await assert.rejects(
    look(left, "no frame is missing"),
    /^Error: expected a number after 9, saw mcp_status_change b down with number 12 after 11$/,
  );
  await assert.rejects(
    look(heard([...WHOLE, change("b", { seq: 9, prev: 9 })]), "no frame is missing"),
    /with number 9/,
  );
});

test("what is no frame of the published schema is told", async () => {
  await assert.rejects(look(heard(WHOLE, ["{}"]), "no frame is missing"), /not as published \[\], saw \["\{\}"\]/);
});

test("a change of the healthy server is told", async () => {
  const name = "the healthy server noticed nothing";
  assert.equal(await look(heard(WHOLE), name), "no change");
  await assert.rejects(look(heard([change("v-healthy", { seq: 1, prev: 0 })]), name), /saw \["status down"\]/);
});
