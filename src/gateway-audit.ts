// Who did what, also while the database is away? A row is written at once, or waits in bounded memory until it is back.
import type { Principal } from "#access/principal.ts";
import { isFault } from "#contract/fault.ts";
import type { Log } from "#lib/log.ts";
import { sleep, type World } from "#lib/world.ts";
import type { Store } from "#store/store.ts";
import type { AuditEntry } from "#store/tables/audit.ts";

/** What was done, by whom. */
export interface Deed {
  readonly principal: Pick<Principal, "id">;
  /** A verb on a noun, as `server.add`. */
  readonly action: string;
  /** Null for everything. */
  readonly target: string | null;
  /** Default `ok`. */
  readonly outcome?: "ok" | "refused";
  /** Free of secrets. */
  readonly detail?: Readonly<Record<string, unknown>>;
}

export interface AuditTrailDeps {
  readonly store: Pick<Store, "audit" | "onState">;
  readonly world: World;
  readonly log: Log;
}

const MAX_WAITING = 1_000;
/** A database that does not answer is not waited for longer than this at the end, in milliseconds. */
const LAST_WRITE_MS = 1_000;

/** Never fails the deed that it records: what cannot be stored now is logged and stored later. */
export class AuditTrail {
  readonly #deps: AuditTrailDeps;
  readonly #off: () => void;
  #waiting: AuditEntry[] = [];
  #writing: Promise<void> = Promise.resolve();

  constructor(deps: AuditTrailDeps) {
    this.#deps = deps;
    this.#off = deps.store.onState((state) => {
      if (state === "ready") void this.#flush();
    });
  }

  /** Resolves when the row is stored, or is known to have to wait. */
  record({ principal, action, target, outcome = "ok", detail = {} }: Deed): Promise<void> {
    const at = this.#deps.world.wall();
    this.#waiting.push({ at, principal: principal.id, action, target, outcome, detail });
    return this.#flush();
  }

  /** Writes nothing after this. */
  async close(): Promise<void> {
    this.#off();
    await Promise.race([this.#writing, sleep(this.#deps.world, LAST_WRITE_MS)]);
  }

  #flush(): Promise<void> {
    this.#writing = this.#writing.then(() => this.#write());
    return this.#writing;
  }

  async #write(): Promise<void> {
    const { store, log } = this.#deps;
    const rows = this.#waiting;
    if (rows.length === 0) return;
    this.#waiting = [];
    try {
      await store.audit.append(rows);
    } catch (err) {
      const kept = isFault(err, "STORE_UNAVAILABLE") ? rows.slice(-MAX_WAITING) : [];
      this.#waiting = [...kept, ...this.#waiting];
      const lost = rows.length - kept.length;
      log.warn({ err, newest: rows.at(-1), waiting: kept.length, lost }, "An audit row could not be stored yet");
    }
  }
}
