// Does exactly one process open this data directory? PGlite does not ask, and two writers lose acknowledged rows, so
// this lock is taken before it opens and held for life. It is never taken from a holder that may be alive.
//
// On Linux the kernel holds it and frees it at death, however death comes: an abstract socket named after the real path
// (same network namespace) and flock(2) on the lock file (same host, every namespace; set by the `flock` command on our
// open file, because Node cannot). Where there is no `flock`, and on macOS and Windows, the file's record decides alone:
// there two starts within the same instant are told apart by reading the record back after a moment.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { closeSync, ftruncateSync, openSync, readFileSync, realpathSync, writeSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describeSelf, type Holder, livenessOf, parseHolder } from "./holder.ts";

export type LockAnswer =
  | { readonly type: "taken"; release(): void }
  | { readonly type: "held"; readonly holder: Holder | null };

const RETRY_MS = 50;
const SETTLE_MS = 30;

/** Takes the lock of `dataDir`, trying for `waitMs`, because the database process of a killed gateway needs a moment to end. */
export async function takeLock(dataDir: string, waitMs: number): Promise<LockAnswer> {
  const giveUpAt = performance.now() + waitMs;
  for (;;) {
    const answer = await tryLock(realpathSync(dataDir));
    if (answer.type === "taken" || performance.now() >= giveUpAt) return answer;
    await sleep(RETRY_MS);
  }
}

/** A short name for a folder, the same for every path that leads to it. */
export const folderKey = (folder: string): string =>
  createHash("sha256").update(realpathSync(folder)).digest("hex").slice(0, 24);

async function tryLock(folder: string): Promise<LockAnswer> {
  const path = join(folder, "pg.lock");
  const name = process.platform === "linux" ? await holdName(`\0omni2-${folderKey(folder)}`) : null;
  if (name === "held") return { type: "held", holder: readHolder(path) };
  const file = openSync(path, "a+", 0o600);
  const free = await claimFile(file, path);
  if (free) return { type: "taken", release: () => releaseAll(name, file) };
  const holder = readHolder(path);
  closeSync(file);
  name?.close();
  return { type: "held", holder };
}

/** Listening on a taken abstract name fails; the kernel frees the name when the process ends. */
function holdName(name: string): Promise<Server | "held"> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.once("error", (error: NodeJS.ErrnoException) =>
      error.code === "EADDRINUSE" ? resolve("held") : reject(error),
    );
    server.listen(name, () => resolve(server.unref()));
  });
}

async function claimFile(file: number, path: string): Promise<boolean> {
  const kernel = flock(file);
  if (kernel === "held") return false;
  const self = describeSelf();
  const before = readHolder(path);
  if (kernel === "unsupported" && before !== null && livenessOf(before, self) !== "dead") return false;
  const record = `${JSON.stringify(self)}\n`;
  ftruncateSync(file);
  writeSync(file, record);
  if (kernel === "taken") return true;
  await sleep(SETTLE_MS);
  return readFileSync(path, "utf8") === record;
}

/** The lock belongs to the open file, which the command inherits as descriptor 3 and leaves locked when it ends. */
function flock(file: number): "taken" | "held" | "unsupported" {
  if (process.platform !== "linux") return "unsupported";
  const { status } = spawnSync("flock", ["-x", "-n", "3"], {
    stdio: ["ignore", "ignore", "ignore", file],
    timeout: 2000,
  });
  return status === 0 ? "taken" : status === 1 ? "held" : "unsupported";
}

function readHolder(path: string): Holder | null {
  try {
    return parseHolder(readFileSync(path, "utf8"));
  } catch {
    return null;
  }
}

function releaseAll(name: Server | null, file: number): void {
  // The file stays: removing it would let two processes hold locks on two files of one name.
  ftruncateSync(file);
  closeSync(file);
  name?.close();
}
