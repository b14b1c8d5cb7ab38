// How does a test switch what a whole faulty server does while it runs? By a file per server, read anew for every message:
// its first word is the mode, the rest its argument. No file, or an empty one: the server is well.
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface Mode {
  readonly name: string;
  readonly argument: string;
}

const WELL: Mode = { name: "", argument: "" };

const read = (file: string): string => {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
};

/** What the server is told to be now. */
export function modeOf(folder: string, server: string): Mode {
  const text = read(join(folder, `${server}.mode`)).trim();
  if (text === "") return WELL;
  const [name = "", ...rest] = text.split(" ");
  return { name, argument: rest.join(" ") };
}

/** Notes one execution of the tool that must never be executed twice, in a way that outlives the process. */
export const noteExecution = (folder: string, key: string): void => appendFileSync(join(folder, "ledger"), `${key}\n`);

/** Notes that the server was told to give up a call. */
export const noteCancelled = (folder: string, server: string): void =>
  appendFileSync(join(folder, `${server}.cancelled`), "x");

/** Notes one start or one received message, by kind. */
export const noteSeen = (folder: string, server: string, what: string): void =>
  appendFileSync(join(folder, `${server}.seen`), `${what}\n`);

/** The folder through which a test and its faulty servers speak. */
export interface FaultFolder {
  readonly path: string;
  /** `""` makes the server well again. */
  setMode(server: string, mode: string): void;
  /** How often the call with this key was executed, by whichever process. */
  executions(key: string): number;
  /** Every key with the number of its executions. */
  ledger(): ReadonlyMap<string, number>;
  /** Calls of which the server heard that they are cancelled. */
  cancelled(server: string): number;
  /** How often the server saw this: `start`, or a method. */
  seen(server: string, what: string): number;
  remove(): void;
}

export function openFaultFolder(): FaultFolder {
  const path = mkdtempSync(join(tmpdir(), "omni2-faults-"));
  const count = (file: string, line: string): number =>
    read(join(path, file))
      .split("\n")
      .filter((entry) => entry === line).length;
  return {
    path,
    setMode: (server, mode) => writeFileSync(join(path, `${server}.mode`), mode),
    executions: (key) => count("ledger", key),
    ledger() {
      const times = new Map<string, number>();
      for (const key of read(join(path, "ledger")).split("\n")) times.set(key, (times.get(key) ?? 0) + 1);
      times.delete("");
      return times;
    },
    cancelled: (server) => read(join(path, `${server}.cancelled`)).length,
    seen: (server, what) => count(`${server}.seen`, what),
    remove: () => rmSync(path, { recursive: true, force: true }),
  };
}
