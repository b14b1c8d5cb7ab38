import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { CACHE_LIMITS, type CacheRule } from "#contract/cache.ts";
import type { Reply } from "#upstream/transport.ts";
import { OVERHEAD_BYTES } from "./entry.ts";
import { Kept } from "./kept.ts";
import { type Flight, Reference } from "./kept-reference.fixture.ts";
import type { Row, Stamp } from "./shelf.ts";

const SERVERS = ["files", "search"] as const;
const TOOLS = ["read", "list"] as const;
const MAX_ENTRIES = 5;
const MAX_BYTES = 4 * OVERHEAD_BYTES + 500;

interface Place {
  readonly server: (typeof SERVERS)[number];
  readonly tool: (typeof TOOLS)[number];
  readonly which: number;
}
const place = fc.record({
  server: fc.constantFrom(...SERVERS),
  tool: fc.constantFrom(...TOOLS),
  which: fc.nat({ max: 1 }),
});
const keyOf = ({ server, tool, which }: Place): string => `${server} ${tool} ${which}`;

const rule = fc.record({
  ttlMs: fc.nat({ max: 30 }),
  staleWhileRevalidateMs: fc.constantFrom(0, 0, 5, 40),
  staleIfErrorMs: fc.constantFrom(0, 0, 10),
  scope: fc.constant<CacheRule["scope"]>("private"),
});

type Step =
  | { readonly kind: "get"; readonly place: Place }
  | { readonly kind: "ask"; readonly place: Place }
  | { readonly kind: "land"; readonly nth: number; readonly bytes: number; readonly rule: CacheRule }
  | {
      readonly kind: "invalidate";
      readonly server: Place["server"] | undefined;
      readonly tool: Place["tool"] | undefined;
    }
  | { readonly kind: "write" | "unsettle" | "forget"; readonly place: Place }
  | { readonly kind: "pass"; readonly ms: number }
  | { readonly kind: "sweep" }
  | { readonly kind: "shrink" };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant<"get">("get"), place }) },
  { weight: 8, arbitrary: fc.record({ kind: fc.constant<"ask">("ask"), place }) },
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant<"land">("land"),
      nth: fc.nat({ max: 3 }),
      bytes: fc.nat({ max: 1500 }),
      rule,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant<"invalidate">("invalidate"),
      server: fc.option(fc.constantFrom(...SERVERS), { nil: undefined }),
      tool: fc.option(fc.constantFrom(...TOOLS), { nil: undefined }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constantFrom<"write" | "unsettle" | "forget">("write", "unsettle", "forget"),
      place,
    }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant<"pass">("pass"), ms: fc.nat({ max: 20 }) }) },
  { weight: 1, arbitrary: fc.constantFrom<Step>({ kind: "sweep" }, { kind: "shrink" }) },
);

/** An answer that is known by its bytes, all of them. */
const replyOf = (mark: number, bytes: number): Reply => {
  const all = Buffer.alloc(bytes + 4, mark % 251);
  all.writeUInt32LE(mark);
  const scan = {
    id: null,
    kind: "result" as const,
    start: 0,
    end: all.length,
    metaEnd: -1,
    isError: false,
    resultType: null,
  };
  return { bytes: all, scan };
};

interface Pending {
  readonly place: Place;
  readonly row: Row;
  readonly stamp: Stamp;
  readonly flight: Flight;
}

class Twins {
  readonly kept = new Kept({ ...CACHE_LIMITS, maxEntries: MAX_ENTRIES, maxBytes: MAX_BYTES });
  readonly model = new Reference(MAX_ENTRIES, MAX_BYTES);
  now = 0;
  #marks = 0;
  #pending: Pending[] = [];

  run(it: Step): void {
    if (it.kind === "get") this.#get(it.place);
    else if (it.kind === "ask") this.#ask(it.place);
    else if (it.kind === "land") this.#land(it);
    else if (it.kind === "invalidate") assert.equal(this.kept.invalidate(it), this.model.drop(it.server, it.tool));
    else if (it.kind === "pass") this.now += it.ms;
    else if (it.kind === "sweep") this.#sweep();
    else if (it.kind === "shrink") this.#shrink();
    else this.#change(it);
    this.#compare();
  }

