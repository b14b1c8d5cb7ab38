import assert from "node:assert/strict";
import { test } from "node:test";
import type { Status } from "../../../src/contract/upstream.ts";
import { serverTimeline, spansOf } from "../fixtures.ts";
import { clock } from "./format.ts";
import { minuteOf, SLOTS, slotsOf, slotWords, timelineWords } from "./slots.ts";

const HALF_HOUR = 30 * 60_000;
const DAY_START = 1_000 * 48 * HALF_HOUR;
/** A little into the last slot of the day. */
const NOW = DAY_START + 47 * HALF_HOUR + 60_000;
const shown = (spans: ReturnType<typeof spansOf>, present: Status = "up", now = NOW) => slotsOf(spans, present, now);

test("the slots of a day follow each other and stay where they are as time goes on", () => {
  const slots = shown(spansOf([DAY_START, "up"]));
  assert.equal(slots.length, SLOTS);
  assert.equal(slots[0]?.from, DAY_START);
  for (const [index, slot] of slots.entries()) assert.equal(slot.from, DAY_START + index * HALF_HOUR);
  const later = shown(spansOf([DAY_START, "up"]), "up", NOW + 60_000);
  assert.deepEqual(
    later.map(({ from }) => from),
    slots.map(({ from }) => from),
  );
});

test("the worst trouble shows in a slot however short it was, with its reason", () => {
  const fell = DAY_START + 10 * HALF_HOUR + 1_000;
  const spans = spansOf(
    [DAY_START, "up"],
    [fell, "down", "it exited"],
    [fell + 2_000, "recovering"],
    [fell + 3_000, "up"],
  );
  const slots = shown(spans);
  assert.deepEqual(
    slots.flatMap(({ status }, index) => (status === "up" ? [] : [[index, status]])),
    [[10, "down"]],
  );
  const told = slotWords(slots[10] as NonNullable<(typeof slots)[0]>, "a");
  assert.equal(
    told,
    `${minuteOf(fell - 1000)} to ${minuteOf(fell + HALF_HOUR - 1000)}: down 2 s, recovering 1 s, up 29 m 57 s. It exited.`,
  );
});

test("without trouble the longest shows: a short restart of the gateway does not hide that a server was up", () => {
  const gone = DAY_START + 5 * HALF_HOUR + 1_000;
  const slots = shown(spansOf([DAY_START, "up"], [gone, "unknown"], [gone + 60_000, "up"]));
  assert.equal(slots[5]?.status, "up");
  assert.equal(slots[5]?.lengths.get("unknown"), 60_000);
});

test("a little that is known of a slot shows rather than the rest, which is not", () => {
  const slots = shown(spansOf([DAY_START, "unknown"], [NOW - 1_000, "up"]));
  assert.equal(slots.at(-1)?.status, "up");
});

test("what lies before the first span is unknown", () => {
  const slots = shown(spansOf([DAY_START + 47 * HALF_HOUR, "up"]));
  assert.deepEqual([slots[0]?.status, slots[46]?.status, slots[47]?.status], ["unknown", "unknown", "up"]);
  assert.ok(shown([]).every(({ status }) => status === "unknown"));
});

test("what the server is now shows before the timeline tells of it", () => {
  assert.equal(shown(spansOf([DAY_START, "up"]), "down").at(-1)?.status, "down");
  assert.equal(shown(spansOf([DAY_START, "up"], [NOW - 5_000, "down"]), "up").at(-1)?.status, "down");
});

test("the lengths of a slot come to what has passed of it", () => {
  const slots = shown(spansOf([DAY_START + 7_000, "up"], [DAY_START + HALF_HOUR * 3 + 5, "degraded"], [NOW - 7, "up"]));
  for (const { from, lengths } of slots) {
    const passed = Math.min(NOW, from + HALF_HOUR) - from;
    assert.equal(
      [...lengths.values()].reduce((sum, length) => sum + length, 0),
      passed,
    );
  }
});

test("a slot of one status tells it without its length", () => {
  const [slot] = shown(spansOf([DAY_START, "paused", "isolated by a person"]), "paused");
  assert.match(slotWords(slot as NonNullable<typeof slot>, "a"), /: paused\. Isolated by a person\.$/);
});

test("the day is told by its incidents, its downtime and the last of them", () => {
  assert.equal(timelineWords(serverTimeline(), NOW), "Last 24 hours: no incident.");
  const ended = { from: NOW - 9_000, to: NOW - 1_000, cause: "it exited" };
  const two = [ended, { ...ended, from: NOW - 99_000 }];
  assert.equal(
    timelineWords(serverTimeline({ incidents: two, downMs: 90_000 }), NOW),
    `Last 24 hours: 2 incidents, down for 1 m 30 s, the last at ${clock(ended.from, NOW)}.`,
  );
  assert.equal(
    timelineWords(serverTimeline({ incidents: [{ ...ended, to: null }], downMs: 9_000 }), NOW),
    "Last 24 hours: 1 incident, down for 9 s, one goes on now.",
  );
});
