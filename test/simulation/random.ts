// Where does a simulation's chance come from? One seed, split into streams, so that one part's dice do not move another's.

export interface Dice {
  /** Uniform in [0, 1). */
  roll(): number;
  /** Uniform in [low, high). */
  between(low: number, high: number): number;
  /** An integer in [0, count). */
  below(count: number): number;
  chance(probability: number): boolean;
  pick<T>(items: readonly T[]): T;
  /** Waiting time of a Poisson process: exponential with this mean. */
  wait(mean: number): number;
  /** The items in another order. */
  shuffle<T>(items: readonly T[]): T[];
  /** An independent stream; equal names give equal streams. */
  stream(name: string): Dice;
}

/** FNV-1a over the characters, 32 bits. */
export function hashText(text: string, from = 0x811c9dc5): number {
  let hash = from;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return hash >>> 0;
}

/** sfc32, seeded by a number and a stream's name. */
export function createDice(seed: number, name = ""): Dice {
  let a = hashText(name) | 0;
  let b = seed | 0;
  let c = Math.floor(seed / 2 ** 32) | 0;
  let count = 1;
  const roll = (): number => {
    const sum = (((a + b) | 0) + count) | 0;
    count = (count + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return (sum >>> 0) / 4294967296;
  };
  for (let warm = 0; warm < 15; warm++) roll();
  const below = (limit: number): number => Math.floor(roll() * limit);
  return {
    roll,
    below,
    between: (low, high) => low + roll() * (high - low),
    chance: (probability) => roll() < probability,
    pick: (items) => items[below(items.length)] as (typeof items)[number],
    wait: (mean) => -Math.log(1 - roll()) * mean,
    shuffle(items) {
      const all = items.slice();
      for (let at = all.length - 1; at > 0; at--) {
        const other = below(at + 1);
        [all[at], all[other]] = [all[other] as (typeof all)[number], all[at] as (typeof all)[number]];
      }
      return all;
    },
    stream: (part) => createDice(seed, `${name}/${part}`),
  };
}
