// What is asked of one simulated life, and what came of it?
import type { Violation } from "./watch.ts";

export interface Outcome {
  readonly seed: number;
  readonly violation: Violation | undefined;
  /** Equal for equal runs. */
  readonly hash: string;
  /** The last events, oldest first. */
  readonly lines: readonly string[];
  readonly calls: number;
  /** Calls by how they ended. */
  readonly ends: Readonly<Record<string, number>>;
  /** Without the time that closing took. */
  readonly simulatedMs: number;
  readonly steps: number;
}

export interface SimulateOptions {
  /** How many of the newest events are kept. Default 30. */
  readonly kept?: number;
  /** Tells of timers where they were set. Default false, because it is slow. */
  readonly traces?: boolean;
}
