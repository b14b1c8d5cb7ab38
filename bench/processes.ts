// How are the benchmark's processes started and ended? Each one is ended by its own pid, also when the benchmark dies.
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import type { Scope } from "#lib/scope.ts";
import type { Listening } from "./announce.ts";
import type { Way, WayMessage } from "./faulty.ts";
import type { LoadAnswer, LoadJob, LoadReport } from "./load.ts";

const STOP_TIMEOUT_MS = 15_000;

const live = new Set<ChildProcess>();
process.on("exit", () => {
  for (const child of live) child.kill("SIGKILL");
});

/** Remembers a child until it has ended, so that it never outlives this process. */
export function track<T extends ChildProcess>(child: T): T {
  live.add(child);
  child.once("exit", () => live.delete(child));
  return child;
}

/** SIGTERM, then waits. Kills and throws when the process is still there after 15 s. */
export async function stopChild(child: ChildProcess, name: string): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, "exit");
  let killed = false;
  const timer = setTimeout(() => {
    killed = child.kill("SIGKILL");
  }, STOP_TIMEOUT_MS);
  child.kill("SIGTERM");
  await exited;
  clearTimeout(timer);
  if (killed) throw new Error(`${name} did not end within ${STOP_TIMEOUT_MS / 1_000} s of SIGTERM and was killed`);
}

export interface ServerProcess {
  readonly pid: number;
  readonly urls: readonly string[];
}

const scriptPath = (name: string): string => `${import.meta.dirname}/${name}`;

/** Starts a server script of this folder and waits until it listens. The scope ends it. */
export async function startServer(scope: Scope, script: string, args: readonly string[]): Promise<ServerProcess> {
  const child = own(scope, script, args);
  const { urls } = await answerOf<Listening>(child, script);
  return { pid: child.pid as number, urls };
}

export interface FaultyServer {
  readonly url: string;
  /** Resolves when it behaves in this way. */
  become(way: Way): Promise<void>;
}

/** Starts the server that can be told to misbehave; it serves at first. The scope ends it. */
export async function startFaulty(scope: Scope): Promise<FaultyServer> {
  const child = own(scope, "faulty.ts", []);
  const { urls } = await answerOf<Listening>(child, "faulty.ts");
  return {
    url: urls[0] as string,
    async become(way) {
      child.send({ way } satisfies WayMessage);
      await answerOf<WayMessage>(child, "faulty.ts");
    },
  };
}

export interface Load {
  /** Runs one job; rejects when any answer was wrong. One at a time. */
  run(job: LoadJob): Promise<LoadReport>;
}

/** Starts the load's process, which is kept for all jobs: a warm compiler is part of every window. */
export function startLoad(scope: Scope): Load {
  const child = own(scope, "load.ts", []);
  return {
    async run(job) {
      child.send(job);
      const answer = await answerOf<LoadAnswer>(child, "load.ts");
      if ("error" in answer) throw new Error(answer.error);
      return answer.report;
    },
  };
}

function own(scope: Scope, script: string, args: readonly string[]): ChildProcess {
  const child = track(fork(scriptPath(script), args, { execArgv: [] }));
  return scope.own(child, () => stopChild(child, script));
}

async function answerOf<T>(child: ChildProcess, script: string): Promise<T> {
  const done = new AbortController();
  const ended = once(child, "exit", { signal: done.signal }).then(([code, signal]) => {
    throw new Error(`bench/${script} ended early (${code ?? signal}); its own lines above say why`);
  });
  ended.catch(() => {});
  try {
    const [message] = (await Promise.race([once(child, "message", { signal: done.signal }), ended])) as [T];
    return message;
  } finally {
    done.abort();
  }
}
