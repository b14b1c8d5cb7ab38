// Who may run at one upstream now, and who is next? Counts and lines only: no waiting, no time.
// Every principal stands in a line of its own. A free slot goes to the one whose turn it is and who is not at its own limit;
// it then goes to the back: one call each in turn, first come first served within a line. When all places of the queue are
// taken, a newcomer is given the place of the newest call in the longest line, unless its own line is as long. So each of N
// waiting principals is sure of an Nth of the places, and ten thousand calls of one only ever crowd out each other.
import type { LimitSettings } from "#contract/upstream.ts";
import { Register } from "#lib/roster.ts";

/** A call that waits for a slot. */
export interface Waiting<W> {
  readonly party: Party<W>;
}

/** One principal's calls at one upstream. */
export interface Party<W> {
  readonly principal: string;
  running: number;
  /** First come first. */
  readonly line: W[];
}

export type SlotLimits = Pick<LimitSettings, "inFlight" | "perPrincipal">;

/** Principals without a call are kept up to this number, so that the usual ones are not entered anew with every call. */
const PARTIES_KEPT = 100;

export class Slots<W extends Waiting<W>> {
  readonly #parties = new Register<Party<W>>();
  /** Those with a line, in the order of their turns. */
  readonly #turns: Party<W>[] = [];
  #running = 0;
  #queued = 0;

  get running(): number {
    return this.#running;
  }

  get queued(): number {
    return this.#queued;
  }

  /** Valid while it has a call here, else until the next one is asked for. */
  party(principal: string): Party<W> {
    const known = this.#parties.get(principal);
    if (known !== undefined) return known;
    if (this.#parties.size >= PARTIES_KEPT) this.#forgetIdle();
    const party = { principal, running: 0, line: [] };
    this.#parties.set(principal, party);
    return party;
  }

  /** A slot at once, or false; never before those of the same principal who wait. */
  take(party: Party<W>, limits: SlotLimits): boolean {
    if (party.line.length > 0 || !this.#hasRoom(party, limits)) return false;
    this.#occupy(party);
    return true;
  }

  /** Gives a slot back, whether it came from `take` or from `next`. */
  leave(party: Party<W>): void {
    party.running--;
    this.#running--;
  }

  join(waiting: W): void {
    const { party } = waiting;
    if (party.line.push(waiting) === 1) this.#turns.push(party);
    this.#queued++;
  }

  /** Takes one that waits out of its line. */
  quit(waiting: W): void {
    const { party } = waiting;
    party.line.splice(party.line.indexOf(waiting), 1);
    if (party.line.length === 0) this.#turns.splice(this.#turns.indexOf(party), 1);
    this.#queued--;
  }

  /** The one whose turn it is, out of its line and with its slot taken; undefined when nobody may run. */
  next(limits: SlotLimits): W | undefined {
    const at = this.#turns.findIndex((party) => this.#hasRoom(party, limits));
    const party = this.#turns[at];
    const waiting = party?.line.shift();
    if (party === undefined || waiting === undefined) return undefined;
    this.#turns.splice(at, 1);
    if (party.line.length > 0) this.#turns.push(party);
    this.#queued--;
    this.#occupy(party);
    return waiting;
  }

  /** The newest call of the longest line, if a newcomer of this party has the better claim to its place. */
  spare(newcomer: Party<W>): W | undefined {
    let longest = newcomer;
    for (const party of this.#turns) if (party.line.length > longest.line.length) longest = party;
    return longest.line.length > newcomer.line.length + 1 ? longest.line.at(-1) : undefined;
  }

  #hasRoom(party: Party<W>, { inFlight, perPrincipal }: SlotLimits): boolean {
    return this.#running < inFlight && party.running < perPrincipal;
  }

  #occupy(party: Party<W>): void {
    party.running++;
    this.#running++;
  }

  #forgetIdle(): void {
    for (const { principal, running, line } of this.#parties.all())
      if (running === 0 && line.length === 0) this.#parties.delete(principal);
  }
}
