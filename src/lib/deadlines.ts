// How do thousands of waits with a limit share one timer? Members are looked through when the earliest limit is due;
// a member that leaves in time, as nearly all do, costs no timer of its own.
import { type Enlisted, Roster } from "./roster.ts";
import type { Cancel, World } from "./world.ts";

export interface Timed extends Enlisted {
  /** Monotonic milliseconds; may be moved later while the member is in. */
  endsAt: number;
  /** Called once, after the member has been taken out. */
  expire(): void;
}

export class Deadlines {
  readonly #world: World;
  readonly #members = new Roster<Timed>();
  #wakesAt = Number.POSITIVE_INFINITY;
  #cancel: Cancel = () => {};

  constructor(world: World) {
    this.#world = world;
  }

  add(member: Timed): void {
    this.#members.add(member);
    this.#wakeBy(member.endsAt);
  }

  delete(member: Timed): void {
    this.#members.delete(member);
  }

  #wakeBy(at: number): void {
    if (at >= this.#wakesAt) return;
    this.#cancel();
    this.#wakesAt = at;
    this.#cancel = this.#world.after(Math.max(0, at - this.#world.now()), () => this.#wake());
  }

  #wake(): void {
    this.#wakesAt = Number.POSITIVE_INFINITY;
    const now = this.#world.now();
    for (const member of this.#members.all()) {
      if (member.endsAt > now) this.#wakeBy(member.endsAt);
      else {
        this.#members.delete(member);
        member.expire();
      }
    }
  }
}
