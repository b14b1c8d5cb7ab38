// Which processes did a gateway leave behind, and are they ours to end? Every server is started with a marker that names
// its owner. Only marked processes whose owner is provably gone are ever killed, never another live gateway's.
import { randomBytes } from "node:crypto";
import type { Log } from "#lib/log.ts";
import { ownPid, pidNamespace, processesWith, startTimeOf } from "./proc-fs.ts";

/** Environment variable that every stdio server and its descendants carry. */
export const OWNER_VARIABLE = "OMNI2_OWNER";

let identity: string | undefined;
let spawns = 0;

/** `<random per gateway>:<pid>:<start time>:<pid namespace>`. Pids are reused, start times within one namespace are not. */
const owner = (): string => {
  identity ??= newIdentity();
  return identity;
};

function newIdentity(): string {
  // As /proc names it, which differs from process.pid in a namespace that shows its parent's /proc.
  const pid = ownPid();
  return [randomBytes(8).toString("hex"), pid, startTimeOf(pid) ?? "0", pidNamespace()].join(":");
}

/** A new marker: this gateway as the owner, and a number for the one server that carries it. */
export const nextMarker = (): string => `${owner()}:${++spawns}`;

/** Kills every process that carries exactly this marker. Returns how many there were. */
export function killMarked(marker: string): number {
  return killAll(processesWith(OWNER_VARIABLE).filter(({ value }) => value === marker));
}

const MAX_PASSES = 5;

/** Kills servers whose gateway died without ending them. Returns how many signals that took. Call it at start-up. */
export function reapLeftovers(log: Log): number {
  const here = pidNamespace();
  let killed = 0;
  // A process that was starting another one while it was looked at has left it behind: look again until nothing is found.
  for (let pass = 0; pass < MAX_PASSES; pass++) {
    const found = killAll(processesWith(OWNER_VARIABLE).filter(({ value }) => isOrphaned(value, here)));
    if (found === 0) break;
    killed += found;
  }
  if (killed > 0) log.warn({ processes: killed }, "ended processes that an earlier gateway left behind");
  return killed;
}

/** Whether a marker names an owner of this pid namespace that no longer runs. */
export function isOrphaned(marker: string, namespace: string): boolean {
  const [random, pid, startTime, markedNamespace] = marker.split(":");
  if (!random || !/^\d+$/.test(pid ?? "") || !startTime || startTime === "0") return false;
  // An owner in another namespace cannot be looked up by its pid; its servers are left alone.
  if (markedNamespace !== namespace || namespace === "0") return false;
  return startTimeOf(Number(pid)) !== startTime;
}

function killAll(processes: readonly { readonly pid: number }[]): number {
  let killed = 0;
  for (const { pid } of processes) {
    try {
      process.kill(pid, "SIGKILL");
      killed++;
    } catch {
      // It ended by itself, or it belongs to another user.
    }
  }
  return killed;
}
