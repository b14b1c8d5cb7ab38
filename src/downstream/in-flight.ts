// Which of one client's requests are running? Two lists side by side: a client runs few at a time, and looking through a short
// list costs less than a table that is filled and emptied with every request. They never get shorter: a list that is emptied
// gives its room away and makes room anew for the next request.
import type { Cancellation } from "#lib/cancel.ts";
import type { RequestId } from "#mcp/protocol.ts";

export class InFlight {
  readonly #ids: (RequestId | undefined)[] = [];
  readonly #controls: (Cancellation | undefined)[] = [];
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** The number 1 and the text "1" are different ids. */
  get(id: RequestId): Cancellation | undefined {
    const at = this.#ids.indexOf(id);
    return at === -1 ? undefined : this.#controls[at];
  }

  /** The id must not be in. */
  add(id: RequestId, control: Cancellation): void {
    this.#ids[this.#size] = id;
    this.#controls[this.#size] = control;
    this.#size++;
  }

  delete(id: RequestId): void {
    const at = this.#ids.indexOf(id);
    if (at === -1) return;
    this.#size--;
    this.#ids[at] = this.#ids[this.#size];
    this.#controls[at] = this.#controls[this.#size];
    this.#ids[this.#size] = undefined;
    this.#controls[this.#size] = undefined;
  }

  /** A copy, so that requests may end while they are visited. */
  all(): Cancellation[] {
    return this.#controls.slice(0, this.#size) as Cancellation[];
  }
}
