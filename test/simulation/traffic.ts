// What do callers ask for? Few keys again and again, now and then one that nobody asks for twice, and writes, more of them at some servers.
import type { CacheRequest } from "../../src/contract/cache.ts";
import type { Dice } from "./random.ts";

export interface Wish {
  readonly tool: string;
  readonly key: string;
  readonly principal: string;
  /** The endpoint of that server, or null for that of all. */
  readonly view: string | null;
  readonly cacheRequest: CacheRequest | undefined;
}

const PRINCIPALS = ["ann", "ann", "ann", "bob", "cay"];
const KEYS = ["often", "often", "often", "seldom"];

export class Traffic {
  readonly #dice: Dice;
  /** By server: the share of calls that write. */
  readonly #writes = new Map<string, number>();
  #count = 0;

  constructor(dice: Dice) {
    this.#dice = dice;
  }

  next(server: string): Wish {
    const dice = this.#dice;
    const tool = dice.chance(this.#writesOf(server)) ? "write" : dice.chance(0.7) ? "read" : "peek";
    const key = dice.chance(0.1) ? `once${++this.#count}` : dice.pick(KEYS);
    const cacheRequest = dice.chance(0.04) ? dice.pick(["bypass", "refresh"] as const) : undefined;
    const view = dice.chance(0.3) ? null : server;
    return { tool, key, principal: dice.pick(PRINCIPALS), view, cacheRequest };
  }

  #writesOf(server: string): number {
    const known = this.#writes.get(server);
    if (known !== undefined) return known;
    const share = this.#dice.stream(`writes ${server}`).pick([0.02, 0.1, 0.5]);
    this.#writes.set(server, share);
    return share;
  }
}
