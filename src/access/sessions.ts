// Which browsers are logged in? Random ids held only as hashes, in bounded memory, gone after idle or absolute time.
import type { World } from "#lib/world.ts";
import { fingerprint, newSecret } from "./credentials.ts";
import type { Principal } from "./principal.ts";

export const SESSION_LIMITS = { max: 1_000, absoluteMs: 12 * 3_600_000, idleMs: 2 * 3_600_000 } as const;

interface Session {
  readonly principal: Principal;
  readonly openedAt: number;
  seenAt: number;
}

export interface Sessions {
  /** Opens a session and returns its secret id, which is not kept. At the limit the oldest session ends. */
  open(principal: Principal): string;
  /** The principal of a live session; counts as use. */
  find(secret: string): Principal | undefined;
  /** A check that stays true while the session lives; each call counts as use. */
  lease(secret: string): () => boolean;
  close(secret: string): void;
  readonly size: number;
}

/** Sessions of the people's side; times are monotonic. */
export function createSessions(world: World, limits: { readonly max: number } = SESSION_LIMITS): Sessions {
  const sessions = new Map<string, Session>();

  const touch = (key: string): Session | undefined => {
    const session = sessions.get(key);
    if (session === undefined) return undefined;
    const now = world.now();
    if (now - session.openedAt >= SESSION_LIMITS.absoluteMs || now - session.seenAt >= SESSION_LIMITS.idleMs) {
      sessions.delete(key);
      return undefined;
    }
    session.seenAt = now;
    return session;
  };

  return {
    open(principal) {
      const oldest = sessions.size >= limits.max ? sessions.keys().next().value : undefined;
      if (oldest !== undefined) sessions.delete(oldest);
      const secret = newSecret();
      const now = world.now();
      sessions.set(fingerprint(secret), { principal, openedAt: now, seenAt: now });
      return secret;
    },
    find: (secret) => touch(fingerprint(secret))?.principal,
    lease(secret) {
      const key = fingerprint(secret);
      return () => touch(key) !== undefined;
    },
    close(secret) {
      sessions.delete(fingerprint(secret));
    },
    get size() {
      return sessions.size;
    },
  };
}
