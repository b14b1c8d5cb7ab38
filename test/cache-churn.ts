// What does the Tool Cache cost a process while a million answers come and go? Run as a process of its own with --expose-gc;
// prints one line of JSON. Arguments: how many answers, the smallest and the largest in bytes.

import { Kept } from "../src/calls/cache/kept.ts";
import { cacheKey, keyPrefix } from "../src/calls/cache/key.ts";
import { CACHE_LIMITS } from "../src/contract/cache.ts";
import { scanReply } from "../src/mcp/scan.ts";

const RULE = { ttlMs: 3_600_000, staleWhileRevalidateMs: 0, staleIfErrorMs: 0, scope: "private" as const };
const [puts, smallest, largest] = process.argv.slice(2).map(Number) as [number, number, number];

const limits = { ...CACHE_LIMITS, maxEntries: 1_000_000 };
const kept = new Kept(limits);
/** Answers between two readings. */
const READ_EVERY = Math.floor(puts / 20);
const row = kept.shelf("files").row("read");
const base = {
  kind: "tool",
  server: "files",
  configuration: "c",
  tool: "read",
  definition: "d",
  era: "legacy",
} as const;
const prefix = keyPrefix(base);
const envelope = JSON.stringify({ jsonrpc: "2.0", id: "o2-1", result: { content: [{ type: "text", text: "" }] } });
const replies = Array.from({ length: 200 }, (_, at) => {
  const size = Math.round(smallest * (largest / smallest) ** (at / 199));
  const bytes = Buffer.from(envelope.replace('""', JSON.stringify("x".repeat(size - 43))));
  return { bytes, scan: scanReply(bytes) ?? fail() };
});
function fail(): never {
  throw new Error("the reply is none");
}

function put(at: number): void {
  const key = cacheKey(prefix, { principal: "local", aggregate: false, params: { arguments: { at } } }) as string;
  const reply = replies[(at * 7919) % replies.length] as (typeof replies)[number];
  kept.put(key, { row, owner: null, reply, rule: RULE, hinted: false, storedAt: at, costMs: 1 }, row.stamp);
  // Some go before others need their room.
  if (at % (10 * READ_EVERY) === 5 * READ_EVERY) kept.invalidate({});
}

interface Reading {
  /** Resident bytes of the process. */
  readonly rss: number;
  /** Bytes that are in use on the heap and in buffers, garbage collected. */
  readonly live: number;
}

async function read(): Promise<Reading> {
  for (let times = 0; times < 4; times++) {
    globalThis.gc?.();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const { rss, heapUsed, external } = process.memoryUsage();
  return { rss, live: heapUsed + external };
}

// The code is compiled before the baseline is taken, by answers of which few are kept at once.
kept.bound({ ...kept.limits, maxBytes: 1_048_576 });
for (let at = 0; at < Math.min(puts, 100_000); at++) put(at);
kept.invalidate({});
kept.bound(limits);
const before = await read();
let peakLive = 0;
let peakRss = 0;
let peakUncollected = 0;
let peakBytes = 0;
for (let at = 1; at <= puts; at++) {
  put(at);
  // What was dropped and is not collected yet counts here, and nowhere else.
  if (at % 500 === 0) peakUncollected = Math.max(peakUncollected, process.memoryUsage.rss() - before.rss);
  if (at % READ_EVERY !== READ_EVERY - 1) continue;
  const { rss, live } = await read();
  peakRss = Math.max(peakRss, rss - before.rss);
  peakLive = Math.max(peakLive, live - before.live);
  peakBytes = Math.max(peakBytes, kept.bytes);
}
const { maxBytes } = kept.limits;
const counted = { puts, entries: kept.size, bytes: kept.bytes, maxBytes, peakBytes };
console.log(JSON.stringify({ ...counted, peakLive, peakRss, peakUncollected }));
