// How many live connections may be open, in all, of one user and from one address, and how many may come in a second?
// What comes from this machine counts for the first only.
import { isLoopback } from "#access/guard.ts";
import { Fault } from "#contract/fault.ts";
import type { World } from "#lib/world.ts";
import type { LiveSettings } from "./deps.ts";
import type { LiveConnection, Visit } from "./live-connection.ts";

/** Why one more is too many, or undefined: then it is counted as come. */
export type LiveLimit = (open: ReadonlyMap<LiveConnection, Visit>, one: Visit) => Fault | undefined;

export function createLiveLimit(settings: LiveSettings, world: World): LiveLimit {
  // As many as come in a second may come at once.
  let room = settings.newPerSecond;
  let at = world.now();
  const takeRoom = (): Fault | undefined => {
    const now = world.now();
    const { newPerSecond } = settings;
    room = Math.min(newPerSecond, room + ((now - at) * newPerSecond) / 1_000);
    at = now;
    if (room < 1) return tooFast(Math.ceil(((1 - room) * 1_000) / newPerSecond));
    room--;
    return undefined;
  };
  return (open, one) => {
    const full = fullFault(open, one, settings);
    return full === undefined && !isLoopback(one.address) ? takeRoom() : full;
  };
}

const tooFast = (retryAfterMs: number): Fault =>
  new Fault("RATE_LIMITED", "Too many live connections are being opened at once; connect again in a moment.", {
    retryAfterMs,
  });

function fullFault(open: ReadonlyMap<LiveConnection, Visit>, one: Visit, settings: LiveSettings): Fault | undefined {
  if (open.size >= settings.maxSockets) {
    const message = `All ${settings.maxSockets} live sockets are in use; connect again later.`;
    return new Fault("OVERLOADED", message, { retryAfterMs: 10_000 });
  }
  if (isLoopback(one.address)) return undefined;
  let sameUser = 0;
  let sameAddress = 0;
  for (const { lease, address } of open.values()) {
    if (lease.principal.id === one.lease.principal.id) sameUser += 1;
    if (address === one.address) sameAddress += 1;
  }
  if (sameUser < settings.perUser && sameAddress < settings.perAddress) return undefined;
  return new Fault("RATE_LIMITED", "This user or address has too many live sockets open; close one first.");
}
