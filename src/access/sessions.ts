// Which browsers are logged in? Random ids held only as hashes, in bounded memory, gone after idle or absolute time.
import type { World } from "#lib/world.ts";
import { fingerprint, newSecret } from "./credentials.ts";
import type { Principal } from "./principal.ts";

/** `perKey`: of one key, so that its holder cannot crowd out the others. */
export const SESSION_LIMITS = {
  max: 1_000,
  perKey: 20,
  absoluteMs: 12 * 3_600_000,
  idleMs: 2 * 3_600_000,
} as const;

interface Session {
  readonly principal: Principal;
  readonly openedAt: number;
  seenAt: number;
}

export interface Sessions {
  /** Opens a session and returns its secret id, which is not kept. At a limit the oldest session ends. */
  open(principal: Principal): string;
  /** The principal of a live session; counts as use. */
  find(secret: string): Principal | undefined;
  /** A check that stays true while the session lives; each call counts as use. */
  lease(secret: string): () => boolean;
  close(secret: string): void;
  readonly size: number;
}

export interface SessionsDeps {
  readonly world: World;
  /** Whether what the principal logged in with still holds. */
  readonly holds: (principal: Principal) => boolean;
}

/** Sessions of the people's side; times are monotonic. */
export function createSessions({ world, holds }: SessionsDeps): Sessions {
  const sessions = new Map<string, Session>();

  const touch = (key: string): Session | undefined => {
    const session = sessions.get(key);
    if (session === undefined) return undefined;
    const now = world.now();
    const { absoluteMs, idleMs } = SESSION_LIMITS;
    if (now - session.openedAt >= absoluteMs || now - session.seenAt >= idleMs || !holds(session.principal)) {
      sessions.delete(key);
      return undefined;
    }
    session.seenAt = now;
    return session;
  };

  return {
    open(principal) {
      makeRoom(sessions, principal);
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

function makeRoom(sessions: Map<string, Session>, { key }: Principal): void {
  const ofKey = key === undefined ? [] : [...sessions].filter(([, { principal }]) => principal.key === key);
  const full = sessions.size >= SESSION_LIMITS.max ? sessions.keys().next().value : undefined;
  const oldest = ofKey.length >= SESSION_LIMITS.perKey ? ofKey[0]?.[0] : full;
  if (oldest !== undefined) sessions.delete(oldest);
}
