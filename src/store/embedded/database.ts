// How does the gateway get an embedded database? It forks one process for it, learns its socket, and stops it at the end.
// Starting it again after its death is the caller's decision. Never opens the data directory itself.
import { type ChildProcess, fork } from "node:child_process";
import { join } from "node:path";
import { Fault } from "#contract/fault.ts";
import type { World } from "#lib/world.ts";
import type { Holder } from "./holder.ts";
import type { ChildMessage, ParentMessage } from "./messages.ts";

export interface EmbeddedDatabase {
  /** Folder of the socket once it serves, or a rejection that says why it does not. */
  readonly serving: Promise<string>;
  readonly pid: number | null;
  /** The process has not ended. */
  readonly alive: boolean;
  /** Ends the process at once, for one that does not answer. Acknowledged writes are safe. */
  kill(): void;
  /** Asks the process to close the database and end; kills it after 3 s. */
  stop(): Promise<void>;
}

const STOP_MS = 3000;
const OPEN_MS = 60_000;
const STDERR_BYTES = 2000;

/** Forks the database process and waits until the data directory is locked. Throws the fault DATA_DIR_IN_USE. */
export async function openEmbedded(dataDir: string, world: World): Promise<EmbeddedDatabase> {
  const child = forkChild(dataDir);
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const locked = Promise.withResolvers<void>();
  const serving = Promise.withResolvers<string>();
  serving.promise.catch(() => {});
  const refuse = (error: Error): void => {
    locked.reject(error);
    serving.reject(error);
  };
  child.on("message", (message: ChildMessage) => {
    if (message.type === "locked") locked.resolve();
    else if (message.type === "serving") serving.resolve(message.socketFolder);
    else if (message.type === "held") refuse(inUse(dataDir, message.holder));
    // Under `node --watch` a forked process tells on the same channel which files it read.
    else if (message.type === "failed") refuse(cannotOpen(dataDir, message));
  });
  const stderr = tailOf(child);
  child.once("error", (error) => refuse(new Error("the database process could not be started", { cause: error })));
  child.once("close", (code, signal) => refuse(endedEarly(signal ?? `code ${code}`, stderr())));
  const patience = world.after(OPEN_MS, () => child.kill("SIGKILL"));
  serving.promise.then(patience, patience);
  await locked.promise;
  return {
    serving: serving.promise,
    pid: child.pid ?? null,
    get alive() {
      return child.exitCode === null && child.signalCode === null;
    },
    kill: () => void child.kill("SIGKILL"),
    stop: () => stopChild(child, ended, world),
  };
}

function forkChild(dataDir: string): ChildProcess {
  const file = join(import.meta.dirname, import.meta.filename.endsWith(".ts") ? "child.ts" : "child.js");
  const child = fork(file, [dataDir], {
    // Without the optimising compiler the WebAssembly code takes about 450 MB less, and starts faster.
    execArgv: ["--liftoff-only"],
    stdio: ["ignore", "ignore", "pipe", "ipc"],
  });
  return child;
}

/** The last words on standard error, for the operator. */
function tailOf(child: ChildProcess): () => string {
  let tail = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    tail = (tail + text).slice(-STDERR_BYTES);
  });
  return () => tail.trim();
}

async function stopChild(child: ChildProcess, ended: Promise<void>, world: World): Promise<void> {
  if (child.connected) child.send({ type: "stop" } satisfies ParentMessage, () => {});
  const cancel = world.after(STOP_MS, () => child.kill("SIGKILL"));
  await ended;
  cancel();
}

function inUse(dataDir: string, holder: Holder | null): Fault {
  const who =
    holder === null ? "another process" : `the gateway with pid ${holder.gatewayPid} (its database: pid ${holder.pid})`;
  const look = holder === null ? `fuser ${join(dataDir, "pg.lock")}` : `ps -fp ${holder.gatewayPid},${holder.pid}`;
  return new Fault(
    "DATA_DIR_IN_USE",
    `The data directory ${dataDir} is held by ${who}, and only one may open it. ` +
      `Look with \`${look}\`, then stop it, or start this gateway with another --data-dir.`,
  );
}

function cannotOpen(dataDir: string, failed: { message: string; code: string | null }): Error {
  const system = ["EACCES", "EPERM", "EROFS", "ENOTDIR", "ENOENT", "EEXIST"].includes(failed.code ?? "");
  const text = `the embedded database in ${dataDir} cannot be opened: ${failed.message}`;
  return system
    ? new Fault("CONFIG_INVALID", `${text}. Choose a folder that can be written with --data-dir.`)
    : new Error(text);
}

function endedEarly(how: string, stderr: string): Error {
  return new Error(`the database process ended (${how})${stderr === "" ? "" : `: ${stderr.split("\n").at(-1)}`}`);
}
