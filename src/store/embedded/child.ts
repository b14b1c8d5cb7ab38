// The embedded database's own process: takes the lock of the data directory, opens PGlite there and serves it on a unix
// socket until its gateway says stop or is gone. Its event loop belongs to the database, so nothing else may run here.
import { mkdirSync, realpathSync, rmSync } from "node:fs";
import { join } from "node:path";
import { PGlite } from "@electric-sql/pglite";
import { folderKey, takeLock } from "./lock.ts";
import { type ChildMessage, type ParentMessage, SOCKET_NAME } from "./messages.ts";
import { makeSocketFolder } from "./socket-folder.ts";
import { ensureDatabaseFolder } from "./template.ts";
import { createUpkeep } from "./upkeep.ts";
import { openWire } from "./wire.ts";

// How long the database process of a gateway that has just died may need to notice and end.
const PREDECESSOR_MS = 2000;
const CLOSE_MS = 2000;

const tell = (message: ChildMessage): void => {
  if (process.connected) process.send?.(message);
};

async function openDatabase(folder: string): Promise<PGlite> {
  const memory = ["-c", "shared_buffers=4MB", "-c", "max_wal_size=16MB", "-c", "wal_init_zero=off"];
  // Nobody is served while rows are counted, so few are looked at.
  const limits = [...memory, "-c", "default_statistics_target=20"];
  const params = (PGlite as unknown as { defaultStartParams: string[] }).defaultStartParams;
  return await PGlite.create({
    dataDir: folder,
    username: "omni",
    database: "omni",
    startParams: [...params, ...limits],
  });
}

async function serve(dataDir: string): Promise<() => Promise<void>> {
  const database = await openDatabase(ensureDatabaseFolder(dataDir));
  const upkeep = createUpkeep({
    query: async (sql) => (await database.query<Record<string, unknown>>(sql)).rows,
    now: () => performance.now(),
  });
  const socketFolder = makeSocketFolder(folderKey(dataDir));
  const session = { execute: (bytes: Uint8Array) => database.execProtocolRaw(bytes), rest: upkeep.rest };
  const wire = await openWire(join(socketFolder, SOCKET_NAME), session, fail);
  tell({ type: "serving", socketFolder });
  return async () => {
    wire.close();
    await database.close();
    rmSync(socketFolder, { recursive: true, force: true });
  };
}

function fail(error: unknown): void {
  const message = error instanceof Error ? error.message : String(error);
  tell({ type: "failed", message, code: (error as NodeJS.ErrnoException)?.code ?? null });
  process.exitCode = 1;
  process.disconnect?.();
}

interface Closing {
  close(): Promise<void>;
  release(): void;
}

const closing: Closing = { close: async () => {}, release: () => {} };
let ending = false;

async function end(): Promise<void> {
  if (ending) return;
  ending = true;
  // A session that no longer answers must not keep the directory locked.
  setTimeout(() => process.exit(1), CLOSE_MS);
  await closing.close().catch(() => {});
  closing.release();
  process.exit();
}

async function main(dataDir: string): Promise<void> {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const folder = realpathSync(dataDir);
  const lock = await takeLock(folder, PREDECESSOR_MS);
  if (lock.type === "held") {
    tell({ type: "held", holder: lock.holder });
    return process.disconnect?.();
  }
  closing.release = lock.release;
  tell({ type: "locked" });
  closing.close = await serve(folder);
}

// A terminal sends these to every process at once; the gateway drains first and then says stop.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => {});
process.umask(0o077);
process.on("disconnect", () => void end());
process.on("message", (message: ParentMessage) => message.type === "stop" && void end());
const dataDir = process.argv[2];
if (dataDir === undefined || process.send === undefined) throw new Error("this process is started by the gateway only");
main(dataDir).catch(fail);
