// Is what the cache serves true? Whose answer it is, when the server said it, how long ago that was, and what has happened since.
// Each rule about answers that did not come from the server at once is judged here.
import type { Call } from "../../src/calls/call.ts";
import type { CacheRule } from "../../src/contract/cache.ts";
import type { UpstreamDefinition } from "../../src/contract/upstream.ts";
import { READ_TOOLS } from "./replies.ts";
import type { Watch } from "./watch.ts";

/** The place of a thing among all that happen: counts up with each request that is carried out and each invalidation. */
export type Moment = number;

/** What an answer says about itself. */
export interface Told {
  /** The call that it was given to. */
  readonly origin: string;
  readonly principal: string;
  readonly tool: string;
  readonly key: string;
  /** When the server carried the request out. */
  readonly moment: Moment;
}

/** What is said must be at least as new as this. */
export interface Floor {
  readonly all: Moment;
  /** Counts only for what was kept: the end of a write that nobody knew of ends no question that is being asked. */
  readonly kept: Moment;
}

/** The question, as its caller knows it. */
export interface Asking {
  readonly id: string;
  readonly server: string;
  readonly principal: string;
  readonly tool: string;
  readonly key: string;
  readonly floor: Floor;
}

const NO_FLOOR: Floor = { all: 0, kept: 0 };

export class CacheBook {
  readonly #watch: Watch;
  /** By server, and by server and tool. */
  readonly #floors = new Map<string, Floor>();
  /** By call: when the server's answer to it arrived, in milliseconds. */
  readonly #arrivals = new Map<string, number>();
  #moment: Moment = 0;

  constructor(watch: Watch) {
    this.#watch = watch;
  }

  nextMoment(): Moment {
    return ++this.#moment;
  }

  floor(server: string, tool: string): Floor {
    const whole = this.#floors.get(server) ?? NO_FLOOR;
    const own = this.#floors.get(`${server}/${tool}`);
    if (own === undefined) return whole;
    return { all: Math.max(whole.all, own.all), kept: Math.max(whole.kept, own.kept) };
  }

  /** An invalidation is complete: what was said before, or before `moment`, is out of date for whoever asks from now on. */
  invalidated(server: string, tool?: string, moment: Moment = this.nextMoment()): void {
    this.#raise(tool === undefined ? server : `${server}/${tool}`, { all: moment, kept: moment });
  }

  /** A write took effect whose caller was told that nobody knows. */
  overtaken(server: string, moment: Moment): void {
    this.#raise(server, { all: 0, kept: moment });
  }

  arrived(callId: string): void {
    this.#arrivals.set(callId, this.#watch.now);
  }

  /** The answer that a call was given. */
  answered(asking: Asking, call: Call, told: Told): void {
    const { id, server, floor } = asking;
    const shared = isShared(call);
    if (shared === (told.origin === id))
      this.#watch.broken("own answer", server, `call ${id} is a ${call.disposition} with the answer to ${told.origin}`);
    if (told.tool !== asking.tool || told.key !== asking.key)
      this.#watch.broken("own answer", server, `call ${id} asked ${asking.tool} for ${asking.key}: ${words(told)}`);
    const newest = call.disposition === "coalesced" ? floor.all : Math.max(floor.all, floor.kept);
    if (told.moment < newest)
      this.#watch.broken(
        "outdated",
        server,
        `call ${id}, a ${call.disposition}, began after ${newest}: ${words(told)}`,
      );
    if (shared) this.#judgeShared(asking, call, told);
  }

  #judgeShared({ id, server, principal, tool }: Asking, call: Call, told: Told): void {
    const rule = ruleOf(call.target?.definition as UpstreamDefinition, tool);
    if (rule === undefined)
      return this.#watch.broken("unasked", server, `call ${id} is a ${call.disposition}, though ${tool} is never kept`);
    if (rule.scope === "private" && told.principal !== principal)
      this.#watch.broken("whose answer", server, `call ${id} of ${principal}: ${words(told)}`);
    const ageMs = this.#watch.now - (this.#arrivals.get(told.origin) ?? Number.NaN);
    if (!(ageMs >= 0 && ageMs < limitMs(call, rule)))
      this.#watch.broken("too old", server, `call ${id} is a ${call.disposition}, and ${Math.round(ageMs)} ms old`);
    if (call.disposition !== "coalesced" && call.ageMs !== ageMs)
      this.#watch.broken("too old", server, `call ${id} is told ${call.ageMs} ms of ${ageMs}`);
  }

  #raise(what: string, { all, kept }: Floor): void {
    const before = this.#floors.get(what) ?? NO_FLOOR;
    this.#floors.set(what, { all: Math.max(before.all, all), kept: Math.max(before.kept, kept) });
  }
}

const isShared = ({ disposition }: Call): boolean =>
  disposition === "hit" || disposition === "stale" || disposition === "coalesced";

/** It must be younger, milliseconds. */
function limitMs(
  { disposition, staleBecause }: Call,
  { ttlMs, staleWhileRevalidateMs, staleIfErrorMs }: CacheRule,
): number {
  if (disposition === "coalesced") return 1;
  if (disposition === "hit") return ttlMs;
  return ttlMs + (staleBecause === undefined ? staleWhileRevalidateMs : staleIfErrorMs);
}

/** How a tool's answers may be kept; undefined for not at all. */
export function ruleOf({ cache, trusted }: UpstreamDefinition, tool: string): CacheRule | undefined {
  const own = cache.tools.find(({ pattern }) => pattern === tool)?.rule;
  if (own !== undefined) return own === "off" ? undefined : own;
  return cache.mode === "auto" && trusted && READ_TOOLS.includes(tool) ? cache : undefined;
}

const words = ({ origin, principal, tool, key, moment }: Told): string =>
  `it was told what ${tool} said about ${key} to ${principal}'s ${origin} at ${moment}`;
