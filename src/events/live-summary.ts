// What has the live feed done lately? A line for the operator once a minute while somebody listens.
import { Digest } from "#lib/digest.ts";
import type { Log } from "#lib/log.ts";
import type { World } from "#lib/world.ts";

/** Counted from the start on. */
export interface Delivered {
  /** Each as often as it was sent. */
  readonly frames: number;
  /** Clients that read too slowly and were sent a snapshot, and those that were cut. */
  readonly resyncs: number;
  readonly cuts: number;
}

export interface LiveSummaryDeps {
  readonly world: World;
  readonly log: Log;
  readonly audience: { readonly size: number; readonly delivered: Delivered };
}

export class LiveSummary {
  readonly #deps: LiveSummaryDeps;
  readonly #digest: Digest;
  #told: Delivered = { frames: 0, resyncs: 0, cuts: 0 };

  constructor(deps: LiveSummaryDeps) {
    this.#deps = deps;
    this.#digest = new Digest(deps.world.now());
  }

  /** To be called about once a second. */
  look(): void {
    const { world, log, audience } = this.#deps;
    const now = { ...audience.delivered };
    if (!this.#digest.isDue(world.now(), now.frames > this.#told.frames)) return;
    const frames = now.frames - this.#told.frames;
    const resyncs = now.resyncs - this.#told.resyncs;
    const cuts = now.cuts - this.#told.cuts;
    this.#told = now;
    const connections = audience.size;
    log.info(
      { connections, frames, resyncs, cuts },
      `WebSocket Broadcaster: ${connections} connections; ${frames} frames sent, ${resyncs} resyncs, ${cuts} slow readers cut`,
    );
  }
}
