// How is the gateway itself, in figures? Latency percentiles of the last minute, how busy the event loop is, and memory.
import { createHistogram, type RecordableHistogram } from "node:perf_hooks";
import { getHeapStatistics } from "node:v8";
import type { CallRecord } from "#contract/call.ts";
import type { SystemMetrics } from "#contract/event.ts";
import type { World } from "#lib/world.ts";

/** The last minute in slices: the oldest goes as the next one begins. */
const SLICES = 12;
const SLICE_MS = 5_000;
const LOOP_WINDOW_MS = 1_000;
/** Recorded in microseconds, with an error below one percent. */
const SCALE = { lowest: 1, highest: 3_600_000_000, figures: 2 } as const;

export interface SystemMeter {
  /** Counts a finished call that was answered. */
  observe(record: Pick<CallRecord, "outcome" | "durationMs">): void;
  read(): Pick<SystemMetrics, "latency" | "loopLagMs" | "heapUsedBytes">;
}

export function createSystemMeter(world: World): SystemMeter {
  const slices = Array.from({ length: SLICES }, (): RecordableHistogram => createHistogram(SCALE));
  const minute = createHistogram(SCALE);
  let turn = Math.floor(world.now() / SLICE_MS);

  const present = (): RecordableHistogram => {
    const now = Math.floor(world.now() / SLICE_MS);
    for (let passed = Math.min(now - turn, SLICES); passed > 0; passed--) slices[(now - passed + 1) % SLICES]?.reset();
    turn = now;
    return slices[now % SLICES] as RecordableHistogram;
  };

  return {
    observe({ outcome, durationMs }) {
      if (outcome === "fault") return;
      present().record(Math.min(SCALE.highest, Math.max(SCALE.lowest, Math.round(durationMs * 1_000))));
    },
    read() {
      present();
      minute.reset();
      for (const slice of slices) if (slice.count > 0) minute.add(slice);
      return {
        latency: minute.count === 0 ? null : latencyOf(minute),
        loopLagMs: Math.round(world.stalledMs(world.now() - LOOP_WINDOW_MS)),
        heapUsedBytes: getHeapStatistics().used_heap_size,
      };
    },
  };
}

function latencyOf(histogram: RecordableHistogram): NonNullable<SystemMetrics["latency"]> {
  const at = (percentile: number): number => histogram.percentile(percentile) / 1_000;
  return { calls: histogram.count, p50: at(50), p95: at(95), p99: at(99), max: histogram.max / 1_000 };
}
