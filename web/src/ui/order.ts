// Which status is worse, and in which order do rows stand? Pure.
import type { StateAt } from "../../../src/contract/timeline.ts";
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

export const worstFirst = <T extends ServerView | StateAt>(servers: Iterable<T>): T[] =>
  [...servers].sort((a, b) => SEVERITY[a.status] - SEVERITY[b.status] || nameOf(a).localeCompare(nameOf(b)));

const nameOf = (one: ServerView | StateAt): string => ("server" in one ? one.server : one.name);

/** Rows keep the places of `shown`; new ones come last, in the order given. */
export function inPlaces<T>(rows: readonly T[], shown: readonly string[], idOf: (row: T) => string): T[] {
  const place = new Map(shown.map((id, index) => [id, index]));
  const at = (row: T): number => place.get(idOf(row)) ?? shown.length;
  return [...rows].sort((a, b) => at(a) - at(b));
}
