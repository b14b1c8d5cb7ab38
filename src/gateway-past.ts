// How were the servers, judging by what was stored? Timelines from told statuses and the runs of gateways, and minutes of calls.
import type { GatewayEvent } from "#contract/event.ts";
import { Fault } from "#contract/fault.ts";
import type { ServerMinute, ServerTimeline, StateAt, StatusFact, TimelineQuery } from "#contract/timeline.ts";
import type { ServerView } from "#contract/upstream.ts";
import type { Bus } from "#events/bus.ts";
import type { PeoplePast } from "#http/deps.ts";
import { createRing } from "#lib/ring.ts";
import type { World } from "#lib/world.ts";
import { statesAt, type TimelineInput, timelines } from "#policy/timeline.ts";
import type { Store } from "#store/store.ts";
import { watchedTimes } from "./gateway-runs.ts";

export interface PastDeps {
  readonly store: Pick<Store, "events" | "runs" | "callMinutes">;
  readonly bus: Pick<Bus, "subscribe">;
  readonly world: World;
  readonly views: () => readonly ServerView[];
  /** Wall time of this gateway's start, milliseconds since 1970. */
  readonly startedAt: number;
}

const HOUR_MS = 3_600_000;
/** The reason of a status is told when it began at most so long before the moment asked for. */
const REASONS_MS = 24 * HOUR_MS;
/** Facts read for one answer; where there are more, what was before the oldest of them counts as not watched. */
const MAX_FACTS = 20_000;
/** Of the newest facts, so that those which are not written yet are told too. */
const FRESH_KEPT = 1_000;

export class Past implements PeoplePast {
  readonly #deps: PastDeps;
  readonly #fresh = createRing<StatusFact>(FRESH_KEPT);
  readonly #off: () => void;

  constructor(deps: PastDeps) {
    this.#deps = deps;
    this.#off = deps.bus.subscribe((event) => {
      const fact = factOf(event);
      if (fact !== undefined) this.#fresh.push(fact);
    });
  }

  close(): void {
    this.#off();
  }

  async timeline({ hours, server }: TimelineQuery): Promise<ServerTimeline[]> {
    return timelines(await this.#read(Math.round(this.#deps.world.wall()) - hours * HOUR_MS, server));
  }

  async statesAt(at: number): Promise<StateAt[]> {
    if (at > this.#deps.world.wall())
      throw new Fault("INVALID_REQUEST", "The request is not valid: at is still to come.");
    return statesAt(await this.#read(at - REASONS_MS, undefined), at);
  }

  async #read(from: number, server: string | undefined): Promise<TimelineInput> {
    const { store, world, views, startedAt } = this.#deps;
    const [stored, runs] = await Promise.all([
      store.events.statusFacts(from, { server, limit: MAX_FACTS }),
      store.runs.since(from),
    ]);
    const facts = merge(stored, this.#fresh.toArray().filter(isAbout(from, server)));
    const now = Math.round(world.wall());
    const oldest = stored.length < MAX_FACTS ? from : (stored[0]?.at ?? from);
    const told = facts.map(({ at }) => at);
    const watched = [...watchedTimes(runs, told), { from: startedAt, to: now }].map((time) => ({
      from: Math.max(time.from, oldest),
      to: time.to,
    }));
    const shown = views().filter(({ name }) => server === undefined || name === server);
    const present = new Map(shown.map(({ name, status, statusReason: reason }) => [name, { status, reason }]));
    return { facts, watched, present, from, now };
  }

  minutes(server: string, hours: number): Promise<readonly ServerMinute[]> {
    const { store, world } = this.#deps;
    return store.callMinutes.ofServer(server, world.wall() - hours * HOUR_MS);
  }
}

function factOf(event: GatewayEvent): StatusFact | undefined {
  const at = Math.round(event.at);
  if (event.type === "status.changed") {
    const { name: server, oldStatus: before, newStatus: status, reason } = event;
    return { server, at, before, status, reason };
  }
  if (event.type === "server.added") {
    const { name: server, status, statusReason: reason } = event.view;
    return { server, at, before: null, status, reason };
  }
  return event.type === "server.removed"
    ? { server: event.name, at, before: null, status: null, reason: null }
    : undefined;
}

const isAbout =
  (from: number, server: string | undefined) =>
  (fact: StatusFact): boolean =>
    fact.at >= from && (server === undefined || fact.server === server);

/** Both in the order in which they happened; what is stored already is not told twice. */
function merge(stored: readonly StatusFact[], fresh: readonly StatusFact[]): StatusFact[] {
  const key = ({ server, at, status }: StatusFact): string => `${at} ${status} ${server}`;
  const known = new Set(stored.slice(-FRESH_KEPT).map(key));
  return [...stored, ...fresh.filter((fact) => !known.has(key(fact)))].sort((a, b) => a.at - b.at);
}
