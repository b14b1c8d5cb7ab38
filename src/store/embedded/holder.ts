// Who wrote a lock file, and can that process still be alive? Pure but for reading /proc; takes and changes no lock.
import { readFileSync, readlinkSync } from "node:fs";

/** What the lock file says about the process that holds the data directory. */
export interface Holder {
  /** The database process. */
  readonly pid: number;
  /** The gateway that started it. */
  readonly gatewayPid: number;
  /** Start of `pid` in clock ticks since boot, so that a reused number is not mistaken for it; null off Linux. */
  readonly startTime: string | null;
  readonly bootId: string | null;
  readonly pidNamespace: string | null;
}

export function describeSelf(): Holder {
  return {
    pid: process.pid,
    gatewayPid: process.ppid,
    startTime: startTimeOf("self"),
    bootId: attempt(() => readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim()),
    pidNamespace: attempt(() => readlinkSync("/proc/self/ns/pid")),
  };
}

/** The holder in a lock file's text, or null when the file is empty or not ours. */
export function parseHolder(text: string): Holder | null {
  const value = attempt(() => JSON.parse(text) as Partial<Holder>);
  if (typeof value?.pid !== "number" || typeof value.gatewayPid !== "number") return null;
  const { pid, gatewayPid, startTime = null, bootId = null, pidNamespace = null } = value;
  return { pid, gatewayPid, startTime, bootId, pidNamespace };
}

/** `unknown`: it lived in another pid namespace of this boot, where nothing can be seen of it. */
export function livenessOf(holder: Holder, self: Holder): "alive" | "dead" | "unknown" {
  if (holder.bootId !== self.bootId) return "dead";
  if (holder.pidNamespace !== self.pidNamespace) return "unknown";
  if (self.startTime === null) return signalReaches(holder.pid) ? "alive" : "dead";
  return startTimeOf(holder.pid) === holder.startTime ? "alive" : "dead";
}

function startTimeOf(pid: number | "self"): string | null {
  // The name in field 2 may hold spaces and brackets, so count from its last closing bracket: start time is field 22.
  const stat = attempt(() => readFileSync(`/proc/${pid}/stat`, "latin1"));
  return stat?.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? null;
}

function signalReaches(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

function attempt<T>(read: () => T): T | null {
  try {
    return read();
  } catch {
    return null;
  }
}
