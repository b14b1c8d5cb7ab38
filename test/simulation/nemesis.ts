// Who makes trouble? A seeded nemesis that strikes servers, clocks and the process itself until its time is over; then it heals all.

import { type FakeServer, NONE, type Trouble } from "./fake-server.ts";
import type { Dice } from "./random.ts";
import type { VirtualWorld } from "./virtual-world.ts";
import type { Watch } from "./watch.ts";

export interface NemesisParts {
  readonly world: VirtualWorld;
  readonly dice: Dice;
  readonly watch: Watch;
  readonly servers: () => readonly FakeServer[];
  /** Many calls to one server at once. */
  readonly burst: (server: string, count: number) => void;
}

const SELF = "";
const DAY_MS = 86_400_000;

export class Nemesis {
  readonly #parts: NemesisParts;
  /** Mean milliseconds between strikes. */
  readonly #gapMs: number;
  readonly #endsAt: number;

  constructor(parts: NemesisParts, endsAt: number) {
    this.#parts = parts;
    this.#gapMs = parts.dice.pick([4_000, 8_000, 15_000, 30_000]);
    this.#endsAt = endsAt;
  }

  start(): void {
    this.#parts.world.outside(this.#endsAt - this.#parts.world.now, SELF, () => this.#healAll());
    this.#next();
  }

  #next(): void {
    const { world, dice } = this.#parts;
    world.outside(dice.wait(this.#gapMs), SELF, () => {
      if (world.now >= this.#endsAt) return;
      this.#strike();
      this.#next();
    });
  }

  #strike(): void {
    const { dice } = this.#parts;
    const strikes: readonly (readonly [number, () => void])[] = [
      [30, () => this.#trouble(this.#victim(), this.#anyTrouble(), dice.between(500, 60_000))],
      [10, () => this.#told("crashes", this.#victim()).crash()],
      [8, () => this.#flap(this.#victim())],
      [6, () => this.#swizzle()],
      [4, () => this.#allAtOnce()],
      [5, () => this.#told("forgets its sessions", this.#victim()).forgetSessions()],
      [6, () => this.#stallSoon(dice.pick([200, 800, 2_500, 6_000]) * dice.between(0.9, 1.3))],
      [6, () => this.#stepClock(dice.pick([1_000, 60_000, 3_600_000, DAY_MS]) * dice.pick([-1, 1]))],
      [5, () => this.#storm(this.#victim())],
      [5, () => this.#burst(this.#victim())],
    ];
    let at = dice.roll() * strikes.reduce((sum, [weight]) => sum + weight, 0);
    for (const [weight, strike] of strikes) {
      at -= weight;
      if (at < 0) return strike();
    }
  }

  #anyTrouble(): Trouble {
    const { dice } = this.#parts;
    const ratio = dice.pick([0.2, 0.6, 1]);
    switch (dice.below(7)) {
      case 0:
        return { kind: "down", silent: dice.chance(0.3) };
      case 1:
      case 2:
        return { kind: "hung", resumes: dice.chance(0.5), works: dice.chance(0.3) };
      case 3:
        return { kind: "slow", ms: dice.pick([300, 2_000, 8_000]) };
      case 4:
        return { kind: "erring", form: dice.pick(["status", "garbage", "rpc"]), ratio };
      case 5:
        return { kind: "dropping", ratio };
      default:
        return { kind: "refusing", why: dice.pick(["auth", "throttled"]) };
    }
  }

  #trouble(server: FakeServer, trouble: Trouble, ms: number): void {
    this.#parts.watch.note("trouble", server.name, describe(trouble));
    server.suffer(trouble);
    this.#parts.world.outside(ms, server.name, () => {
      if (server.trouble === trouble) this.#heal(server);
    });
  }

  #heal(server: FakeServer): void {
    this.#parts.watch.note("trouble", server.name, "none");
    server.suffer(NONE);
  }

  #healAll(): void {
    for (const server of this.#parts.servers()) {
      server.frailty = 0;
      if (server.trouble.kind !== "none") this.#heal(server);
    }
  }

  /** Down and up again, several times. */
  #flap(server: FakeServer): void {
    const { dice, world } = this.#parts;
    const periodMs = dice.between(300, 6_000);
    const times = 2 + dice.below(8);
    for (let time = 0; time < times; time++) {
      world.outside(time * periodMs, server.name, () => {
        if (world.now < this.#endsAt) this.#trouble(server, { kind: "down", silent: false }, periodMs / 2);
      });
    }
  }

  /** A random subset stops one by one and is released in another order. */
  #swizzle(): void {
    const { dice, world, servers } = this.#parts;
    const chosen = dice.shuffle(servers()).slice(0, 2 + dice.below(servers().length - 1));
    const stepMs = dice.between(100, 3_000);
    const trouble: Trouble = dice.chance(0.5)
      ? { kind: "hung", resumes: true, works: false }
      : { kind: "down", silent: false };
    const order = dice.shuffle(chosen);
    for (const [place, server] of chosen.entries()) {
      const ms = (chosen.length - place + order.indexOf(server)) * stepMs + 1_000;
      world.outside(place * stepMs, server.name, () => {
        if (world.now < this.#endsAt) this.#trouble(server, { ...trouble }, ms);
      });
    }
  }

  #allAtOnce(): void {
    const { dice, servers } = this.#parts;
    const ms = dice.between(200, 40_000);
    for (const server of servers()) this.#trouble(server, { kind: "down", silent: false }, ms);
  }

  /** Now, or while the next probe is out: the worst moment. */
  #stallSoon(ms: number): void {
    const { dice, watch, world } = this.#parts;
    if (dice.chance(0.5)) return this.#stall(ms);
    watch.onProbe = () => world.outside(0, SELF, () => world.now < this.#endsAt && this.#stall(ms));
  }

  #stall(ms: number): void {
    this.#parts.watch.note("stall", SELF, Math.round(ms));
    this.#parts.world.stall(ms);
  }

  #stepClock(ms: number): void {
    this.#parts.watch.note("clock step", SELF, ms);
    this.#parts.world.stepWallClock(ms);
  }

  /** News that mean nothing: changed lists and doubts, many at once. */
  #storm(server: FakeServer): void {
    const { dice } = this.#parts;
    this.#told("storm", server).revision++;
    const news = 1 + dice.below(200);
    for (const link of server.links) {
      for (let time = 0; time < news; time++) dice.chance(0.5) ? link.listsChanged() : link.doubt();
    }
  }

  #burst(server: FakeServer): void {
    this.#told("burst", server).disturb();
    this.#parts.burst(server.name, 5 + this.#parts.dice.below(60));
  }

  #victim(): FakeServer {
    return this.#parts.dice.pick(this.#parts.servers());
  }

  #told(what: string, server: FakeServer): FakeServer {
    this.#parts.watch.note(what, server.name);
    return server;
  }
}

const describe = (trouble: Trouble): string =>
  Object.entries(trouble)
    .map(([key, value]) => (key === "kind" ? value : `${key}=${value}`))
    .join(" ");
