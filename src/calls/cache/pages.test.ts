import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { holds } from "#lib/holds.fixture.ts";
import { Pages, type Place } from "./pages.ts";

const MIB = 1_048_576;

/** Bytes of this length that are known by their mark, with others before and behind. */
function marked(mark: number, length: number): Buffer {
  const all = Buffer.alloc(length + 20, 0xff);
  for (let at = 0; at < length; at++) all[at + 10] = (mark + at * 7) % 251;
  return all;
}
const content = (mark: number, length: number): Buffer => marked(mark, length).subarray(10, 10 + length);

const step = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("store" as const), length: fc.nat({ max: 300_000 }) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("free" as const), nth: fc.nat({ max: 20 }) }) },
);

test("what is stored is read as it was until it is freed, whatever else comes and goes", () => {
  holds(
    fc.property(fc.constantFrom(512, 4_096), fc.array(step, { maxLength: 40 }), (pageBytes, steps) => {
      const pages = new Pages(pageBytes);
      const stored: { place: Place; mark: number; length: number }[] = [];
      for (const [mark, it] of steps.entries()) {
        if (it.kind === "store") {
          const place = pages.store(marked(mark, it.length), 10, 10 + it.length);
          assert.equal(place.length, Math.ceil(it.length / pageBytes));
          stored.push({ place, mark, length: it.length });
        } else for (const { place } of stored.splice(it.nth % (stored.length + 1), 1)) pages.free(place);
      }
      for (const { place, mark, length } of stored) assert.ok(pages.read(place, length).equals(content(mark, length)));
      const taken = stored.reduce((sum, { place }) => sum + place.length * pageBytes, 0);
      assert.ok(pages.bytes >= taken);
      for (const { place } of stored) pages.free(place);
      assert.ok(pages.bytes <= MIB, "one block is left at most");
    }),
  );
});

test("freed pages are taken again before there is another block", () => {
  const pages = new Pages(4_096);
  const full = Array.from({ length: 3 }, () => pages.store(Buffer.alloc(MIB), 0, MIB));
  assert.equal(pages.bytes, 3 * MIB);
  for (let times = 0; times < 100; times++) {
    pages.free(full[times % 3] as Place);
    full[times % 3] = pages.store(Buffer.alloc(MIB), 0, MIB);
  }
  assert.equal(pages.bytes, 3 * MIB);
});

test("a block of which nothing is taken gives its memory back, and its number goes to the next", () => {
  const pages = new Pages(4_096);
  const full = Array.from({ length: 8 }, () => pages.store(Buffer.alloc(MIB), 0, MIB));
  for (const place of full.slice(0, 7)) pages.free(place);
  assert.equal(pages.bytes, 2 * MIB, "one in use, one in store");
  const again = Array.from({ length: 7 }, () => pages.store(Buffer.alloc(MIB), 0, MIB));
  assert.equal(pages.bytes, 8 * MIB);
  assert.equal(Math.max(...again.flat(), ...(full[7] as Place)), 8 * 256 - 1, "no number beyond those of before");
});

test("what was read is a copy", () => {
  const pages = new Pages(512);
  const place = pages.store(marked(1, 5_000), 10, 5_010);
  const copy = pages.read(place, 5_000);
  pages.free(place);
  pages.store(marked(2, 5_000), 10, 5_010);
  assert.ok(copy.equals(content(1, 5_000)));
});
