// How strongly can this machine hold a server's processes together? Tried once, with the very command line that servers
// will be started with; it starts no server itself.
import { spawnSync } from "node:child_process";
import { findExecutable } from "./command.ts";

/**
 * `namespace`: the server runs in a pid namespace of its own. Killing its first process kills everything in it, whatever
 * the descendants did to escape, and the kernel does so by itself when the gateway dies.
 * `group`: the server leads a process group. A descendant that leaves the group is found by its marker (Linux only), and
 * nothing kills the tree when the gateway is killed: the next gateway does so at its start.
 */
export type Containment =
  | { readonly kind: "namespace"; readonly wrapper: readonly string[]; readonly init: readonly string[] }
  | { readonly kind: "group" };

export const GROUP: Containment = { kind: "group" };

// The server is a child of a small shell, not the namespace's first process: the kernel ignores SIGTERM for a first
// process without a handler, and somebody must reap the orphans that land on it.
const INIT = ["/bin/sh", "-c", '"$@"; exit $?', "sh"];
// A server that reads /proc/<its own pid> must find itself there; mounts made outside later stay visible.
const OWN_PROC = ["--mount-proc", "--propagation", "slave"];
// Without root: a user namespace in which the server keeps the user id it would have had.
const OWN_USER = ["--user", "--map-current-user"];
// Where distributions keep util-linux. Nobody's PATH decides what holds the servers.
const SYSTEM = { PATH: "/usr/bin:/bin:/usr/sbin:/sbin:/usr/local/bin:/run/current-system/sw/bin" };
const TRIAL_TIMEOUT_MS = 2_000;

let verdict: Containment | undefined;

/** The strongest containment that works here. The first call tries it (tens of milliseconds); later calls remember. */
export function containment(): Containment {
  verdict ??= detect();
  return verdict;
}

function detect(): Containment {
  if (process.platform !== "linux") return GROUP;
  const setpriv = findExecutable("setpriv", SYSTEM);
  const unshare = findExecutable("unshare", SYSTEM);
  if (setpriv === undefined || unshare === undefined) return GROUP;
  const tree = [setpriv, "--pdeathsig", "KILL", unshare, "--pid", "--fork", "--kill-child"];
  for (const more of [OWN_PROC, [], [...OWN_USER, ...OWN_PROC], OWN_USER]) {
    const wrapper = [...tree, ...more, "--"];
    if (works([...wrapper, ...INIT])) return { kind: "namespace", wrapper, init: INIT };
  }
  return GROUP;
}

function works(prefix: readonly string[]): boolean {
  const [file = "", ...args] = prefix;
  // The shell's parent is the namespace's first process, and the exit code must come through.
  const trial = spawnSync(file, [...args, "/bin/sh", "-c", "echo $PPID; exit 7"], {
    timeout: TRIAL_TIMEOUT_MS,
    killSignal: "SIGKILL",
    encoding: "latin1",
    stdio: ["ignore", "pipe", "ignore"],
  });
  return trial.status === 7 && trial.stdout === "1\n";
}

/** One line for the start-up log: how servers' processes are held together on this machine. */
export function describeContainment(): string {
  const held = containment();
  if (held.kind === "namespace") {
    const user = held.wrapper.includes("--user") ? " inside a user namespace" : "";
    return `each stdio server runs in its own pid namespace${user}; its whole process tree ends with it and with the gateway`;
  }
  if (process.platform === "win32") return "stdio servers are ended with taskkill /T; no containment";
  const after =
    process.platform === "linux" ? "leftovers of a killed gateway are ended at the next start" : "no containment";
  return `each stdio server leads its own process group (pid namespaces are not permitted here); ${after}`;
}
