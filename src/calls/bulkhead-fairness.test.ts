import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { settle } from "#lib/hand-world.ts";
import { cancelled, many, outcomes, stage, type Visit } from "./bulkhead.fixture.ts";

test("a queue that one principal fills makes room for others, up to an equal share", async () => {
  const { visit } = stage({ inFlight: 1, queue: 6 });
  const greedy = many(10_000, () => visit("greedy"));
  const modest = many(4, () => visit("modest"));
  await settle();
  assert.deepEqual(outcomes(modest), ["waiting", "waiting", "waiting", "OVERLOADED"]);
  const left = greedy.filter(({ outcome }) => outcome === "waiting");
  assert.deepEqual(left, greedy.slice(1, 4));
});

test("beside ten thousand calls of another principal, each call is served within twice its place in its own line", async () => {
  const property = fc.asyncProperty(
    fc.integer({ min: 1, max: 8 }),
    fc.array(fc.nat(20), { minLength: 1, maxLength: 20 }),
    async (inFlight, pauses) => {
      const { order, visit } = stage({ inFlight, perPrincipal: inFlight, queue: 128 });
      const greedy = many(10_000, () => visit("greedy"));
      await settle();
      const modest: { visit: Visit; bound: number }[] = [];
      let freed = 0;
      let ended = 0;
      const freeOne = async (): Promise<void> => {
        await order[ended++]?.answer();
        freed++;
      };
      for (const pause of pauses) {
        const ahead = modest.filter(({ visit: { outcome } }) => outcome === "waiting").length;
        modest.push({ visit: visit("modest"), bound: freed + 2 * (ahead + 1) });
        for (let i = 0; i < pause; i++) {
          await freeOne();
          greedy.push(visit("greedy"));
          for (const {
            visit: { outcome },
            bound,
          } of modest)
            if (freed >= bound) assert.notEqual(outcome, "waiting");
        }
      }
      while (modest.some(({ visit: { outcome } }) => outcome === "waiting")) await freeOne();
      for (const {
        visit: { outcome },
      } of modest)
        assert.match(outcome, /running|done/);
    },
  );
  await fc.assert(property, { numRuns: 5 });
});

const step = fc.record({
  verb: fc.constantFrom("arrive", "arrive", "arrive", "answer", "cancel", "wait"),
  who: fc.nat(9),
});

test("whatever happens, every call ends exactly once and every slot comes back", async () => {
  const property = fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
    const { world, visit, load } = stage({ inFlight: 3, perPrincipal: 2, queue: 5 });
    const visits: Visit[] = [];
    for (const { verb, who } of steps) {
      const open = visits.filter(({ outcome }) => outcome === "running" || outcome === "waiting");
      const one = open[who % Math.max(1, open.length)];
      if (verb === "arrive") visits.push(visit(`p${who % 4}`));
      else if (verb === "answer") await one?.answer();
      else if (verb === "cancel") one?.call.control.abort(cancelled());
      else world.advance(who * 300);
      await settle();
      const running = visits.filter(({ outcome }) => outcome === "running").length;
      const waiting = visits.filter(({ outcome }) => outcome === "waiting").length;
      assert.deepEqual(load(), { inFlight: running, queued: waiting });
      assert.ok(running <= 3 && waiting <= 5);
    }
    world.advance(3_000);
    await settle();
    for (const it of visits) await it.answer();
    assert.deepEqual(load(), { inFlight: 0, queued: 0 });
    for (const it of visits) assert.equal(it.ends, 1, it.outcome);
  });
  await fc.assert(property, { numRuns: 300 });
});
