// Which goals does a run meet? Pure: figures in, verdicts out. The limits here are the project's promises about speed and size.
import type { MemoryFigures, StartFigures } from "./footprint.ts";
import type { NeighbourFigures } from "./neighbours.ts";
import type { CellFigures, PathFigures } from "./traffic.ts";

export const GATEWAY = "OMNI2";
/** Names of paths in the section `cache`. */
export const BARE_SERVER = "server, bare";
export const SDK_SERVER = "server, SDK";
export const CACHE_OFF = "cache off";
export const CACHE_SHADOW = "cache shadow";
export const CACHE_AUTO = "cache auto";

export interface Figures {
  readonly cells: readonly CellFigures[];
  readonly memory?: MemoryFigures;
  readonly start?: StartFigures;
  readonly neighbours?: readonly NeighbourFigures[];
}

export interface Verdict {
  readonly goal: string;
  readonly bound: "at least" | "at most";
  readonly limit: number;
  readonly unit: string;
  /** Undefined: this run did not measure it. */
  readonly got: number | undefined;
  readonly met: boolean;
}

const MB = 1_000_000;

export type Section = "small" | "big" | "stdio" | "cache" | "memory" | "start" | "neighbours";
export const SECTIONS: readonly Section[] = ["small", "big", "stdio", "cache", "memory", "start", "neighbours"];

type Goal = Pick<Verdict, "goal" | "bound" | "limit" | "unit"> & {
  readonly section: Section;
  got(f: Figures): number | undefined;
};

const ratioGoal = (
  [section, sessions]: readonly ["small" | "big" | "stdio", number],
  what: "throughput" | "CPU per call",
  limit: number,
): Goal => ({
  section,
  goal: `${section}, ${sessions} ${sessions === 1 ? "session" : "sessions"}: ${what}, floor = 1`,
  bound: what === "throughput" ? "at least" : "at most",
  limit,
  unit: "",
  got: (figures) => ratioOf(pathOf(figures, section, sessions), what),
});

const ratioOf = (path: PathFigures | undefined, what: string): number | undefined =>
  what === "throughput" ? path?.perSecondRatio : path?.cpuRatio;

const pathOf = (figures: Figures, section: string, sessions: number): PathFigures | undefined =>
  figures.cells
    .find((cell) => cell.section === section && cell.sessions === sessions)
    ?.paths.find((path) => path.name === GATEWAY);

const pathAt = (figures: Figures, section: string, name: string): PathFigures | undefined =>
  figures.cells.find((cell) => cell.section === section)?.paths.find((path) => path.name === name);

/** Throughput of a hit where the same client calling this server directly is 1. */
function hitAgainst(figures: Figures, server: string): number | undefined {
  const [hit, direct] = [GATEWAY, server].map((name) => pathAt(figures, "hit", name)?.perSecond);
  return hit === undefined || direct === undefined ? undefined : hit / direct;
}

/** What the cache adds to a call that it does not answer, in microseconds of processor time. */
const addedMicros = (figures: Figures, cache: string): number | undefined =>
  pathAt(figures, "miss", cache)?.addedMicros;

const inMb = (bytes: number | undefined): number | undefined => (bytes === undefined ? undefined : bytes / MB);

const GOALS: readonly Goal[] = [
  ratioGoal(["small", 16], "throughput", 0.7),
  ratioGoal(["small", 16], "CPU per call", 1.5),
  ratioGoal(["big", 16], "throughput", 0.7),
  ratioGoal(["stdio", 1], "CPU per call", 2),
  ratioGoal(["stdio", 16], "CPU per call", 2),
  {
    section: "cache",
    goal: "hit: CPU per call, a JSON echo of the same bytes = 1",
    bound: "at most",
    limit: 1.4,
    unit: "",
    got: (figures) => pathAt(figures, "hit", GATEWAY)?.cpuRatio,
  },
  {
    section: "cache",
    goal: "hit: throughput, the bare server itself = 1",
    bound: "at least",
    limit: 0.7,
    unit: "",
    got: (figures) => hitAgainst(figures, BARE_SERVER),
  },
  {
    section: "cache",
    goal: "hit: throughput, an SDK-built server itself = 1",
    bound: "at least",
    limit: 6,
    unit: "",
    got: (figures) => hitAgainst(figures, SDK_SERVER),
  },
  {
    section: "cache",
    goal: "miss: CPU added, cache auto",
    bound: "at most",
    limit: 5,
    unit: "us",
    got: (figures) => addedMicros(figures, CACHE_AUTO),
  },
  {
    section: "cache",
    goal: "miss: CPU added, cache shadow",
    bound: "at most",
    limit: 5,
    unit: "us",
    got: (figures) => addedMicros(figures, CACHE_SHADOW),
  },
  {
    section: "memory",
    goal: "resident memory, ten servers, idle",
    bound: "at most",
    limit: 180,
    unit: "MB",
    got: ({ memory }) => inMb(memory?.rssBytes),
  },
  {
    section: "memory",
    goal: "heap and external after a collection",
    bound: "at most",
    limit: 60,
    unit: "MB",
    got: ({ memory }) => inMb(memory?.heldBytes),
  },
  {
    section: "start",
    goal: "ready, ten servers, warm data directory",
    bound: "at most",
    limit: 1_500,
    unit: "ms",
    got: ({ start }) => start?.warm.readyMs,
  },
  {
    section: "neighbours",
    goal: "p95 beside a server in trouble, worst fault, in good order = 1",
    bound: "at most",
    limit: 1.5,
    unit: "",
    got: ({ neighbours }) => neighbours && Math.max(...neighbours.map((figures) => figures.p95Ratio)),
  },
];

/** Verdicts on the goals of these sections; a goal without a figure is not met. */
export function judge(figures: Figures, sections: readonly Section[]): Verdict[] {
  return GOALS.filter((goal) => sections.includes(goal.section)).map(({ goal, bound, limit, unit, got: read }) => {
    const got = read(figures);
    const met = got !== undefined && (bound === "at least" ? got >= limit : got <= limit);
    return { goal, bound, limit, unit, got, met };
  });
}
