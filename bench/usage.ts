// How much processor time and memory has a process used? From /proc where it exists, else from ps.
// Windows has neither: there the answers are undefined and the columns stay empty.
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

// USER_HZ: the kernel reports to user space in hundredths of a second on every Linux architecture that Node runs on.
const MICROS_PER_TICK = 10_000;
const NANOS_PER_MICRO = 1_000;

/**
 * User plus system time of this one process, all its threads, microseconds; children do not count. To the nanosecond where the
 * kernel counts so (Linux with schedstats), else in steps of 10 ms.
 */
export function cpuMicros(pid: number): number | undefined {
  return scheduledMicros(pid) ?? countedMicros(pid) ?? parsePsTime(ps(pid, "time="));
}

/** Time on a processor, the first number of each thread's line. */
function scheduledMicros(pid: number): number | undefined {
  const lines = threadsOf(pid).map((thread) => textOf(`/proc/${pid}/task/${thread}/schedstat`));
  if (lines[0] === undefined) return undefined;
  return lines.reduce((sum, line) => sum + Number(line?.split(" ")[0] ?? 0), 0) / NANOS_PER_MICRO;
}

function threadsOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/task`);
  } catch {
    return [];
  }
}

function countedMicros(pid: number): number | undefined {
  const stat = textOf(`/proc/${pid}/stat`);
  if (stat === undefined) return undefined;
  // The second field is the name in parentheses and may hold spaces: fields are counted from behind it.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) * MICROS_PER_TICK;
}

/** Resident memory of this one process, bytes. */
export function rssBytes(pid: number): number | undefined {
  const kib = textOf(`/proc/${pid}/status`)?.match(/^VmRSS:\s+(\d+) kB$/m)?.[1] ?? ps(pid, "rss=");
  return kib === undefined || kib === "" ? undefined : Number(kib) * 1024;
}

/** `[[days-]hours:]minutes:seconds[.fraction]`, as ps prints processor time, to microseconds. */
export function parsePsTime(text: string | undefined): number | undefined {
  const match = text?.match(/^(?:(\d+)-)?(?:(\d+):)?(\d+):(\d+(?:\.\d+)?)$/);
  if (match === undefined || match === null) return undefined;
  const [days, hours, minutes, seconds] = match.slice(1).map((part) => Number(part ?? 0)) as [
    number,
    number,
    number,
    number,
  ];
  return Math.round((((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1e6);
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return undefined;
  }
}

function ps(pid: number, column: string): string | undefined {
  if (process.platform === "win32") return undefined;
  try {
    return execFileSync("ps", ["-o", column, "-p", String(pid)], { encoding: "utf8" }).trim();
  } catch {
    return undefined;
  }
}
