// Where did a call's time go? Its layers as bars on one line of time, for 80 columns. Pure.
import type { CallRecord } from "#contract/call.ts";
import { duration } from "./text.ts";

/** Columns of the bars. */
const BARS = 40;

type Times = Pick<CallRecord, "durationMs" | "queuedMs" | "backoffMs" | "upstreamMs" | "disposition">;

interface Part {
  readonly name: string;
  readonly ms: number;
}

/** One line per part that took time, each beginning where the one before ended; then their sum. */
export function waterfall(times: Times): string[] {
  const parts = partsOf(times);
  const total = Math.max(times.durationMs, Number.MIN_VALUE);
  let before = 0;
  const lines = parts.map(({ name, ms }) => {
    const start = Math.min(BARS - 1, Math.floor((before / total) * BARS));
    before += ms;
    const end = Math.min(BARS, Math.max(start + 1, Math.round((before / total) * BARS)));
    return line(name, ms, `${" ".repeat(start)}${"█".repeat(end - start)}`);
  });
  return [...lines, line("in all", times.durationMs, "")];
}

// Attempts and the waits between them are added up; the gateway's own work is what the measured parts leave.
function partsOf({ durationMs, queuedMs, backoffMs, upstreamMs, disposition }: Times): Part[] {
  const measured = queuedMs + backoffMs + (upstreamMs ?? 0);
  const rest = Math.max(0, durationMs - measured);
  const parts = [
    { name: disposition === "coalesced" ? "the equal call" : "the gateway", ms: rest },
    { name: "waited for a place", ms: queuedMs },
    { name: "the server", ms: upstreamMs ?? 0 },
    { name: "waited to try again", ms: backoffMs },
  ];
  return parts.filter(({ ms }, at) => at === 0 || ms > 0);
}

const line = (name: string, ms: number, bar: string): string =>
  `${name.padEnd(20)}${exact(ms).padStart(10)}  ${bar}`.trimEnd();

/** Tenths and hundredths matter where a layer takes less than a millisecond. */
function exact(ms: number): string {
  if (ms >= 1_000) return ms < 100_000 ? `${(ms / 1_000).toFixed(1)} s` : duration(ms);
  return ms >= 100 ? `${Math.round(ms)} ms` : `${ms.toFixed(ms < 10 ? 2 : 1)} ms`;
}
