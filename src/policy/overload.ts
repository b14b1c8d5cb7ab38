// How much does the gateway refuse while it is short of time or memory itself? Pure: measurements in, a level out. What is
// least important goes first, and control (initialize, ping, cancel, health, administration, drain) always passes.
//
//            heap > 85 %, or lag > 200 ms for 2 s     heap > 92 %              heap > 95 %, or lag > 1 s for 2 s
//   calm ----------------------------------> busy ---------------> strained -----------------------> critical
//     ^                                       |  ^                   |  ^                              |
//     +------ not needed for 2 s -------------+  +-- same ----------+  +----------- same -------------+
//   Any level may be entered from any lower one at once; it is left only when it was not needed for 2 s.

export const OVERLOAD_LEVELS = ["calm", "busy", "strained", "critical"] as const;
export type OverloadLevel = (typeof OVERLOAD_LEVELS)[number];

export interface Pressure {
  /** How late timers were during the last second, 99th percentile, in milliseconds. */
  readonly lagMs: number;
  /** Share of the heap's limit that is used, 0-1. */
  readonly heapRatio: number;
}

/** From the most to the least important. Control is not listed, because it is never refused. */
export const SHEDDABLE = ["call", "list", "background", "dashboard"] as const;
export type Sheddable = (typeof SHEDDABLE)[number];

export interface OverloadState {
  readonly level: OverloadLevel;
  /** Since when the lag has exceeded the limit of each level without a break, monotonic milliseconds; null while it does not. */
  readonly lateSince: Readonly<Record<Raised, number | null>>;
  /** Until when each level holds, monotonic milliseconds. */
  readonly heldUntil: Readonly<Record<Raised, number>>;
}

type Raised = Exclude<OverloadLevel, "calm">;

interface Limit {
  /** Milliseconds; reached when exceeded for `SUSTAINED_MS`. */
  readonly lagMs: number;
  /** Reached when exceeded once. */
  readonly heapRatio: number;
}

const LIMITS: Readonly<Record<Raised, Limit>> = {
  busy: { lagMs: 200, heapRatio: 0.85 },
  strained: { lagMs: Number.POSITIVE_INFINITY, heapRatio: 0.92 },
  critical: { lagMs: 1_000, heapRatio: 0.95 },
};
/** Highest first. */
const RAISED = ["critical", "strained", "busy"] as const;
const SUSTAINED_MS = 2_000;
const HOLD_MS = 2_000;

const BEFORE = Number.NEGATIVE_INFINITY;

export const CALM: OverloadState = {
  level: "calm",
  lateSince: { busy: null, strained: null, critical: null },
  heldUntil: { busy: BEFORE, strained: BEFORE, critical: BEFORE },
};

/** The state after one more measurement; `now` is monotonic milliseconds. */
export function weigh(state: OverloadState, pressure: Pressure, now: number): OverloadState {
  const lateSince = { ...state.lateSince };
  const heldUntil = { ...state.heldUntil };
  for (const level of RAISED) {
    const late = pressure.lagMs > LIMITS[level].lagMs;
    lateSince[level] = late ? (lateSince[level] ?? now) : null;
    const needed = pressure.heapRatio > LIMITS[level].heapRatio || now - (lateSince[level] ?? now) >= SUSTAINED_MS;
    if (needed) heldUntil[level] = now + HOLD_MS;
  }
  return { level: RAISED.find((level) => now < heldUntil[level]) ?? "calm", lateSince, heldUntil };
}

const SHED_FROM: Readonly<Record<Sheddable, OverloadLevel>> = {
  dashboard: "busy",
  background: "busy",
  list: "busy",
  call: "critical",
};

const rank = (level: OverloadLevel): number => OVERLOAD_LEVELS.indexOf(level);

/** Whether new work of this kind is refused at this level. */
export const sheds = (level: OverloadLevel, work: Sheddable): boolean => rank(level) >= rank(SHED_FROM[work]);

/** Whether HTTP connections may be kept open between requests. */
export const keepsAlive = (level: OverloadLevel): boolean => rank(level) < rank("strained");

/** Whether `level` is worse than `other`. */
export const isWorse = (level: OverloadLevel, other: OverloadLevel): boolean => rank(level) > rank(other);
