// Who listens, and who reads too slowly? A client above the limit is sent nothing until its backlog has drained and it
// can start again from a snapshot; one that does not drain, or falls behind again soon, is cut. Others never wait for it.
import type { World } from "#lib/world.ts";

export const AUDIENCE_LIMITS = {
  maxBufferedBytes: 1024 * 1024,
  /** A backlog this small is good enough to resume. */
  resumeBytes: 64 * 1024,
  /** Falling behind twice within this time cuts the client. */
  relapseMs: 60_000,
} as const;

/** WebSocket close code for a client that does not keep up. */
export const CLOSE_TOO_SLOW = 4008;

/** What is needed of one connected client. */
export interface LiveClient {
  /** Must not throw and must not modify the bytes: all clients share them. */
  send(bytes: Buffer): void;
  bufferedBytes(): number;
  cut(code: number, reason: string): void;
}

type Pace =
  | { readonly kind: "flowing" }
  /** `bufferedBytes` is the backlog at the last look. */
  | { readonly kind: "draining"; readonly bufferedBytes: number };

interface Seat {
  readonly client: LiveClient;
  pace: Pace;
  fellBehindAt: number;
}

export interface Audience {
  /** Returns the way out. */
  seat(client: LiveClient): () => void;
  sendToAll(bytes: Buffer): void;
  /** One look at the slow ones, to be taken about once a second; `restart` makes what brings a client up to date. */
  followUp(restart: () => Buffer): void;
  clear(): void;
  readonly size: number;
}

const FLOWING: Pace = { kind: "flowing" };

export function createAudience(world: World): Audience {
  const seats = new Set<Seat>();

  const cut = (seat: Seat): void => {
    seats.delete(seat);
    seat.client.cut(CLOSE_TOO_SLOW, "reads too slowly");
  };

  const fallBehind = (seat: Seat): void => {
    const now = world.now();
    if (now - seat.fellBehindAt < AUDIENCE_LIMITS.relapseMs) cut(seat);
    seat.fellBehindAt = now;
    seat.pace = { kind: "draining", bufferedBytes: Number.POSITIVE_INFINITY };
  };

  return {
    seat(client) {
      const seat: Seat = { client, pace: FLOWING, fellBehindAt: Number.NEGATIVE_INFINITY };
      seats.add(seat);
      return () => {
        seats.delete(seat);
      };
    },
    sendToAll(bytes) {
      for (const seat of seats) {
        if (seat.pace.kind === "draining") continue;
        if (seat.client.bufferedBytes() > AUDIENCE_LIMITS.maxBufferedBytes) fallBehind(seat);
        else seat.client.send(bytes);
      }
    },
    followUp(restart) {
      for (const seat of seats) {
        if (seat.pace.kind === "flowing") continue;
        const bufferedBytes = seat.client.bufferedBytes();
        if (bufferedBytes <= AUDIENCE_LIMITS.resumeBytes) {
          seat.pace = FLOWING;
          seat.client.send(restart());
        } else if (bufferedBytes >= seat.pace.bufferedBytes) cut(seat);
        else seat.pace = { kind: "draining", bufferedBytes };
      }
    },
    clear: () => seats.clear(),
    get size() {
      return seats.size;
    },
  };
}
