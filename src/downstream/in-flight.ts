// Which of one client's requests are running? Two lists side by side: a client runs few at a time, and looking through a short
// list costs less than a table that is filled and emptied with every request.
import type { Cancellation } from "#lib/cancel.ts";
import type { RequestId } from "#mcp/protocol.ts";

export class InFlight {
  readonly #ids: RequestId[] = [];
  readonly #controls: Cancellation[] = [];

  get size(): number {
    return this.#ids.length;
  }

  /** The number 1 and the text "1" are different ids. */
  get(id: RequestId): Cancellation | undefined {
    const at = this.#ids.indexOf(id);
    return at === -1 ? undefined : this.#controls[at];
  }

  /** The id must not be in. */
  add(id: RequestId, control: Cancellation): void {
    this.#ids.push(id);
    this.#controls.push(control);
  }

  delete(id: RequestId): void {
    const at = this.#ids.indexOf(id);
    if (at === -1) return;
    const lastId = this.#ids.pop() as RequestId;
    const lastControl = this.#controls.pop() as Cancellation;
    if (at === this.#ids.length) return;
    this.#ids[at] = lastId;
    this.#controls[at] = lastControl;
  }

  /** A copy, so that requests may end while they are visited. */
  all(): Cancellation[] {
    return this.#controls.slice();
  }
}
