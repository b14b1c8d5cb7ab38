// Where do tests find a real PostgreSQL? DATABASE_URL, else the system's own binaries run on a temporary folder and a free
// port, else a reason to skip. Ends with the test process; never touches a cluster it did not make.
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chownSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "pg";
import { findPostgres, type RunAs } from "./machine.ts";

export interface TestPostgres {
  readonly url: string;
  /** Ends it for good and removes its files (or its database, at DATABASE_URL). */
  stop(): Promise<void>;
  /** Present when the server is ours, so that it may be ill-treated. */
  readonly power: Power | null;
}

export interface Power {
  /** Starts it on its port; harmless when it runs. Resolves when it answers. */
  on(): Promise<void>;
  /** Ends it at once, as a crash does; `on` starts it again on the same port. */
  off(): Promise<void>;
  /** Stops every process of it where it stands: connections stay open and nothing answers. */
  pause(): void;
  resume(): void;
}

export interface Skip {
  readonly skip: string;
}

/** A running PostgreSQL with the user and database `omni`. */
export async function startPostgres(): Promise<TestPostgres | Skip> {
  const prepared = await preparePostgres();
  if ("power" in prepared) await prepared.power?.on();
  return prepared;
}

/** The same, but not started yet when it is ours: its address is known before anything listens there. */
export async function preparePostgres(): Promise<TestPostgres | Skip> {
  const place = findPostgres();
  if ("skip" in place) return place;
  return "url" in place ? borrowDatabase(place.url) : makeCluster(place.programs, place.user);
}

async function borrowDatabase(url: string): Promise<TestPostgres> {
  const name = `omni_test_${randomBytes(6).toString("hex")}`;
  await statement(url, `create database ${name}`);
  const own = new URL(url);
  own.pathname = `/${name}`;
  return { url: own.href, power: null, stop: () => statement(url, `drop database ${name} with (force)`) };
}

async function statement(url: string, sql: string): Promise<void> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 2000 });
  client.on("error", () => {});
  await client.connect();
  await client.query(sql).finally(() => client.end());
}

async function makeCluster(binaries: string, user: RunAs): Promise<TestPostgres> {
  // Root's own temporary folder may be closed to the user postgres.
  const home = mkdtempSync(join(user.uid === undefined ? tmpdir() : "/tmp", "omni2-pg-"));
  if (user.uid !== undefined && user.gid !== undefined) chownSync(home, user.uid, user.gid);
  const initdb = [
    "-D",
    join(home, "data"),
    "-U",
    "omni",
    "-A",
    "trust",
    "-E",
    "UTF8",
    "--no-sync",
    "--no-instructions",
  ];
  execFileSync(join(binaries, "initdb"), initdb, { ...user, cwd: home, stdio: "ignore" });
  const port = await freePort();
  const power = createPower({ program: join(binaries, "postgres"), home, port }, user);
  return {
    url: `postgres://omni@127.0.0.1:${port}/omni`,
    power,
    async stop() {
      await power.off();
      rmSync(home, { recursive: true, force: true });
    },
  };
}

function createPower({ program, home, port }: { program: string; home: string; port: number }, user: RunAs): Power {
  const settings = ["fsync=off", "listen_addresses=127.0.0.1", `unix_socket_directories=${home}`, "max_connections=30"];
  const args = ["-D", join(home, "data"), "-p", String(port), ...settings.flatMap((setting) => ["-c", setting])];
  let server: ChildProcess | null = null;
  const signal = (name: NodeJS.Signals): void => {
    if (server?.pid !== undefined && server.exitCode === null && server.signalCode === null) server.kill(name);
  };
  // Each of its processes leads a session of its own, so a signal to the group would reach only the first.
  const signalAll = (name: NodeJS.Signals): void => {
    const list = execFileSync("ps", ["-o", "pid=", "--ppid", String(server?.pid)], { encoding: "utf8" });
    for (const pid of list.split("\n").map(Number).filter(Boolean)) signalIfThere(pid, name);
    signal(name);
  };
  const end = (): void => signal("SIGKILL");
  return {
    async on() {
      if (server !== null) return;
      server = spawn(program, args, { ...user, cwd: home, stdio: "ignore" });
      process.once("exit", end);
      await answering(`postgres://omni@127.0.0.1:${port}/postgres`);
    },
    async off() {
      if (server === null) return;
      const gone = new Promise((resolve) => server?.once("close", resolve));
      signalAll("SIGCONT");
      signal("SIGQUIT");
      await gone;
      process.removeListener("exit", end);
      server = null;
    },
    pause: () => signalAll("SIGSTOP"),
    resume: () => signalAll("SIGCONT"),
  };
}

/** A connection's process may end between the look and the signal. */
function signalIfThere(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

async function answering(url: string): Promise<void> {
  for (let tries = 0; ; tries++) {
    try {
      return await statement(url, "create database omni");
    } catch (error) {
      if ((error as { code?: string }).code === "42P04") return;
      if (tries === 200) throw error;
      await sleep(100);
    }
  }
}

/** A port that was free a moment ago. */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}
