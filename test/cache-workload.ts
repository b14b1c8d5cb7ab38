// On what do the cache's workloads run? Published servers with a counter in front, and chance that can be had again.
import { join } from "node:path";
import { bin } from "./clients/command-line.ts";
import { upstreamFile } from "./upstreams/start.ts";

/** A published server and the file in which its calls are counted. */
export const countedEntry = (folder: string, name: string, published: { script: string; args?: string[] }) => ({
  command: process.execPath,
  args: [upstreamFile("counting.ts"), counterOf(folder, name), bin(published.script), ...(published.args ?? [])],
});

export const counterOf = (folder: string, name: string): string => join(folder, `${name}.calls`);

export type Random = () => number;

/** Numbers from 0 to below 1, the same ones for the same seed (mulberry32). */
export function randomFrom(seed: number): Random {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Draws 0 to `keys - 1`, the n-th of them 1/n times as often as the first. */
export function zipf(keys: number, random: Random): () => number {
  const sums: number[] = [];
  for (let rank = 1; rank <= keys; rank++) sums.push((sums.at(-1) ?? 0) + 1 / rank);
  const total = sums.at(-1) as number;
  return () => {
    const drawn = random() * total;
    return sums.findIndex((sum) => drawn < sum);
  };
}
