// How is a server started so that nothing of it can outlive its link, and how is all of it ended? Owns processes and
// their signals; it does not know what they say to each other.
import { type ChildProcess, spawn } from "node:child_process";
import { constants } from "node:os";
import type { Readable, Writable } from "node:stream";
import type { World } from "#lib/world.ts";
import { batchCommandLine, isBatch, type Launch } from "./command.ts";
import { type Containment, containment } from "./containment.ts";
import { killMarked, nextMarker, OWNER_VARIABLE } from "./leftovers.ts";
import { childrenOf, descendantsOf } from "./proc-fs.ts";

export interface ExitStatus {
  readonly code: number | null;
  readonly signal: string | null;
}

export interface ProcessTree {
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Id of the process that the gateway started; the server itself may be its descendant. */
  readonly pid: number;
  /** Id of the server itself, to be killed by hand; null in the first milliseconds and after the end. */
  serverPid(): number | null;
  /** Resolves once the server and its descendants are gone and their output has been read. Never rejects. */
  readonly ended: Promise<ExitStatus>;
  /** Ends of input, 2 s, SIGTERM, 3 s, SIGKILL: at most 5.5 s. Resolves with `ended`. */
  stop(): Promise<void>;
  /** SIGKILL to all of it at once. Resolves with `ended`. */
  kill(): Promise<void>;
}

const STDIN_GRACE_MS = 2_000;
const TERM_GRACE_MS = 3_000;
const KILL_GRACE_MS = 300;
/** A process that even SIGKILL does not end is stuck in the kernel; the link does not wait for it. */
const GIVE_UP_MS = 2_000;
/** After the exit: how long inherited pipes may stay open elsewhere before they are cut. */
const DRAIN_MS = 250;

const KILLED: ExitStatus = { code: null, signal: "SIGKILL" };

const isWindows = process.platform === "win32";

/**
 * Starts the program. Rejects with the operating system's error when that fails. To be called on the main thread only: the
 * kernel takes the end of the calling thread for the end of the gateway.
 */
export async function openProcessTree(launch: Launch, world: World, held = containment()): Promise<ProcessTree> {
  const marker = nextMarker();
  const [file = "", ...args] = commandLine(launch, held);
  const child = spawn(file, args, {
    cwd: launch.cwd,
    env: { ...launch.env, [OWNER_VARIABLE]: marker },
    stdio: "pipe",
    // A group and session of its own: a Ctrl-C at the gateway's terminal is the gateway's to handle.
    detached: !isWindows,
    windowsHide: true,
    windowsVerbatimArguments: isBatch(launch.file),
  });
  await new Promise<void>((resolve, reject) => {
    child.once("spawn", resolve);
    child.once("error", reject);
  });
  return new Tree(child, marker, { held, world, hasInit: usesInit(launch, held) });
}

function commandLine(launch: Launch, held: Containment): string[] {
  const plain = [launch.file, ...launch.args];
  if (held.kind === "namespace") return [...held.wrapper, ...(usesInit(launch, held) ? held.init : []), ...plain];
  return isBatch(launch.file) ? batchCommandLine(plain, launch.env) : plain;
}

// A shell drops variables whose names it cannot spell; a server that has one becomes the namespace's first process itself.
const usesInit = (launch: Launch, held: Containment): boolean =>
  held.kind === "namespace" && Object.keys(launch.env).every((name) => /^[A-Za-z_]\w*$/.test(name));

interface Holding {
  readonly held: Containment;
  readonly world: World;
  readonly hasInit: boolean;
}

class Tree implements ProcessTree {
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  readonly pid: number;
  readonly ended: Promise<ExitStatus>;
  readonly #child: ChildProcess;
  readonly #marker: string;
  readonly #holding: Holding;
  #init: number | undefined;
  #server: number | undefined;
  #status: ExitStatus | undefined;
  #finish: () => void = () => {};
  #stopping: Promise<void> | undefined;
  #killing: Promise<void> | undefined;

  constructor(child: ChildProcess, marker: string, holding: Holding) {
    if (!child.stdin || !child.stdout || !child.stderr || !child.pid) throw new Error("spawned without pipes");
    this.stdin = child.stdin;
    this.stdout = child.stdout;
    this.stderr = child.stderr;
    this.pid = child.pid;
    this.#child = child;
    this.#marker = marker;
    this.#holding = holding;
    this.ended = new Promise((resolve) => {
      this.#finish = () => resolve(this.#status ?? KILLED);
    });
    this.#watch();
  }

