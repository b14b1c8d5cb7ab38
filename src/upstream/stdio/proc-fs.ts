// Which processes exist, whose children are they, and what marks do they carry? Reads Linux's /proc and nothing else;
// where there is no /proc every answer is empty. It never signals a process.
import { readdirSync, readFileSync, readlinkSync } from "node:fs";

export const hasProcFs = process.platform === "linux";

const read = (path: string): string => {
  try {
    return readFileSync(path, "latin1");
  } catch {
    // The process ended between two looks, or belongs to somebody else.
    return "";
  }
};

const list = (path: string): string[] => {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
};

/** Direct children, whichever thread started them; oldest first per thread. */
export function childrenOf(pid: number): number[] {
  if (!hasProcFs) return [];
  return list(`/proc/${pid}/task`).flatMap((thread) =>
    read(`/proc/${pid}/task/${thread}/children`).split(" ").filter(Boolean).map(Number),
  );
}

/** All descendants, parents before their children. */
export function descendantsOf(pid: number): number[] {
  const found = childrenOf(pid);
  for (let at = 0; at < found.length; at++) found.push(...childrenOf(found[at] as number));
  return found;
}

/** When the process started, in clock ticks since the machine's boot; undefined when it does not exist or is a zombie. */
export function startTimeOf(pid: number): string | undefined {
  const stat = hasProcFs ? read(`/proc/${pid}/stat`) : "";
  // The second field is the program's name in parentheses and may itself hold spaces and parentheses.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return fields[0] === "Z" || fields[0] === "X" ? undefined : fields[19];
}

/** This process's id as /proc names it. */
export function ownPid(): number {
  try {
    return Number(readlinkSync("/proc/self"));
  } catch {
    return process.pid;
  }
}

/** Identity of this process's own pid namespace; pids mean nothing outside it. */
export function pidNamespace(): string {
  try {
    return readlinkSync("/proc/self/ns/pid").replace(/\D/g, "");
  } catch {
    return "0";
  }
}

/** Every process that was started with environment variable `name`, with its value. */
export function processesWith(name: string): { readonly pid: number; readonly value: string }[] {
  if (!hasProcFs) return [];
  const found: { pid: number; value: string }[] = [];
  const self = ownPid();
  for (const entry of list("/proc")) {
    const pid = Number(entry);
    if (!Number.isInteger(pid) || pid === self) continue;
    const value = variableOf(read(`/proc/${pid}/environ`), name);
    if (value !== undefined) found.push({ pid, value });
  }
  return found;
}

function variableOf(environ: string, name: string): string | undefined {
  const at = environ.startsWith(`${name}=`) ? 0 : environ.indexOf(`\0${name}=`) + 1;
  if (at === 0 && !environ.startsWith(`${name}=`)) return undefined;
  const from = at + name.length + 1;
  const end = environ.indexOf("\0", from);
  return environ.slice(from, end === -1 ? undefined : end);
}
