// What do the tests of timelines talk about? One server, what was told of it, and its spans in few words.
import type { Span, StatusFact } from "#contract/timeline.ts";
import type { Status } from "#contract/upstream.ts";
import type { TimelineInput } from "./timeline.ts";

export const NOW = 600;

export const fact = (at: number, status: Status | null, before: Status | null = null): StatusFact => ({
  server: "files",
  at,
  before,
  status,
  reason: `at ${at}`,
});
export const input = (facts: readonly StatusFact[], more: Partial<TimelineInput> = {}): TimelineInput => {
  const status = facts.at(-1)?.status ?? "up";
  const present = new Map([["files", { status, reason: "now" }]]);
  return { facts, watched: [{ from: 0, to: NOW }], present, from: 0, now: NOW, ...more };
};
export const drawn = (spans: readonly Span[]): string =>
  spans.map(({ from, status }) => `${from} ${status}`).join(", ");