  #watch(): void {
    this.#child.once("exit", (code, signal) => {
      // The wrapper cannot repeat a SIGKILL of the namespace's first process; it reports a failure of its own.
      this.#status = this.#killing !== undefined ? KILLED : decode(code, signal, this.#holding.held);
      if (this.#holding.held.kind === "group") this.#killGroup();
      // Immediate: whatever was in the pipes when the time was up is still read first.
      this.#holding.world.after(DRAIN_MS, () => setImmediate(() => this.#cut()));
    });
    this.#child.once("close", () => this.#finish());
    this.#child.on("error", () => {
      // Only signals that could not be sent arrive here; the exit itself is what counts.
    });
  }

  #cut(): void {
    for (const stream of [this.stdin, this.stdout, this.stderr]) stream.destroy();
    this.#finish();
  }

  serverPid(): number | null {
    if (this.#status !== undefined) return null;
    if (this.#holding.held.kind === "group") return this.pid;
    this.#init ??= childrenOf(this.pid)[0];
    if (this.#init === undefined) return null;
    this.#server ??= this.#holding.hasInit ? childrenOf(this.#init)[0] : this.#init;
    return this.#server ?? null;
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #stop(): Promise<void> {
    this.stdin.end();
    if (await this.#endsWithin(STDIN_GRACE_MS)) return;
    this.#terminate();
    if (await this.#endsWithin(TERM_GRACE_MS)) return;
    await this.kill();
  }

  kill(): Promise<void> {
    this.#killing ??= this.#kill();
    return this.#killing;
  }

  async #kill(): Promise<void> {
    if (this.#status === undefined) this.#killAll();
    if (await this.#endsWithin(KILL_GRACE_MS)) return;
    if (this.#status === undefined) this.#killGroup();
    if (!(await this.#endsWithin(GIVE_UP_MS))) this.#cut();
    await this.ended;
  }

  #terminate(): void {
    if (this.#status !== undefined) return;
    this.serverPid();
    const root = this.#init ?? this.pid;
    const all =
      this.#init !== undefined && this.#holding.hasInit ? descendantsOf(root) : [root, ...descendantsOf(root)];
    for (const pid of all) {
      signal(pid, "SIGTERM");
      // A stopped process would only see the signal once it runs again.
      signal(pid, "SIGCONT");
    }
    if (this.#holding.held.kind === "group") signal(-this.pid, "SIGTERM");
  }

  #killAll(): void {
    this.serverPid();
    if (this.#holding.held.kind === "group") this.#killGroup();
    else {
      // The wrapper stays, to report when the last process of the namespace is gone; a stopped one could not.
      signal(this.#init ?? this.pid, "SIGKILL");
      signal(-this.pid, "SIGCONT");
    }
  }

  #killGroup(): void {
    if (isWindows) taskkill(this.pid);
    if (isWindows) return;
    const escaped = this.#status === undefined ? descendantsOf(this.pid) : [];
    signal(-this.pid, "SIGKILL");
    for (const pid of escaped) signal(pid, "SIGKILL");
    killMarked(this.#marker);
  }

  #endsWithin(ms: number): Promise<boolean> {
    return new Promise((resolve) => {
      const cancel = this.#holding.world.after(ms, () => resolve(false));
      void this.ended.then(() => {
        cancel();
        resolve(true);
      });
    });
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, isWindows ? "SIGKILL" : name);
  } catch {
    // It ended between the look and the signal.
  }
}

function taskkill(pid: number): void {
  spawn("taskkill", ["/PID", String(pid), "/T", "/F"], { stdio: "ignore", windowsHide: true }).on("error", () => {});
}

// Through the wrapper, a server that died of a signal is reported the way shells do it: 128 and the signal's number.
function decode(code: number | null, signalName: string | null, held: Containment): ExitStatus {
  if (held.kind === "group" || code === null || code <= 128) return { code, signal: signalName };
  const name = Object.entries(constants.signals).find(([, value]) => value === code - 128)?.[0];
  return name === undefined ? { code, signal: null } : { code: null, signal: name };
}
