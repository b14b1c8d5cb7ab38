import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { holds } from "#lib/holds.fixture.ts";
import { BLOCK_BYTES, Pages, type Place } from "./pages.ts";

/** Bytes of this length that are known by their mark, with others before and behind. */
function marked(mark: number, length: number): Buffer {
  const all = Buffer.alloc(length + 20, 0xff);
  for (let at = 0; at < length; at++) all[at + 10] = (mark + at * 7) % 251;
  return all;
}
const content = (mark: number, length: number): Buffer => marked(mark, length).subarray(10, 10 + length);

interface Stored {
  readonly place: Place;
  readonly mark: number;
  readonly length: number;
}

class Stage {
  readonly pages: Pages;
  stored: Stored[] = [];
  #marks = 0;

  constructor(pageBytes: number) {
    this.pages = new Pages(pageBytes);
  }

  store(length: number): void {
    const mark = ++this.#marks;
    const place = this.pages.store(marked(mark, length), 10, 10 + length);
    assert.equal(place.length, Math.ceil(length / this.pages.pageBytes));
    this.stored.push({ place, mark, length });
  }

  free(isMeant: (at: number) => boolean): void {
    for (const { place } of this.stored.filter((_, at) => isMeant(at))) this.pages.free(place);
    this.stored = this.stored.filter((_, at) => !isMeant(at));
  }

  check(): void {
    const { pages, stored } = this;
    for (const { place, mark, length } of stored) assert.ok(pages.read(place, length).equals(content(mark, length)));
    const taken = stored.reduce((sum, { place }) => sum + place.length * pages.pageBytes, 0);
    assert.ok(pages.bytes >= taken && pages.bytes < taken + 2 * BLOCK_BYTES, `${pages.bytes} bytes for ${taken}`);
  }
}

const step = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("store" as const), length: fc.nat({ max: 60_000 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("store" as const), length: fc.nat({ max: 700_000 }) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("free" as const), nth: fc.nat({ max: 20 }) }) },
);

test("what is stored is read as it was until it is freed, whatever comes, goes and is moved meanwhile", () => {
  holds(
    fc.property(fc.constantFrom(512, 4_096), fc.array(step, { maxLength: 60 }), (pageBytes, steps) => {
      const stage = new Stage(pageBytes);
      for (const it of steps) {
        if (it.kind === "store") stage.store(it.length);
        else stage.free((at) => at === it.nth % (stage.stored.length + 1));
      }
      stage.check();
      stage.free(() => true);
      stage.check();
    }),
  );
});

test("few that stay of many do not hold the memory of all", () => {
  for (const pageBytes of [512, 4_096]) {
    const stage = new Stage(pageBytes);
    for (let times = 0; times < 2_000; times++) stage.store(5_000 + (times % 7) * 300);
    stage.check();
    stage.free((at) => at % 20 !== 0);
    assert.equal(stage.stored.length, 100);
    stage.check();
    for (let times = 0; times < 300; times++) stage.store(3_000);
    stage.check();
  }
});

test("what comes and goes takes no further block", () => {
  const stage = new Stage(4_096);
  for (let times = 0; times < 6; times++) stage.store(BLOCK_BYTES);
  const { bytes } = stage.pages;
  for (let times = 0; times < 100; times++) {
    stage.free((at) => at === times % 6);
    stage.store(BLOCK_BYTES);
    assert.equal(stage.pages.bytes, bytes);
  }
  stage.check();
});

test("the number of a block that was given up goes to the next", () => {
  const stage = new Stage(4_096);
  for (let times = 0; times < 50; times++) {
    for (let more = 0; more < 8; more++) stage.store(BLOCK_BYTES);
    stage.free((at) => at !== times % 8);
    stage.free(() => true);
  }
  for (let more = 0; more < 8; more++) stage.store(BLOCK_BYTES);
  const perBlock = BLOCK_BYTES / 4_096;
  assert.ok(Math.max(...stage.stored.flatMap(({ place }) => place)) < 9 * perBlock);
});

test("what was read is a copy", () => {
  const pages = new Pages(512);
  const place = pages.store(marked(1, 5_000), 10, 5_010);
  const copy = pages.read(place, 5_000);
  pages.free(place);
  pages.store(marked(2, 5_000), 10, 5_010);
  assert.ok(copy.equals(content(1, 5_000)));
});
