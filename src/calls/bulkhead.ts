// How much may be asked of one upstream at once, and by whom? So many calls, of one principal so many; a bounded number wait
// for a bounded time, and the rest hear at once when to come back. Whose turn it is, and whose place is taken when the queue
// is full, is decided in slots.ts. A call that finds a free slot costs counting and nothing else.
import { Fault } from "#contract/fault.ts";
import type { LimitSettings } from "#contract/upstream.ts";
import { Deadlines, type Timed } from "#lib/deadlines.ts";
import { Register } from "#lib/roster.ts";
import type { World } from "#lib/world.ts";
import type { Reply } from "#upstream/transport.ts";
import type { Call, Handler, Layer, Target } from "./call.ts";
import { type Party, type SlotLimits, Slots, type Waiting } from "./slots.ts";
import { withEnd } from "./with-end.ts";

export interface BulkheadDeps {
  readonly world: World;
  /** Read for every call, so a change holds from the next one on; undefined when no such server is configured. */
  readonly limits: (server: string) => LimitSettings | undefined;
}

/** Calls of one server. */
export interface Load {
  readonly inFlight: number;
  readonly queued: number;
}

const NO_LOAD: Load = { inFlight: 0, queued: 0 };
/** For those who still wait for a server that was removed: the next layers tell them. */
const UNLIMITED: SlotLimits = { inFlight: Number.POSITIVE_INFINITY, perPrincipal: Number.POSITIVE_INFINITY };

export class Bulkheads {
  readonly #deps: BulkheadDeps;
  readonly #servers = new Register<Slots<Waiter>>();
  readonly #deadlines: Deadlines;

  constructor(deps: BulkheadDeps) {
    this.#deps = deps;
    this.#deadlines = new Deadlines(deps.world);
  }

  readonly layer: Layer = (next) => (call) => {
    const limits = this.#deps.limits((call.target as Target).server);
    return limits === undefined ? next(call) : this.#pass(next, call, limits);
  };

  load(server: string): Load {
    const slots = this.#servers.get(server);
    return slots === undefined ? NO_LOAD : { inFlight: slots.running, queued: slots.queued };
  }

  /** Lets go of a server that was removed: whoever waits for it waits no longer. */
  forget(server: string): void {
    const slots = this.#servers.get(server);
    this.#servers.delete(server);
    if (slots !== undefined) admitAll(slots, UNLIMITED);
  }

  #pass(next: Handler, call: Call, limits: LimitSettings): Promise<Reply> {
    const slots = this.#slotsOf((call.target as Target).server);
    const party = slots.party(call.principal);
    // Limits may have been raised since the last call ended.
    if (slots.queued > 0) admitAll(slots, limits);
    const place = { slots, party, limits };
    return slots.take(party, limits) ? this.#within(next, call, place) : this.#queue(next, call, place);
  }

  async #queue(next: Handler, call: Call, place: Place): Promise<Reply> {
    const since = this.#deps.world.now();
    await this.#wait(call, place).finally(() => {
      call.queuedMs += this.#deps.world.now() - since;
    });
    return this.#within(next, call, place);
  }

  /** With a slot taken for it, which it gives back. */
  #within(next: Handler, call: Call, { slots, party }: Place): Promise<Reply> {
    return withEnd(next, call, () => {
      slots.leave(party);
      if (slots.queued > 0) admitAll(slots, this.#deps.limits((call.target as Target).server) ?? UNLIMITED);
    });
  }

  #wait(call: Call, place: Place): Promise<void> {
    if (call.control.aborted) return Promise.reject(call.control.reason);
    const { slots, party, limits } = place;
    if (slots.queued >= limits.queue && !evict(slots, party))
      return Promise.reject(busy(call, place, this.#deps.world));
    return new Waiter(call, { ...place, world: this.#deps.world, deadlines: this.#deadlines }).admitted;
  }

  #slotsOf(server: string): Slots<Waiter> {
    const known = this.#servers.get(server);
    if (known !== undefined) return known;
    const slots = new Slots<Waiter>();
    this.#servers.set(server, slots);
    return slots;
  }
}

function admitAll(slots: Slots<Waiter>, limits: SlotLimits): void {
  for (let waiter = slots.next(limits); waiter !== undefined; waiter = slots.next(limits)) waiter.admit();
}

/** Makes a place in a full queue, if somebody has a lesser claim to one than this newcomer. */
function evict(slots: Slots<Waiter>, newcomer: Party<Waiter>): boolean {
  const spare = slots.spare(newcomer);
  spare?.expire();
  return spare !== undefined;
}

interface Place {
  readonly slots: Slots<Waiter>;
  readonly party: Party<Waiter>;
  readonly limits: LimitSettings;
}

interface WaiterDeps extends Place {
  readonly world: World;
  readonly deadlines: Deadlines;
}

/** One call in its line, from its making until it is admitted, sent away or cancelled: whichever comes first. */
class Waiter implements Timed, Waiting<Waiter> {
  slot: number | undefined;
  readonly endsAt: number;
  readonly party: Party<Waiter>;
  readonly #call: Call;
  readonly #deps: WaiterDeps;
  readonly #outcome = Promise.withResolvers<void>();
  #waits = true;

  constructor(call: Call, deps: WaiterDeps) {
    this.endsAt = deps.world.now() + deps.limits.queueMs;
    this.party = deps.party;
    this.#call = call;
    this.#deps = deps;
    deps.slots.join(this);
    deps.deadlines.add(this);
    call.control.addEventListener("abort", this);
  }

  /** Resolves with a slot taken for it. */
  get admitted(): Promise<void> {
    return this.#outcome.promise;
  }

  /** For whoever took it out of its line and a slot for it. */
  admit(): void {
    this.#end();
    this.#outcome.resolve();
  }

  /** Its time is over, or somebody else has the better claim to its place. */
  expire(): void {
    this.#leave(() => busy(this.#call, this.#deps, this.#deps.world));
  }

  /** The call was cancelled. */
  handleEvent(): void {
    this.#leave(() => this.#call.control.reason);
  }

  // Several ends can be on their way in one turn of the clock or in one abort; the first one counts.
  #leave(why: () => unknown): void {
    if (!this.#waits) return;
    this.#outcome.reject(why());
    this.#deps.slots.quit(this);
    this.#end();
  }

  #end(): void {
    this.#waits = false;
    this.#deps.deadlines.delete(this);
    this.#call.control.removeEventListener("abort", this);
  }
}

/** No sooner is a new try any use, in milliseconds. */
const MIN_RETRY_AFTER_MS = 1_000;

// After one whole wait everyone who waits now was served or sent away; chance spreads those who come back then.
function busy({ target }: Call, { slots, party, limits }: Place, world: World): Fault {
  const { server } = target as Target;
  const retryAfterMs = Math.max(MIN_RETRY_AFTER_MS, Math.round(limits.queueMs * (1 + world.random())));
  const all = `${slots.running} calls are running there and ${slots.queued} are waiting`;
  const own = `(of this caller: ${party.running} and ${party.line.length})`;
  const text = `${server} is busy: ${all} ${own}. Nothing was sent; try again in ${Math.ceil(retryAfterMs / 1000)} s.`;
  return new Fault("OVERLOADED", text, { server, retryAfterMs });
}
