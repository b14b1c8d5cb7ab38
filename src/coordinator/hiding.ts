// When do the tools of a server that stays away leave the lists? After the configured time; they return with it.
import type { Status } from "#contract/upstream.ts";
import type { Cancel, World } from "#lib/world.ts";
import type { HealthEvent } from "./supervision.ts";

export interface HidingDeps {
  readonly world: World;
  /** Milliseconds; 0 never. Read when a server goes away. */
  readonly hideAfterMs: (name: string) => number;
  readonly setHidden: (name: string, hidden: boolean) => void;
  readonly tell: (name: string, event: HealthEvent) => void;
}

export class Hiding {
  readonly #deps: HidingDeps;
  readonly #hidden = new Set<string>();
  readonly #timers = new Map<string, Cancel>();

  constructor(deps: HidingDeps) {
    this.#deps = deps;
  }

  note(name: string, status: Status): void {
    if (status === "up" || status === "degraded") this.#show(name);
    else if (!this.#timers.has(name) && !this.#hidden.has(name)) this.#hideLater(name);
  }

  forget(name: string): void {
    this.#timers.get(name)?.();
    this.#timers.delete(name);
    this.#hidden.delete(name);
  }

  close(): void {
    for (const name of [...this.#timers.keys()]) this.forget(name);
  }

  #hideLater(name: string): void {
    const delayMs = this.#deps.hideAfterMs(name);
    if (delayMs === 0) return;
    const cancel = this.#deps.world.after(delayMs, () => {
      this.#timers.delete(name);
      this.#hidden.add(name);
      this.#deps.setHidden(name, true);
      this.#deps.tell(name, { eventType: "hidden", message: "its tools left the lists" });
    });
    this.#timers.set(name, cancel);
  }

  #show(name: string): void {
    const wasHidden = this.#hidden.has(name);
    this.forget(name);
    if (!wasHidden) return;
    this.#deps.setHidden(name, false);
    this.#deps.tell(name, { eventType: "shown", message: "its tools are listed again" });
  }
}
