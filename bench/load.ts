// The load: a process of its own that calls one endpoint in a closed loop and reports what it saw.
// One job per IPC message; by hand: `node bench/load.ts --url http://127.0.0.1:8000/mcp/bench --sessions 16 --seconds 2`.
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { percentile } from "./figures.ts";
import { type CallPlan, openSession, type Session } from "./session.ts";
import { cpuMicros } from "./usage.ts";

export interface LoadJob extends CallPlan {
  /** More endpoints: the sessions are spread over `url` and these in turn. */
  readonly others?: readonly string[];
  readonly sessions: number;
  /** Unmeasured calls before the window, seconds. */
  readonly warmSeconds: number;
  /** Length of the measured window, seconds. */
  readonly seconds: number;
  /** Ends the window earlier, after so many calls. */
  readonly calls?: number;
  /** The process whose processor time is read at both ends of the window. */
  readonly watchPid?: number;
  /** The sessions stay open for the next job that wants the same ones. */
  readonly keep?: boolean;
}

export interface LoadReport {
  readonly calls: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  /** Processor time of the watched process per call, microseconds. */
  readonly cpuMicrosPerCall?: number;
  /** Processor time of the load itself per call, microseconds. */
  readonly loadMicrosPerCall: number;
}

export type LoadAnswer = { readonly report: LoadReport } | { readonly error: string };

/** Bounds the memory of one window; far above what it can hold in a minute. */
const MAX_SAMPLES = 2_000_000;

/** A window in which nothing was answered lasts until something is, so long at most: the machine may have stood still. */
const STALL_SECONDS = 5;

type Phase = "warm" | "measure" | "stop";

/** Rejects at the first wrong answer, after all its sessions are closed. */
export async function runLoad(job: LoadJob): Promise<LoadReport> {
  const sessions: Session[] = [];
  try {
    await openAll(job, sessions);
    return await measure(sessions, job);
  } finally {
    await closeAll(sessions);
  }
}

const kept = new Map<string, Session[]>();

/** As `runLoad`, with sessions that stay open until an answer is wrong or the process ends. */
async function runKept(job: LoadJob): Promise<LoadReport> {
  const { url, others, tool, bytes, keys, sessions: count } = job;
  const key = JSON.stringify([url, others, tool, bytes, keys, count]);
  const sessions = kept.get(key) ?? [];
  try {
    if (sessions.length === 0) await openAll(job, sessions);
    kept.set(key, sessions);
    return await measure(sessions, job);
  } catch (error) {
    kept.delete(key);
    await closeAll(sessions);
    throw error;
  }
}

async function openAll(job: LoadJob, sessions: Session[]): Promise<void> {
  const urls = [job.url, ...(job.others ?? [])];
  for (let i = 0; i < job.sessions; i++) {
    sessions.push(await openSession({ ...job, url: urls[i % urls.length] as string }));
  }
}

const closeAll = (sessions: readonly Session[]): Promise<unknown> =>
  Promise.allSettled(sessions.map((session) => session.close()));

async function measure(sessions: readonly Session[], job: LoadJob): Promise<LoadReport> {
  const latencies: number[] = [];
  const maxCalls = Math.min(job.calls ?? MAX_SAMPLES, MAX_SAMPLES);
  const full = Promise.withResolvers<void>();
  const first = Promise.withResolvers<void>();
  let phase: Phase = "warm";
  const loop = async (session: Session): Promise<void> => {
    while (phase !== "stop") {
      const startedAt = performance.now();
      await session.call();
      if (phase !== "measure") continue;
      if (latencies.push(performance.now() - startedAt) >= maxCalls) full.resolve();
      first.resolve();
    }
  };
  const loops = Promise.all(sessions.map(loop));
  const over = new AbortController();
  const pause = (seconds: number): Promise<void> => sleep(seconds * 1_000, undefined, { signal: over.signal });
  const untilEnd = (...ends: Promise<unknown>[]): Promise<unknown> => Promise.race([loops, ...ends]);
  try {
    await untilEnd(pause(job.warmSeconds));
    phase = "measure";
    const before = reading(job.watchPid);
    await untilEnd(Promise.all([pause(job.seconds), untilEnd(first.promise, pause(STALL_SECONDS))]), full.promise);
    const after = reading(job.watchPid);
    const calls = latencies.length;
    phase = "stop";
    await loops;
    return summary(latencies.slice(0, calls), before, after);
  } finally {
    phase = "stop";
    over.abort();
  }
}

interface Reading {
  readonly atMs: number;
  readonly watched: number | undefined;
  readonly own: number;
}

function reading(watchPid: number | undefined): Reading {
  const { user, system } = process.cpuUsage();
  const watched = watchPid === undefined ? undefined : cpuMicros(watchPid);
  return { atMs: performance.now(), watched, own: user + system };
}

function summary(latencies: number[], before: Reading, after: Reading): LoadReport {
  const calls = latencies.length;
  if (calls === 0) throw new Error("No call was answered within the measured window");
  const sorted = Float64Array.from(latencies).sort();
  return {
    calls,
    perSecond: (calls * 1_000) / (after.atMs - before.atMs),
    p50Ms: percentile(sorted, 0.5),
    p95Ms: percentile(sorted, 0.95),
    p99Ms: percentile(sorted, 0.99),
    ...(before.watched !== undefined && after.watched !== undefined
      ? { cpuMicrosPerCall: (after.watched - before.watched) / calls }
      : {}),
    loadMicrosPerCall: (after.own - before.own) / calls,
  };
}

function serve(): void {
  process.on("message", (job: LoadJob) => {
    (job.keep ? runKept(job) : runLoad(job)).then(
      (report) => process.send?.({ report } satisfies LoadAnswer),
      (error: unknown) =>
        process.send?.({ error: error instanceof Error ? error.message : String(error) } satisfies LoadAnswer),
    );
  });
  process.once("disconnect", () => process.exit(0));
}

async function byHand(): Promise<void> {
  const text = { type: "string" } as const;
  const options = {
    url: text,
    tool: text,
    bytes: text,
    keys: text,
    sessions: text,
    seconds: text,
    calls: text,
    pid: text,
  };
  const { values } = parseArgs({ options });
  if (values.url === undefined) throw new Error("The load needs an MCP endpoint: --url http://127.0.0.1:PORT/mcp");
  const bytes = Number(values.bytes ?? 0);
  const report = await runLoad({
    url: values.url,
    tool: values.tool ?? (bytes > 0 ? "big" : "echo"),
    bytes,
    ...(values.keys === undefined ? {} : { keys: Number(values.keys) }),
    sessions: Number(values.sessions ?? 1),
    warmSeconds: 0.3,
    seconds: Number(values.seconds ?? (values.calls === undefined ? 2 : 60)),
    ...(values.calls === undefined ? {} : { calls: Number(values.calls) }),
    ...(values.pid === undefined ? {} : { watchPid: Number(values.pid) }),
  });
  console.log(JSON.stringify(report, undefined, 2));
}

if (import.meta.main) {
  if (process.send === undefined) await byHand();
  else serve();
}
