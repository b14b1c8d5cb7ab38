// Who empties the cache? A person, now and then: of one tool's answers, of one server's, or of all.
import type { ToolCache } from "../../src/calls/cache/tool-cache.ts";
import type { Cancel } from "../../src/lib/world.ts";
import type { Dice } from "./random.ts";
import { READ_TOOLS } from "./replies.ts";
import type { VirtualWorld } from "./virtual-world.ts";
import type { Watch } from "./watch.ts";

export interface CleanerParts {
  readonly world: VirtualWorld;
  readonly dice: Dice;
  readonly watch: Watch;
  readonly toolCache: ToolCache;
  readonly servers: readonly string[];
}

/** Mean milliseconds between two times. */
const GAP_MS = 5_000;

export class Cleaner {
  readonly #parts: CleanerParts;
  #cancelNext: Cancel = () => {};

  constructor(parts: CleanerParts) {
    this.#parts = parts;
  }

  start(): void {
    const { world, dice } = this.#parts;
    this.#cancelNext = world.outside(dice.wait(GAP_MS), "", () => {
      this.#clean();
      this.start();
    });
  }

  stop(): void {
    this.#cancelNext();
  }

  #clean(): void {
    const { dice, servers } = this.#parts;
    if (dice.chance(0.1)) return this.cleanAll();
    const server = dice.pick(servers);
    this.#empty(server, dice.chance(0.5) ? dice.pick(READ_TOOLS) : undefined);
  }

  cleanAll(): void {
    const { watch, toolCache, servers } = this.#parts;
    watch.note("empties", "", toolCache.invalidate({}, "person"));
    for (const server of servers) watch.invalidated(server);
  }

  #empty(server: string, tool: string | undefined): void {
    const { watch, toolCache } = this.#parts;
    watch.note("empties", server, toolCache.invalidate({ server, tool }, "person"));
    watch.invalidated(server, tool);
  }
}
