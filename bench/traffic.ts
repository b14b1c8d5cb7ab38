// How do the paths compare under load? Short windows of all paths take turns, so that a busy machine disturbs every path alike.
// What else runs there can only make a call dearer: paths are judged by the windows that it disturbed least.
import { median, quantile } from "./figures.ts";
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
  /** Judged by a small difference, which needs more windows than a ratio, and shorter ones. */
  readonly fine?: boolean;
  readonly paths: readonly Path[];
}

export interface PathFigures {
  readonly name: string;
  readonly perSecond: number;
  /** Between the quarters at both ends, as a share of the median. */
  readonly perSecondSpread: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Undefined where there is no process in between, or the system does not tell. */
  readonly cpuMicrosPerCall: number | undefined;
  readonly loadMicrosPerCall: number;
  readonly calls: number;
  /** Throughput and processor time relative to the floor's. */
  readonly perSecondRatio: number | undefined;
  readonly cpuRatio: number | undefined;
  /** Processor time per call beyond the floor's of the same turn: the mean of the calmer half of all turns. */
  readonly addedMicros: number | undefined;
}

export interface CellFigures {
  readonly section: Cell["section"];
  readonly sessions: number;
  readonly paths: readonly PathFigures[];
}

export interface Rounds {
  readonly rounds: number;
  /** How long each path is measured in a round. */
  readonly seconds: number;
}

export const FLOOR = "floor";
const FIRST_WARM_SECONDS = 4;
const FIRST_SECONDS = 0.1;
/** A neighbour's disturbance often lasts less than a second: a round's time is taken in so many windows. */
const WINDOWS = 8;
/** Six windows of half the length in place of one. */
const FINE = { times: 6, share: 0.5 } as const;
/** Before each window, so that a path does not pay for what the one before it has left in the processor's caches. */
const WARM_SECONDS = 0.05;

type Run = (job: LoadJob) => Promise<LoadReport>;

/** Rejects at the first wrong answer on any path. */
export async function measureTraffic(run: Run, cells: readonly Cell[], plan: Rounds): Promise<CellFigures[]> {
  const windows = cells.map((cell) => cell.paths.map((): LoadReport[] => []));
  await warmUp(run, cells);
  const seconds = plan.seconds / WINDOWS;
  for (let turn = 0; turn < plan.rounds * WINDOWS; turn++) {
    for (const [c, cell] of cells.entries()) {
      for (const p of inTurn(cell, turn)) {
        const window = { warmSeconds: WARM_SECONDS, seconds: cell.fine ? seconds * FINE.share : seconds };
        windows[c]?.[p]?.push(await run(jobOf(cell, cell.paths[p] as Path, window)));
      }
    }
  }
  return cells.map((cell, c) => figuresOf(cell, windows[c] ?? []));
}

/** Which paths are driven one after the other. To and fro, so that none always follows the same one. */
function inTurn({ paths, fine }: Cell, turn: number): number[] {
  const there = [...paths.keys()];
  const back = there.toReversed();
  return Array.from({ length: fine ? FINE.times : 1 }, (_, time) => ((turn + time) % 2 === 0 ? there : back)).flat();
}

// Every path is compiled and connected before the first window of any: one unmeasured window for each kind of call.
async function warmUp(run: Run, cells: readonly Cell[]): Promise<void> {
  const seen = new Set<string>();
  for (const cell of cells) {
    for (const path of cell.paths) {
      const key = `${path.url} ${path.tool} ${cell.bytes} ${cell.keys}`;
      if (seen.has(key)) continue;
      seen.add(key);
      await run(jobOf({ ...cell, sessions: 16 }, path, { warmSeconds: FIRST_WARM_SECONDS, seconds: FIRST_SECONDS }));
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
  keep: true,
  ...(pid === undefined ? {} : { watchPid: pid }),
});

function figuresOf(cell: Cell, windows: readonly (readonly LoadReport[])[]): CellFigures {
  const floor = windows[cell.paths.findIndex((path) => path.name === (cell.base ?? FLOOR))] ?? [];
  const paths = cell.paths.map((path, p) => pathFigures(path.name, windows[p] ?? [], floor));
  return { section: cell.section, sessions: cell.sessions, paths };
}

const QUARTERS = { low: 0.25, high: 0.75 } as const;

/** One path's windows, and the floor's of the same turns. */
export function pathFigures(name: string, windows: readonly LoadReport[], floor: readonly LoadReport[]): PathFigures {
  const middle = (pick: (report: LoadReport) => number): number => median(windows.map(pick));
  const [cost, floorCost] = [cpuOf(windows), cpuOf(floor)];
  const calm = calmTurns(floor.length === 0 ? windows : floor);
  const speed = (reports: readonly LoadReport[]): number =>
    median(calm.flatMap((turn) => reports[turn]?.perSecond ?? []));
  const perSecond = speed(windows);
  return {
    name,
    perSecond,
    perSecondSpread: spreadOf(windows.map((report) => report.perSecond)),
    p50Ms: middle((report) => report.p50Ms),
    p99Ms: middle((report) => report.p99Ms),
    cpuMicrosPerCall: cost,
    loadMicrosPerCall: middle((report) => report.loadMicrosPerCall),
    calls: windows.reduce((sum, report) => sum + report.calls, 0),
    perSecondRatio: floor.length === 0 ? undefined : perSecond / speed(floor),
    cpuRatio: cost === undefined || floorCost === undefined ? undefined : cost / floorCost,
    addedMicros: cost === undefined || floorCost === undefined ? undefined : addedTo(floor, windows),
  };
}

/**
 * The half of the turns in which the floor answered most. They are chosen by the floor alone: a path that collects garbage in bursts
 * would else be judged by the windows without.
 */
const calmTurns = (floor: readonly LoadReport[]): number[] =>
  [...floor.keys()]
    .sort((a, b) => (floor[b] as LoadReport).perSecond - (floor[a] as LoadReport).perSecond)
    .slice(0, Math.ceil(floor.length / 2));

const spreadOf = (values: readonly number[]): number =>
  (quantile(values, QUARTERS.high) - quantile(values, QUARTERS.low)) / median(values);

/** Turn by turn, for what lasts longer than a turn disturbs both alike; of the turns, the half in which both together cost least. */
function addedTo(floor: readonly LoadReport[], windows: readonly LoadReport[]): number {
  const turns = windows.map(
    ({ cpuMicrosPerCall: cost = 0 }, turn) => [floor[turn]?.cpuMicrosPerCall ?? 0, cost] as const,
  );
  const calm = turns.toSorted((a, b) => a[0] + a[1] - b[0] - b[1]).slice(0, Math.ceil(turns.length / 2));
  return calm.reduce((sum, [without, cost]) => sum + cost - without, 0) / calm.length;
}

function cpuOf(windows: readonly LoadReport[]): number | undefined {
  const costs = windows.flatMap(({ cpuMicrosPerCall }) => cpuMicrosPerCall ?? []);
  return costs.length === 0 || costs.length < windows.length ? undefined : quantile(costs, QUARTERS.low);
}
