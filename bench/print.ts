// How does a person read the figures? Aligned tables as text; pure.
import type { MemoryFigures, StartFigures, StartTimes } from "./footprint.ts";
import type { Verdict } from "./goals.ts";
import type { NeighbourFigures } from "./neighbours.ts";
import type { CellFigures } from "./traffic.ts";

const TITLES: Readonly<Record<CellFigures["section"], string>> = {
  small: "Small results over HTTP (echo, about 40 characters)",
  big: "Large results over HTTP (64 KB of text)",
  stdio: "Small results from a stdio server",
  hit: "A kept result (echo, about 40 characters); floor: a JSON server of the same bytes",
  miss: "A result that is not kept yet, by what the cache does",
};

/** The first two columns are aligned to the left, all others to the right. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? "").length)));
  const line = (row: readonly string[]): string =>
    row
      .map((text, column) => (column < 2 ? text.padEnd(widths[column] ?? 0) : text.padStart(widths[column] ?? 0)))
      .join("  ");
  return rows.map((row) => line(row).trimEnd()).join("\n");
}

const HEADER = [
  "sessions",
  "path",
  "calls/s",
  "spread",
  "p50 ms",
  "p99 ms",
  "CPU us/call",
  "calls/s : floor",
  "CPU : floor",
  "load us/call",
];

/** One titled table per section. */
export function trafficText(cells: readonly CellFigures[]): string {
  const parts = Object.entries(TITLES).map(([section, title]) => {
    const mine = cells.filter((cell) => cell.section === section);
    return mine.length === 0 ? "" : `${title}\n${table([HEADER, ...mine.flatMap(cellRows)])}\n`;
  });
  return parts.filter((part) => part !== "").join("\n");
}

const cellRows = (cell: CellFigures): string[][] =>
  cell.paths.map((path, i) => [
    i === 0 ? String(cell.sessions) : "",
    path.name,
    path.perSecond.toFixed(0),
    `${(path.perSecondSpread * 100).toFixed(0)} %`,
    path.p50Ms.toFixed(2),
    path.p99Ms.toFixed(2),
    fixed(path.cpuMicrosPerCall, 1),
    fixed(path.perSecondRatio, 2),
    fixed(path.cpuRatio, 2),
    path.loadMicrosPerCall.toFixed(1),
  ]);

const fixed = (value: number | undefined, digits: number): string =>
  value === undefined ? "-" : value.toFixed(digits);

const megabytes = (bytes: number | undefined): string => (bytes === undefined ? "-" : `${(bytes / 1e6).toFixed(1)} MB`);

export const memoryText = (memory: MemoryFigures): string =>
  `Memory of the gateway process, ten HTTP servers, idle for 5 s\n${table([
    ["resident", megabytes(memory.rssBytes)],
    ["heap and external after a forced collection", megabytes(memory.heldBytes)],
    ["resident after a forced collection", megabytes(memory.rssAfterCollectionBytes)],
  ])}\n`;

export function startText(start: StartFigures): string {
  const row = (name: string, times: StartTimes): string[] => [
    name,
    "",
    ...[times.startMs, times.readyMs, times.allUpMs].map((ms) => ms.toFixed(0)),
  ];
  const header = ["start", "", "startMs of the ready line", "exec to ready ms", "exec to all up ms"];
  return `Start with ten HTTP servers\n${table([header, row("cold", start.cold), row("warm", start.warm)])}\n`;
}

export function neighboursText(figures: readonly NeighbourFigures[]): string {
  const header = [
    "the fiftieth",
    "",
    "p95 ms in order",
    "p95 ms beside it",
    "p95 : in order",
    "calls/s : in order",
    "CPU : in order",
    "calls",
    "its own calls lost",
  ];
  const rows = figures.map((it) => [
    it.fault,
    "",
    ...[it.calmP95Ms, it.p95Ms, it.p95Ratio, it.perSecondRatio, it.cpuRatio].map((value) => value.toFixed(2)),
    String(it.calls),
    `${(it.lostShare * 100).toFixed(0)} %`,
  ]);
  return `Forty-nine healthy HTTP servers beside one in trouble, no call of theirs failed\n${table([header, ...rows])}\n`;
}

const verdictWord = (verdict: Verdict): string =>
  verdict.got === undefined ? "no figure" : verdict.met ? "met" : "MISSED";

const amount = (value: number | undefined, unit: string): string =>
  value === undefined ? "-" : unit === "" ? value.toFixed(2) : `${value.toFixed(unit === "us" ? 1 : 0)} ${unit}`;

export const goalsText = (verdicts: readonly Verdict[]): string =>
  `Goals\n${table(
    verdicts.map((verdict) => [
      verdictWord(verdict),
      verdict.goal,
      amount(verdict.got, verdict.unit),
      `(${verdict.bound} ${amount(verdict.limit, verdict.unit)})`,
    ]),
  )}\n`;