  #get(at: Place): void {
    const found = this.kept.get(keyOf(at), this.now)?.held.reply.bytes;
    const held = this.model.get(keyOf(at), this.now);
    assert.equal(found?.readUInt32LE(), held?.mark);
    if (held !== undefined) assert.ok(found?.equals(replyOf(held.mark, held.bytes - 4).bytes));
  }

  #ask(at: Place): void {
    const row = this.kept.shelf(at.server).row(at.tool);
    const flight: Flight = { server: at.server, tool: at.tool, askedAt: this.now, spoiled: false };
    this.model.flights.push(flight);
    this.#pending.push({ place: at, row, stamp: row.stamp, flight });
  }

  #land({ nth, bytes, rule: by }: Extract<Step, { kind: "land" }>): void {
    const [pending] = this.#pending.splice(nth, 1);
    if (pending === undefined) return;
    const { row, stamp, flight, place: at } = pending;
    const mark = ++this.#marks;
    const reply = replyOf(mark, bytes);
    const { now } = this;
    const fields = { row, owner: null, reply, rule: by, hinted: false, storedAt: now, costMs: now - flight.askedAt };
    const until = now + by.ttlMs + Math.max(by.staleWhileRevalidateMs, by.staleIfErrorMs);
    const { askedAt } = flight;
    const held = { key: keyOf(at), server: at.server, tool: at.tool, bytes: reply.bytes.length, mark, askedAt, until };
    assert.equal(this.kept.put(held.key, fields, stamp), this.model.land(flight, held));
  }

  #change({ kind, place: { server, tool } }: Extract<Step, { kind: "write" | "unsettle" | "forget" }>): void {
    if (kind === "write") assert.equal(this.kept.overtake(this.kept.shelf(server).row(tool)), this.model.drop(server));
    else if (kind === "unsettle") {
      this.kept.shelf(server).unsettledUntil = this.now + 15;
      this.model.unsettledUntil.set(server, this.now + 15);
    } else {
      assert.equal(this.kept.forget(server), this.model.drop(server));
      this.model.unsettledUntil.delete(server);
    }
  }

  #shrink(): void {
    this.kept.shrink();
    this.model.shrink();
  }

  #sweep(): void {
    for (const _ of this.kept.sweep(() => this.now));
    this.model.sweep(this.now);
  }

  #compare(): void {
    const { kept, model } = this;
    const { entries, bytes, evictions, expirations, invalidations } = kept.counts.snapshot();
    assert.deepEqual(
      { size: kept.size, entries, bytes, evictions, expirations, invalidations },
      {
        size: model.list.length,
        entries: model.list.length,
        bytes: model.bytes,
        evictions: model.evictions,
        expirations: model.expirations,
        invalidations: model.invalidations,
      },
    );
    assert.ok(bytes <= MAX_BYTES && entries <= MAX_ENTRIES);
    for (const shelf of kept.shelves()) {
      const own = model.list.filter(({ server }) => server === shelf.server);
      assert.equal(shelf.counts.entries, own.length);
      for (const row of shelf.rows.values()) {
        assert.equal(row.entries.size, own.filter(({ tool }) => tool === row.tool).length);
        assert.equal(row.counts.entries, row.entries.size);
      }
    }
  }
}

test("what is kept agrees with a plain list after every step of 10,000 random stories", () => {
  const seen = { steps: 0, evictions: 0, expirations: 0, invalidations: 0 };
  void fc.assert(
    fc.property(fc.array(step, { minLength: 30, maxLength: 90 }), (steps) => {
      const twins = new Twins();
      for (const it of steps) twins.run(it);
      seen.steps += steps.length;
      seen.evictions += twins.model.evictions;
      seen.expirations += twins.model.expirations;
      seen.invalidations += twins.model.invalidations;
    }),
    { numRuns: 10_000 },
  );
  for (const [what, times] of Object.entries(seen)) assert.ok(times > 1_000, `only ${times} ${what}`);
});
