// Who guesses too often? Ten wrong credentials a minute per address, then a pause that doubles while guessing goes on.
import type { World } from "#lib/world.ts";

export const ATTEMPT_LIMITS = {
  perMinute: 10,
  firstPauseMs: 30_000,
  maxPauseMs: 15 * 60_000,
  forgetMs: 60 * 60_000,
  maxAddresses: 10_000,
} as const;

interface Tally {
  windowStart: number;
  wrong: number;
  pauses: number;
  pausedUntil: number;
}

export interface Attempts {
  /** Milliseconds until this address may try again; 0 when it may now. */
  pausedMs(address: string): number;
  wrong(address: string): void;
  right(address: string): void;
}

/** One IPv6 customer owns a whole /64, so that is what is counted; IPv4 in IPv6 counts as IPv4. */
export function attemptKey(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined || !address.includes(":")) return mapped ?? address;
  const [head = "", tail] = address.split("::", 2);
  const groups = head.split(":").filter((group) => group !== "");
  if (tail === undefined) return groups.slice(0, 4).join(":");
  const last = tail.split(":").filter((group) => group !== "");
  const zeros = Array<string>(Math.max(0, 8 - groups.length - last.length)).fill("0");
  return [...groups, ...zeros, ...last].slice(0, 4).join(":");
}

/** Counts wrong credentials per address, in bounded memory. */
export function createAttempts(world: World): Attempts {
  const tallies = new Map<string, Tally>();

  const tallyOf = (key: string): Tally => {
    const now = world.now();
    const known = tallies.get(key);
    if (known !== undefined && now - known.windowStart < ATTEMPT_LIMITS.forgetMs) return known;
    const oldest = tallies.size >= ATTEMPT_LIMITS.maxAddresses ? tallies.keys().next().value : undefined;
    if (oldest !== undefined) tallies.delete(oldest);
    const fresh: Tally = { windowStart: now, wrong: 0, pauses: 0, pausedUntil: 0 };
    tallies.set(key, fresh);
    return fresh;
  };

  return {
    pausedMs(address) {
      const tally = tallies.get(attemptKey(address));
      return tally === undefined ? 0 : Math.max(0, tally.pausedUntil - world.now());
    },
    wrong(address) {
      const tally = tallyOf(attemptKey(address));
      const now = world.now();
      if (now - tally.windowStart >= 60_000) {
        tally.windowStart = now;
        tally.wrong = 0;
      }
      if (++tally.wrong < ATTEMPT_LIMITS.perMinute) return;
      const pauseMs = Math.min(ATTEMPT_LIMITS.firstPauseMs * 2 ** tally.pauses, ATTEMPT_LIMITS.maxPauseMs);
      tally.pausedUntil = now + pauseMs;
      tally.pauses += 1;
      tally.wrong = 0;
    },
    right(address) {
      tallies.delete(attemptKey(address));
    },
  };
}
