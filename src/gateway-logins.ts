// Which logins are written down? All of them, as long as nobody makes a game of it: rows are bounded, and what is left out is counted.
import type { Principal } from "#access/principal.ts";
import type { PeopleAudit } from "#http/deps.ts";
import type { World } from "#lib/world.ts";
import type { Store } from "#store/store.ts";
import type { AuditTrail } from "./gateway-audit.ts";

export interface PeopleAuditDeps {
  readonly store: Pick<Store, "audit">;
  readonly audit: Pick<AuditTrail, "record">;
  readonly world: World;
}

/** Rows of one minute, for logins and failed logins each. */
export const LOGIN_ROWS = 30;
const MINUTE_MS = 60_000;

export function peopleAudit({ store, audit, world }: PeopleAuditDeps): PeopleAudit {
  const rations = { ok: new Ration(world), refused: new Ration(world) };
  return {
    recent: (limit) => store.audit.recent(limit),
    login(principal: Principal | null, address: string) {
      const outcome = principal === null ? "refused" : "ok";
      const leftOut = rations[outcome].take();
      if (leftOut === null) return;
      const detail = { address, ...(leftOut === 0 ? {} : { leftOut }) };
      void audit.record({
        principal: principal ?? { id: "anonymous" },
        action: "login",
        target: null,
        outcome,
        detail,
      });
    },
  };
}

/** So many in a minute. */
class Ration {
  readonly #world: World;
  #since = Number.NEGATIVE_INFINITY;
  #taken = 0;
  #leftOut = 0;

  constructor(world: World) {
    this.#world = world;
  }

  /** How many were left out since the last that was not; null when this one is left out as well. */
  take(): number | null {
    const now = this.#world.now();
    if (now - this.#since >= MINUTE_MS) {
      this.#since = now;
      this.#taken = 0;
    }
    if (++this.#taken > LOGIN_ROWS) {
      this.#leftOut++;
      return null;
    }
    const leftOut = this.#leftOut;
    this.#leftOut = 0;
    return leftOut;
  }
}
