// How does a browser open a socket without a secret in its address? With a ticket: one use, 30 seconds, one principal.
import type { World } from "#lib/world.ts";
import { fingerprint, newSecret } from "./credentials.ts";
import type { Principal } from "./principal.ts";

export const TICKET_LIMITS = { max: 1_000, lifeMs: 30_000 } as const;

/** A verified principal for as long as `valid()` says so; asked again during a long connection. */
export interface Lease {
  readonly principal: Principal;
  valid(): boolean;
}

export interface Tickets {
  /** `expiresAt` is wall time in milliseconds since 1970. At the limit the oldest ticket is void. */
  issue(lease: Lease): { ticket: string; expiresAt: number };
  /** The lease of an unused ticket; the ticket is void afterwards. */
  take(ticket: string): Lease | undefined;
}

export function createTickets(world: World): Tickets {
  const tickets = new Map<string, { readonly lease: Lease; readonly until: number }>();
  return {
    issue(lease) {
      const oldest = tickets.size >= TICKET_LIMITS.max ? tickets.keys().next().value : undefined;
      if (oldest !== undefined) tickets.delete(oldest);
      const ticket = newSecret();
      tickets.set(fingerprint(ticket), { lease, until: world.now() + TICKET_LIMITS.lifeMs });
      return { ticket, expiresAt: Math.round(world.wall() + TICKET_LIMITS.lifeMs) };
    },
    take(ticket) {
      const key = fingerprint(ticket);
      const found = tickets.get(key);
      tickets.delete(key);
      return found !== undefined && world.now() < found.until && found.lease.valid() ? found.lease : undefined;
    },
  };
}
