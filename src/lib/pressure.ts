// How short is this process of time, memory and open files? Measures only; what follows from it is policy.
import { readdirSync, readFileSync, statSync } from "node:fs";
import { getHeapStatistics } from "node:v8";
import type { World } from "./world.ts";

export interface PressureReading {
  /**
   * How late timers were during the last second, in milliseconds: the 99th percentile, which among the twenty beats of a
   * second is the longest.
   */
  readonly lagMs: number;
  /** Share of the memory for lasting objects that is used, 0-1. */
  readonly heapRatio: number;
  /** Null where the system does not tell. */
  readonly files: OpenFiles | null;
}

export interface OpenFiles {
  readonly open: number;
  /** RLIMIT_NOFILE of this process. */
  readonly limit: number;
}

export interface PressureSource {
  heapRatio(): number;
  openFiles(): OpenFiles | null;
}

const LAG_WINDOW_MS = 1_000;
/** Counting open files costs a system call or more. */
const FILES_EVERY_MS = 1_000;

/** A function that measures now; open files are counted at most once a second. */
export function createPressureGauge(
  world: World,
  source: PressureSource = { heapRatio, openFiles },
): () => PressureReading {
  let files: OpenFiles | null = null;
  let filesAt = Number.NEGATIVE_INFINITY;
  return () => {
    const now = world.now();
    if (now - filesAt >= FILES_EVERY_MS) {
      files = source.openFiles();
      filesAt = now;
    }
    return { lagMs: world.stalledMs(now - LAG_WINDOW_MS), heapRatio: source.heapRatio(), files };
  };
}

/** What V8 counts into its limit for young objects: three half-spaces of 64 MiB. */
const YOUNG_BYTES = 192 * 2 ** 20;
const SMALLEST_OLD_BYTES = 48 * 2 ** 20;

/** Old objects fill the heap; the room for young ones is part of V8's limit and is no help to them. */
export function heapRatio(): number {
  const { used_heap_size: used, heap_size_limit: limit } = getHeapStatistics();
  const forOld = limit - YOUNG_BYTES;
  return used / (forOld >= SMALLEST_OLD_BYTES ? forOld : limit / 2);
}

/** Open files of this process and its limit; null where the system has no /proc, or the limit is "unlimited". */
export function openFiles(): OpenFiles | null {
  try {
    const limit = fileLimit();
    return limit === null ? null : { open: countFiles(), limit };
  } catch {
    return null;
  }
}

/** The soft limit on open files of this process; null where the system does not tell, or sets none. */
export function fileLimit(): number | null {
  try {
    const found = /^Max open files\s+(\d+)/m.exec(readFileSync("/proc/self/limits", "utf8"));
    return found === null ? null : Number(found[1]);
  } catch {
    return null;
  }
}

const FD = "/proc/self/fd";

// Linux 6.2 and later tell the count as the folder's size; before, it has to be counted.
const countFiles = (): number => statSync(FD).size || readdirSync(FD).length;

let lastResident = 0;

/** Memory of this process in bytes; the last known value while the system cannot be asked, for want of a file to open. */
export function residentBytes(): number {
  try {
    lastResident = process.memoryUsage.rss();
  } catch {
    // The system is asked again next time.
  }
  return lastResident;
}
