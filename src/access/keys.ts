// Whose key is this? Valid keys are held in memory, by id and hash, so that they go on working while the database is away.
import { timingSafeEqual } from "node:crypto";
import type { World } from "#lib/world.ts";
import type { KnownKey } from "#store/tables/keys.ts";
import { keyId } from "./key-text.ts";
import type { Principal } from "./principal.ts";

/** Why a text is no key: no valid one, one that has expired, or nobody can know before the database was ready once. */
export type KeyRefusal = "wrong" | "expired" | "not_known_yet";

interface Held {
  readonly hash: Buffer;
  readonly principal: Principal;
  readonly expiresAt: number;
  expiryTold: boolean;
  /** Wall times, milliseconds since 1970: of the last use, and of the last that was given out; 0 for none. */
  usedAt: number;
  toldAt: number;
}

/** What a key that nobody has is compared with, so that it takes as long. */
const NOBODYS = Buffer.alloc(32);
/** A key's uses are given out at most this often, in milliseconds. */
const TELL_EVERY_MS = 60_000;

export class Keys {
  readonly #world: World;
  readonly #byId = new Map<string, Held>();
  #isKnown = false;

  constructor(world: World) {
    this.#world = world;
  }

  /** Who holds this key; `digest` is the SHA-256 of `text`. Counts as a use. */
  find(text: string, digest: Buffer): Principal | KeyRefusal {
    const held = this.#byId.get(keyId(text) ?? "");
    const isRight = timingSafeEqual(digest, held?.hash ?? NOBODYS);
    if (held === undefined || !isRight) return this.#isKnown ? "wrong" : "not_known_yet";
    const now = this.#world.wall();
    if (now >= held.expiresAt) return "expired";
    held.usedAt = now;
    return held.principal;
  }

  /** Whether what a principal was let in with still holds; what did not begin with a key always does. */
  holds({ key }: Principal): boolean {
    if (key === undefined) return true;
    const held = this.#byId.get(key);
    return held !== undefined && this.#world.wall() < held.expiresAt;
  }

  /** From now on this key is valid. */
  add({ id, name, role, hash, expiresAt }: KnownKey): void {
    const principal: Principal = { id: `key:${name}`, role, via: "key", key: id };
    const until = expiresAt ?? Number.POSITIVE_INFINITY;
    this.#byId.set(id, { hash, principal, expiresAt: until, expiryTold: false, usedAt: 0, toldAt: 0 });
  }

  /** From now on exactly these are valid. Answers whose key no longer is. */
  adopt(keys: readonly KnownKey[]): Principal[] {
    this.#isKnown = true;
    const present = new Set(keys.map(({ id }) => id));
    const ended = [...this.#byId.keys()].filter((id) => !present.has(id)).flatMap((id) => this.end(id) ?? []);
    for (const key of keys) if (!this.#byId.has(key.id)) this.add(key);
    return ended;
  }

  /** From now on this key is not valid. Answers whose it was. */
  end(id: string): Principal | undefined {
    const held = this.#byId.get(id);
    this.#byId.delete(id);
    return held?.principal;
  }

  /** Those that have expired since this was asked last. */
  takeExpired(): Principal[] {
    const now = this.#world.wall();
    const expired = [...this.#byId.values()].filter(({ expiryTold, expiresAt }) => !expiryTold && now >= expiresAt);
    for (const held of expired) held.expiryTold = true;
    return expired.map(({ principal }) => principal);
  }

  /** Wall time of the key's last use since this process knows it, milliseconds since 1970; 0 for none. */
  usedAt(id: string): number {
    return this.#byId.get(id)?.usedAt ?? 0;
  }

  /** The last uses that were not given out yet, of each key at most one a minute; `all` are those of the last minute too. */
  takeUses({ all }: { readonly all: boolean }): { id: string; at: number }[] {
    return [...this.#byId].flatMap(([id, held]) => {
      const sinceMs = held.usedAt - held.toldAt;
      if (sinceMs === 0 || (!all && sinceMs < TELL_EVERY_MS)) return [];
      held.toldAt = held.usedAt;
      return [{ id, at: held.usedAt }];
    });
  }
}
