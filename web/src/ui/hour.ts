// Which figures stand on the overview, and how did each go over the last hour? Only what the gateway's own figures come to. Pure.
import type { SystemMetrics } from "../../../src/contract/event.ts";
import { lastMinute, minutesOf, shareOf, TENS_AN_HOUR, type Ten } from "../live/figures.ts";
import type { Sample } from "../live/samples.ts";
import { count, duration, type Figure, many, percentage, words } from "./format.ts";
import type { FigureLine } from "./quantity.tsx";

type Values = readonly (number | null)[];

/** A line over the last hour in words: between what and what it went, and where it is. */
export function trendWords(label: string, values: Values, write: (value: number) => Figure): string {
  const known = values.filter((value) => value !== null);
  if (known.length === 0) return `${label}: nothing is known of the last hour.`;
  const [low, high] = [Math.min(...known), Math.max(...known)].map((value) => words(write(value)));
  const last = known.at(-1) as number;
  if (low === high) return `${label} over the last hour: ${low}.`;
  return `${label} over the last hour: from ${low} to ${high}, lately ${words(write(last))}.`;
}

interface Line {
  readonly label: string;
  readonly now: number | null;
  readonly values: Values;
  readonly write: (value: number) => Figure;
  readonly beside?: string | undefined;
}

const lineOf = ({ label, now, values, write, beside }: Line): FigureLine => ({
  label,
  figure: now === null ? null : write(now),
  ...(beside ? { beside } : {}),
  trend: { values, room: TENS_AN_HOUR, label: trendWords(label, values, write) },
});

const savedWords = (tens: readonly Ten[]): string | undefined => {
  const savedMs = tens.reduce((sum, ten) => sum + ten.savedMs, 0);
  return savedMs > 0 ? `${words(duration(savedMs))} saved in 1 h` : undefined;
};

/** @param tens the last hour, oldest first. @param list what the stream told lately. */
export function hourLines(tens: readonly Ten[], list: readonly Sample[], metrics: SystemMetrics | null): FigureLine[] {
  const minutes = minutesOf(tens);
  const now = lastMinute(tens, list);
  return [
    {
      label: "Calls",
      now: now?.calls ?? null,
      values: minutes.map((minute) => minute?.calls ?? null),
      write: count,
      beside: "per min",
    },
    {
      label: "Faults",
      now: now && shareOf(now.faults, now.calls),
      values: minutes.map((minute) => minute && shareOf(minute.faults, minute.calls)),
      write: percentage,
      beside: now && now.faults > 0 ? `${words(count(now.faults))} of ${many(now.calls, "call")}` : undefined,
    },
    {
      label: "Latency p95",
      now: metrics?.latency?.p95 ?? null,
      values: tens.map(({ p95Ms }) => p95Ms),
      write: duration,
    },
    {
      label: "Cache hits",
      now: now && shareOf(now.hits, now.calls),
      values: minutes.map((minute) => minute && shareOf(minute.hits, minute.calls)),
      write: percentage,
      beside: savedWords(tens),
    },
    {
      label: "Sessions",
      now: metrics?.sessions ?? null,
      values: tens.map(({ sessions }) => sessions),
      write: count,
      beside: metrics ? `and ${many(metrics.sockets, "reader")}` : undefined,
    },
  ].map(lineOf);
}
