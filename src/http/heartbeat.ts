// Is the other end still there? A ping every 25 s whose own pong must come within 8 s; other traffic proves nothing, and time in
// which this process stood still does not count, because a pong may wait to be read.
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
    const pingedAt = world.now();
    cancel = world.after(HEARTBEAT.pongMs, () => judge(pingedAt));
    peer.ping(String(turn));
  }
  function judge(pingedAt: number): void {
    const stalledMs = world.stalledMs(pingedAt);
    if (stalledMs === 0) peer.dead();
    else cancel = world.after(Math.min(stalledMs, HEARTBEAT.pongMs), peer.dead);
  }
  return () => cancel();
}
