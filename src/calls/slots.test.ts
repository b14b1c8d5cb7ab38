import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { holds } from "#lib/holds.fixture.ts";
import { type Party, type SlotLimits, Slots } from "./slots.ts";

interface Ticket {
  readonly party: Party<Ticket>;
  readonly nr: number;
}

const limits = (inFlight: number, perPrincipal = inFlight): SlotLimits => ({ inFlight, perPrincipal });

function stage() {
  const slots = new Slots<Ticket>();
  let count = 0;
  const join = (principal: string): Ticket => {
    const ticket = { party: slots.party(principal), nr: ++count };
    slots.join(ticket);
    return ticket;
  };
  return { slots, join };
}

test("slots are given until all are taken, or until one principal has its share", () => {
  const { slots } = stage();
  const [ann, bob] = [slots.party("ann"), slots.party("bob")];
  const took = [ann, ann, ann, bob, bob].map((party) => slots.take(party, limits(3, 2)));
  assert.deepEqual(took, [true, true, false, true, false]);
  slots.leave(ann);
  assert.equal(slots.take(bob, limits(3, 2)), true);
  assert.deepEqual([slots.running, ann.running, bob.running], [3, 1, 2]);
});

test("a call never passes another of the same principal", () => {
  const { slots, join } = stage();
  join("ann");
  assert.equal(slots.take(slots.party("ann"), limits(5)), false);
  assert.equal(slots.take(slots.party("bob"), limits(5)), true);
});

test("principals are served in turn, each line in its order", () => {
  const { slots, join } = stage();
  for (const principal of ["ann", "ann", "ann", "bob", "bob", "eve"]) join(principal);
  const served: string[] = [];
  for (let next = slots.next(limits(9)); next !== undefined; next = slots.next(limits(9)))
    served.push(`${next.party.principal} ${next.nr}`);
  assert.deepEqual(served, ["ann 1", "bob 4", "eve 6", "ann 2", "bob 5", "ann 3"]);
  assert.deepEqual([slots.queued, slots.running], [0, 6]);
});

test("who is at the own limit keeps the turn and lets others pass", () => {
  const { slots, join } = stage();
  for (const principal of ["ann", "ann", "bob", "bob"]) join(principal);
  const ann = slots.party("ann");
  slots.take(slots.party("eve"), limits(9, 1));
  const names = () => slots.next(limits(9, 1))?.party.principal;
  assert.deepEqual([names(), names(), names()], ["ann", "bob", undefined]);
  slots.leave(ann);
  assert.deepEqual([names(), names()], ["ann", undefined]);
});

test("a newcomer has the better claim only to the newest place of a line longer than its own would be", () => {
  const { slots, join } = stage();
  for (let i = 0; i < 3; i++) join("ann");
  const bob = slots.party("bob");
  assert.equal(slots.spare(slots.party("ann")), undefined);
  assert.equal(slots.spare(bob)?.nr, 3);
  join("bob");
  assert.equal(slots.spare(bob)?.nr, 3);
  join("bob");
  assert.equal(slots.spare(bob), undefined);
});

test("principals who have no call here are forgotten, and those who have one are not", () => {
  const { slots, join } = stage();
  const runs = slots.party("runs");
  const waits = join("waits").party;
  slots.take(runs, limits(9));
  const idle = slots.party("idle");
  for (let i = 0; i < 1_000; i++) slots.party(`passer-by ${i}`);
  assert.equal(slots.party("runs"), runs);
  assert.equal(slots.party("waits"), waits);
  assert.notEqual(slots.party("idle"), idle);
});

const step = fc.record({
  verb: fc.constantFrom("arrive", "arrive", "leave", "quit"),
  who: fc.nat(4),
  limits: fc.record({ inFlight: fc.nat(4), perPrincipal: fc.nat(3) }),
});

test("whatever comes, goes and gives up, the counts are right and no slot stays free that somebody waits for", () => {
  holds(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const { slots, join } = stage();
      const running: Party<Ticket>[] = [];
      const waiting: Ticket[] = [];
      for (const { verb, who, limits: now } of steps) {
        if (verb === "arrive") {
          const party = slots.party(`p${who}`);
          if (slots.take(party, now)) running.push(party);
          else waiting.push(join(`p${who}`));
        } else if (verb === "leave") {
          const [left] = running.splice(who % Math.max(1, running.length), 1);
          if (left !== undefined) slots.leave(left);
        } else {
          const [quits] = waiting.splice(who % Math.max(1, waiting.length), 1);
          if (quits !== undefined) slots.quit(quits);
        }
        for (let next = slots.next(now); next !== undefined; next = slots.next(now)) {
          waiting.splice(waiting.indexOf(next), 1);
          running.push(next.party);
        }
        assert.deepEqual([slots.running, slots.queued], [running.length, waiting.length]);
        for (const { party } of waiting)
          assert.ok(slots.running >= now.inFlight || party.running >= now.perPrincipal, "a slot is free");
      }
    }),
  );
});
