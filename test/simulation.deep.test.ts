// Does the gateway keep its promises in thousands of lives in which everything goes wrong? Each seed is ten minutes of ten servers, with
// virtual time, a nemesis and rules judged at every event; and each planted bug must be seen by them.
// SIM_SEED=n tells one life, SIM_SEEDS=n runs so many, SIM_SECONDS=n as many as fit, SIM_FROM=n begins there.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type FleetReport, runFleet } from "./simulation/fleet.ts";
import type { Outcome } from "./simulation/outcome.ts";
import { PLANTED } from "./simulation/planted.ts";
import { storedSeeds, storeSeed } from "./simulation/seed-store.ts";
import { simulate } from "./simulation/simulate.ts";
import { settled, VirtualWorld } from "./simulation/virtual-world.ts";

const REPLAY = "npm run test:deep -- test/simulation.deep.test.ts";
const SECONDS = Number(process.env.SIM_SECONDS ?? 150);
const AT_LEAST = 500;
const FROM = Number(process.env.SIM_FROM ?? 1);
const ONE = process.env.SIM_SEED;
const COUNT = process.env.SIM_SEEDS;
/** So many lives at most until a planted bug is seen. */
const BUG_SEEDS = 200;
const KEPT_FAILURES = 3;
const TIMEOUT_MS = 4 * 60 * 60 * 1000;

const from = (first: number, count: number): number[] => Array.from({ length: count }, (_, n) => first + n);

/** So many lives are told about at a time when many are asked for. */
const PORTION = 1_000;

function portions(): { title: string; many: { seeds: number[]; limitMs?: number } }[] {
  if (COUNT === undefined) {
    const many = { seeds: from(FROM, 1_000_000), limitMs: SECONDS * 1000 };
    return [{ title: "as many other lives as there is time for", many }];
  }
  const firsts = Array.from({ length: Math.ceil(Number(COUNT) / PORTION) }, (_, n) => FROM + n * PORTION);
  return firsts.map((first) => {
    const seeds = from(first, Math.min(PORTION, FROM + Number(COUNT) - first));
    return { title: `the lives ${first} to ${first + seeds.length - 1}`, many: { seeds } };
  });
}

function story({ seed, violation, lines }: Outcome): string {
  const { rule, server, words, at } = violation as NonNullable<Outcome["violation"]>;
  return [
    `seed ${seed} breaks "${rule}" at ${(at / 1000).toFixed(3)} s${server === "" ? "" : ` with ${server}`}: ${words}`,
    ...lines.map((line) => `  ${line}`),
    `  tell it again: SIM_SEED=${seed} ${REPLAY}`,
  ].join("\n");
}

function report({ seeds, calls, simulatedMs, tookMs, cpuMs, ends }: FleetReport): string {
  const hours = (simulatedMs / 3_600_000).toFixed(0);
  const speed = `${Math.round(simulatedMs / tookMs)} x real time (${Math.round(simulatedMs / cpuMs)} x per processor)`;
  const shares = [...ends].sort((a, b) => b[1] - a[1]).map(([how, n]) => `${how} ${((100 * n) / calls).toFixed(1)} %`);
  return `${seeds} seeds, ${hours} simulated hours, ${speed}, ${calls} calls: ${shares.join(", ")}`;
}

function assertKept({ broken }: FleetReport): void {
  const told = broken.slice(0, KEPT_FAILURES);
  for (const outcome of told) storeSeed(outcome);
  const others = broken.slice(KEPT_FAILURES).map(({ seed, violation }) => `seed ${seed} breaks "${violation?.rule}"`);
  assert.equal(broken.length, 0, `${broken.length} lives broke a rule:\n${[...told.map(story), ...others].join("\n")}`);
}

describe("a simulated gateway", { timeout: TIMEOUT_MS }, () => {
  if (ONE !== undefined) {
    it(`tells the life of seed ${ONE}`, async () => {
      const outcome = await simulate(Number(ONE), { traces: true });
      if (outcome.violation !== undefined) assert.fail(story(outcome));
    });
    return;
  }

  it("keeps its promises in every life that has ever broken one", async (t) => {
    const seeds = storedSeeds().map(({ seed }) => seed);
    const told = await runFleet({ seeds });
    t.diagnostic(report(told));
    assertKept(told);
  });

  for (const { title, many } of portions()) {
    it(`keeps its promises in ${title}`, async (t) => {
      const told = await runFleet({ ...many, atLeast: Math.min(AT_LEAST, many.seeds.length) });
      t.diagnostic(report(told));
      assertKept(told);
    });
  }

  for (const bug of PLANTED) {
    it(`sees it when ${bug.title}`, async (t) => {
      const { broken, seeds } = await runFleet({ seeds: from(1, BUG_SEEDS), bug, untilBroken: true });
      const [first] = broken;
      assert.ok(first?.violation !== undefined, `nothing was seen in ${seeds} lives`);
      const { rule, words } = first.violation;
      t.diagnostic(`seen in life ${first.seed} by "${rule}": ${words.split("\n", 1)[0]}`);
      assert.ok(
        bug.caughtBy.includes(rule),
        `seen by "${rule}", not by one of ${bug.caughtBy.join()}:\n${story(first)}`,
      );
    });
  }
});

describe("virtual time", () => {
  it("runs timers in order and lets every promise settle between two of them", async () => {
    const world = new VirtualWorld();
    const seen: string[] = [];
    const after = world.view("part", { roll: () => 0 }).after;
    after(20, () => seen.push("later"));
    const chain = async (): Promise<void> => {
      for (let turn = 0; turn < 100; turn++) await Promise.resolve();
      seen.push("all promises of the first");
    };
    after(10, () => void chain());
    after(10, () => seen.push("the second of the same moment"));
    after(15, () => seen.push("never"))();
    await world.run(100);
    assert.deepEqual(seen, ["all promises of the first", "the second of the same moment", "later"]);
    assert.equal(world.now, 100);
  });

  it("after a stall, runs its own overdue timers before what the network brought", async () => {
    const world = new VirtualWorld();
    const seen: string[] = [];
    world.outside(5, "", () => world.stall(1_000));
    world.outside(10, "", () => seen.push("an answer"));
    world.view("part", { roll: () => 0 }).after(500, () => seen.push("a limit"));
    await world.run(2_000);
    assert.deepEqual(seen, ["a limit", "an answer"]);
    assert.equal(world.stalledMs(0), 1_000);
    assert.equal(world.stalledMs(1_500), 0);
  });

  it("hands the owner of a timer on to timers that are set in its promises", async () => {
    const world = new VirtualWorld();
    const { after } = world.view("part", { roll: () => 0 });
    world.outside(1, "ann", () => void settled().then(() => after(10, () => {})));
    await world.run(5);
    assert.deepEqual(
      world.timersOf(() => true).map(({ owner }) => owner),
      ["ann"],
    );
  });

  it("goes the same way for the same seed, and another way for another", async () => {
    const [first, again, other] = [await simulate(7), await simulate(7), await simulate(8)];
    assert.equal(first.hash, again.hash);
    assert.notEqual(first.hash, other.hash);
  });
});
