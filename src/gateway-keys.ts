// How do keys get from the database into memory and their uses back, who may see them, and what ends with a key? Keys that
// another gateway made or revoked on the same database are known here a few seconds later.
import { digest } from "#access/credentials.ts";
import { isKeyId, newKey } from "#access/key-text.ts";
import type { Keys } from "#access/keys.ts";
import type { Principal } from "#access/principal.ts";
import type { ToolCache } from "#calls/cache/tool-cache.ts";
import type { KeyCreated, KeyInput, KeyView } from "#contract/access.ts";
import { Fault } from "#contract/fault.ts";
import type { Sessions } from "#downstream/sessions.ts";
import type { PeopleDeps, PeopleKeys } from "#http/deps.ts";
import type { Log } from "#lib/log.ts";
import type { Scope } from "#lib/scope.ts";
import type { Cancel, World } from "#lib/world.ts";
import type { Store } from "#store/store.ts";
import type { AuditTrail } from "./gateway-audit.ts";
import { peopleAudit } from "./gateway-logins.ts";

export interface GatewayKeysDeps {
  readonly store: Pick<Store, "keys" | "state" | "onState">;
  readonly world: World;
  readonly log: Log;
  readonly audit: Pick<AuditTrail, "record">;
  readonly keys: Keys;
  /** Whatever this principal holds open must end; calls that run may finish. */
  readonly onEnded: (principal: Principal) => void;
}

interface AccessSideDeps extends Pick<GatewayKeysDeps, "store" | "world" | "audit" | "keys"> {
  readonly store: Store;
  readonly log: Log;
  readonly sessions: Pick<Sessions, "retire">;
  readonly toolCache: Pick<ToolCache, "forgetPrincipal">;
  readonly scope: Scope;
}

/** Keys and the audit log as people see them. With a key end its MCP sessions, and what was kept for its holder alone. */
export function openAccessSide(parts: AccessSideDeps): Pick<PeopleDeps, "keys" | "audit"> {
  const { sessions, toolCache, scope, log } = parts;
  const onEnded = ({ id }: Principal): void => {
    sessions.retire(id);
    toolCache.forgetPrincipal(id);
  };
  const keys = scope.own(new GatewayKeys({ ...parts, log: log.service("Access"), onEnded }), (it) => it.close());
  return { keys, audit: peopleAudit(parts) };
}

/** How often the database is asked which keys are valid, in milliseconds. */
const LOOK_EVERY_MS = 5_000;
const DAY_MS = 86_400_000;

export class GatewayKeys implements PeopleKeys {
  readonly #deps: GatewayKeysDeps;
  readonly #off: () => void;
  /** Keys made and revoked here: what was read before is outdated. */
  #changes = 0;
  #isLooking = false;
  #cancel: Cancel = () => {};

  constructor(deps: GatewayKeysDeps) {
    this.#deps = deps;
    this.#off = deps.store.onState((state) => {
      if (state === "ready") void this.#look();
    });
    if (deps.store.state === "ready") void this.#look();
    this.#schedule();
  }

  async list(): Promise<KeyView[]> {
    const { store, keys } = this.#deps;
    return (await store.keys.list()).map((view) => {
      const usedAt = keys.usedAt(view.id);
      return usedAt > (view.lastUsedAt ?? 0) ? { ...view, lastUsedAt: usedAt } : view;
    });
  }

  async create({ name, role, expiresInDays }: KeyInput, principal: Principal): Promise<KeyCreated> {
    const { store, keys, world, audit } = this.#deps;
    const { id, key } = newKey();
    const expiresAt = expiresInDays === undefined ? null : Math.round(world.wall()) + expiresInDays * DAY_MS;
    const made = { id, name, role, hash: digest(key), createdBy: principal.id, expiresAt };
    const view = await store.keys.create(made);
    this.#changes++;
    keys.add(made);
    await audit.record({ principal, action: "key.create", target: name, detail: { id, role, expiresAt } });
    return { ...view, key };
  }

  async revoke(id: string, principal: Principal): Promise<void> {
    const { store, keys, audit, onEnded } = this.#deps;
    const view = isKeyId(id) ? await store.keys.revoke(id) : null;
    if (view === null) {
      throw new Fault("KEY_NOT_FOUND", `No valid key has the id ${JSON.stringify(id.slice(0, 40))}; nothing was done.`);
    }
    this.#changes++;
    const ended = keys.end(id);
    if (ended !== undefined) onEnded(ended);
    await audit.record({ principal, action: "key.revoke", target: view.name, detail: { id } });
  }

  /** Notes the last uses, if the database is there. */
  async close(): Promise<void> {
    this.#off();
    this.#cancel();
    await this.#noteUses({ all: true });
  }

  #schedule(): void {
    this.#cancel = this.#deps.world.after(LOOK_EVERY_MS, () => {
      this.#schedule();
      for (const principal of this.#deps.keys.takeExpired()) this.#deps.onEnded(principal);
      void this.#look();
    });
  }

  async #look(): Promise<void> {
    const { store, keys, log, onEnded } = this.#deps;
    if (store.state !== "ready" || this.#isLooking) return;
    const before = this.#changes;
    this.#isLooking = true;
    try {
      const valid = await store.keys.valid();
      if (before === this.#changes) for (const principal of keys.adopt(valid)) onEnded(principal);
    } catch (err) {
      log.debug({ err }, "The keys could not be read; those known go on working");
    }
    await this.#noteUses({ all: false });
    this.#isLooking = false;
  }

  async #noteUses(which: { readonly all: boolean }): Promise<void> {
    const { store, keys, log } = this.#deps;
    if (store.state !== "ready") return;
    await store.keys.used(keys.takeUses(which)).catch((err) => {
      log.debug({ err }, "The last use of keys could not be noted; the next one will be");
    });
  }
}
