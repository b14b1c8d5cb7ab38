// Is the other end still there? A ping every 25 s whose own pong must come within 8 s; other traffic proves nothing.
import type { Cancel, World } from "#lib/world.ts";

export const HEARTBEAT = { pingMs: 25_000, pongMs: 8_000 } as const;

export interface Peer {
  ping(token: string): void;
  onPong(listener: (token: string) => void): void;
  /** Called once, when a pong did not come in time. */
  dead(): void;
}

/** Starts pinging; the returned function stops it. */
export function startHeartbeat(world: World, peer: Peer): Cancel {
  let turn = 0;
  let cancel: Cancel = world.after(HEARTBEAT.pingMs, ping);
  peer.onPong((token) => {
    if (token !== String(turn)) return;
    turn += 1;
    cancel();
    cancel = world.after(HEARTBEAT.pingMs - HEARTBEAT.pongMs, ping);
  });
  function ping(): void {
    turn += 1;
    cancel = world.after(HEARTBEAT.pongMs, peer.dead);
    peer.ping(String(turn));
  }
  return () => cancel();
}
