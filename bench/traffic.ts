// How do the paths compare under load? Windows of all paths are interleaved, round by round, so that a busy machine
// disturbs every path alike; figures are medians over the rounds, ratios are taken within a round.
import { median, spread } from "./figures.ts";
import type { LoadJob, LoadReport } from "./load.ts";

/** One way from the load to the server. */
export interface Path {
  readonly name: string;
  readonly url: string;
  readonly tool: string;
  /** The process in between whose processor time is measured; undefined when there is none. */
  readonly pid?: number;
}

/** One row group of the report: the same calls on every path. */
export interface Cell {
  readonly section: "small" | "big" | "stdio" | "hit" | "miss";
  readonly sessions: number;
  readonly bytes: number;
  /** The path that the others are compared with; the one named `floor` when it is not said. */
  readonly base?: string;
  /** So many different calls, again and again; without it they never repeat. */
  readonly keys?: number;
  readonly paths: readonly Path[];
}

export interface PathFigures {
  readonly name: string;
  readonly perSecond: number;
  /** Largest minus smallest round as a share of the median. */
  readonly perSecondSpread: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Undefined where there is no process in between, or the system does not tell. */
  readonly cpuMicrosPerCall: number | undefined;
  readonly loadMicrosPerCall: number;
  readonly calls: number;
  /** Throughput and processor time relative to the floor. */
  readonly perSecondRatio: number | undefined;
  readonly cpuRatio: number | undefined;
}

export interface CellFigures {
  readonly section: Cell["section"];
  readonly sessions: number;
  readonly paths: readonly PathFigures[];
}

export interface Rounds {
  readonly rounds: number;
  /** Length of one measured window. */
  readonly seconds: number;
}

export const FLOOR = "floor";
const WARM_SECONDS = 0.25;
const FIRST_WARM_SECONDS = 4;

type Run = (job: LoadJob) => Promise<LoadReport>;

/** Rejects at the first wrong answer on any path. */
export async function measureTraffic(run: Run, cells: readonly Cell[], plan: Rounds): Promise<CellFigures[]> {
  const windows = cells.map((cell) => cell.paths.map((): LoadReport[] => []));
  await warmUp(run, cells);
  for (let round = 0; round < plan.rounds; round++) {
    for (const [c, cell] of cells.entries()) {
      for (const [p, path] of cell.paths.entries()) {
        const report = await run(jobOf(cell, path, { warmSeconds: WARM_SECONDS, seconds: plan.seconds }));
        windows[c]?.[p]?.push(report);
      }
    }
  }
  return cells.map((cell, c) => figuresOf(cell, windows[c] ?? []));
}

// Every path is compiled and connected before the first window of any: one unmeasured window for each kind of call.
async function warmUp(run: Run, cells: readonly Cell[]): Promise<void> {
  const seen = new Set<string>();
  for (const cell of cells) {
    for (const path of cell.paths) {
      const key = `${path.url} ${path.tool} ${cell.bytes} ${cell.keys}`;
      if (seen.has(key)) continue;
      seen.add(key);
      await run(jobOf({ ...cell, sessions: 16 }, path, { warmSeconds: FIRST_WARM_SECONDS, seconds: WARM_SECONDS }));
    }
  }
}

type Window = Pick<LoadJob, "warmSeconds" | "seconds">;

const jobOf = (cell: Cell, { url, tool, pid }: Path, window: Window): LoadJob => ({
  url,
  tool,
  bytes: cell.bytes,
  sessions: cell.sessions,
  ...(cell.keys === undefined ? {} : { keys: cell.keys }),
  ...window,
  ...(pid === undefined ? {} : { watchPid: pid }),
});

function figuresOf(cell: Cell, windows: readonly (readonly LoadReport[])[]): CellFigures {
  const floor = windows[cell.paths.findIndex((path) => path.name === (cell.base ?? FLOOR))] ?? [];
  const paths = cell.paths.map((path, p) => pathFigures(path.name, windows[p] ?? [], floor));
  return { section: cell.section, sessions: cell.sessions, paths };
}

/** Medians of one path's windows; `floor` holds the floor's windows of the same rounds. */
export function pathFigures(name: string, windows: readonly LoadReport[], floor: readonly LoadReport[]): PathFigures {
  const middle = (pick: (report: LoadReport) => number): number => median(windows.map(pick));
  const known = [...windows, ...floor].every((report) => report.cpuMicrosPerCall !== undefined);
  const cpu = (report: LoadReport | undefined): number => report?.cpuMicrosPerCall ?? Number.NaN;
  const ratio = (pick: (report: LoadReport | undefined) => number): number =>
    median(windows.map((report, round) => pick(report) / pick(floor[round])));
  return {
    name,
    perSecond: middle((report) => report.perSecond),
    perSecondSpread: spread(windows.map((report) => report.perSecond)),
    p50Ms: middle((report) => report.p50Ms),
    p99Ms: middle((report) => report.p99Ms),
    cpuMicrosPerCall: windows.some((report) => report.cpuMicrosPerCall === undefined) ? undefined : middle(cpu),
    loadMicrosPerCall: middle((report) => report.loadMicrosPerCall),
    calls: windows.reduce((sum, report) => sum + report.calls, 0),
    perSecondRatio: floor.length === 0 ? undefined : ratio((report) => report?.perSecond ?? Number.NaN),
    cpuRatio: floor.length === 0 || !known ? undefined : ratio(cpu),
  };
}
