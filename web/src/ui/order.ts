// Which status is worse, and in which order do rows stand? Pure; the order can be frozen so that nothing jumps under a pointer.
import type { ServerView, Status } from "../../../src/contract/upstream.ts";

/** 0 is worst. */
export const SEVERITY: Readonly<Record<Status, number>> = {
  down: 0,
  recovering: 1,
  degraded: 2,
  unknown: 3,
  up: 4,
  paused: 5,
};

export const worstFirst = (servers: Iterable<ServerView>): ServerView[] =>
  [...servers].sort((a, b) => SEVERITY[a.status] - SEVERITY[b.status] || a.name.localeCompare(b.name));

/** Frozen: names keep their places, new ones come last. Else worst first. */
export function orderOf(servers: readonly ServerView[], shown: readonly string[], frozen: boolean): ServerView[] {
  const sorted = worstFirst(servers);
  if (!frozen) return sorted;
  const place = new Map(shown.map((name, index) => [name, index]));
  const at = (view: ServerView): number => place.get(view.name) ?? shown.length;
  return sorted.sort((a, b) => at(a) - at(b));
}
