// How is work cancelled on a path where an AbortController for each piece of work is too dear? The same contract, smaller:
// what a waiter needs of an AbortSignal is an interface here, and a Cancellation keeps it without an event target.

/** The part of AbortSignal that waiters use; every AbortSignal is one. */
export interface CancelSignal {
  readonly aborted: boolean;
  readonly reason: unknown;
  addEventListener(type: "abort", listener: CancelListener, options?: { once?: boolean }): void;
  removeEventListener(type: "abort", listener: CancelListener): void;
}

export type CancelListener = (() => void) | { handleEvent(): void };

/** Its own signal: who may cancel and who waits share one object. The first reason stays; every listener hears it once. */
export class Cancellation implements CancelSignal {
  aborted = false;
  reason: unknown;
  #listeners: CancelListener[] | undefined;

  get signal(): CancelSignal {
    return this;
  }

  abort(reason: unknown): void {
    if (this.aborted) return;
    this.aborted = true;
    this.reason = reason;
    const listeners = this.#listeners ?? [];
    this.#listeners = undefined;
    for (const listener of listeners) {
      if (typeof listener === "function") listener();
      else listener.handleEvent();
    }
  }

  addEventListener(_type: "abort", listener: CancelListener): void {
    if (this.aborted) return;
    if (this.#listeners === undefined) this.#listeners = [listener];
    else this.#listeners.push(listener);
  }

  removeEventListener(_type: "abort", listener: CancelListener): void {
    const at = this.#listeners?.indexOf(listener) ?? -1;
    if (at !== -1) this.#listeners?.splice(at, 1);
  }
}
