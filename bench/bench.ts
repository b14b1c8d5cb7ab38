// The benchmark: starts server, floor, gateway and load as separate processes, measures, prints, and judges the goals.
// Ends with 1 when any answer was wrong, and with --goals also when a goal is missed. docs/bench.md says how to read it.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { availableParallelism, cpus, tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { createScope, type Scope } from "#lib/scope.ts";
import { openCacheCells } from "./cache-cells.ts";
import { openCells } from "./cells.ts";
import { type Ground, measureMemory, measureStart } from "./footprint.ts";
import { gatewayExists } from "./gateway.ts";
import { type Figures, judge, SECTIONS, type Section } from "./goals.ts";
import { measureNeighbours } from "./neighbours.ts";
import { goalsText, memoryText, neighboursText, startText, trafficText } from "./print.ts";
import { type Load, startLoad, startServer } from "./processes.ts";
import { type CellFigures, measureTraffic, type Rounds } from "./traffic.ts";

interface Settings extends Rounds {
  readonly only: readonly Section[];
  readonly goals: boolean;
  readonly json: string | undefined;
}

const USAGE =
  "npm run bench -- [--only small|big|stdio|cache|memory|start|neighbours] [--rounds N] [--seconds S] [--json FILE] [--goals]";
const SERVERS = 10;

function parseSettings(argv: string[]): Settings {
  const options = {
    only: { type: "string", multiple: true },
    rounds: { type: "string", default: "5" },
    seconds: { type: "string", default: "1" },
    json: { type: "string" },
    goals: { type: "boolean", default: false },
  } as const;
  const { values } = parseArgs({ args: argv, options });
  const asked = (values.only ?? []).flatMap((text) => text.split(","));
  const unknown = asked.find((name) => !SECTIONS.includes(name as Section));
  if (unknown !== undefined) throw new Error(`--only ${unknown} is not a section. ${USAGE}`);
  return {
    only: asked.length === 0 ? SECTIONS : SECTIONS.filter((section) => asked.includes(section)),
    rounds: inRange("--rounds", values.rounds, [1, 100]),
    seconds: inRange("--seconds", values.seconds, [0.1, 60]),
    goals: values.goals,
    json: values.json,
  };
}

function inRange(flag: string, text: string, [min, max]: readonly [number, number]): number {
  const value = Number(text);
  if (!(value >= min && value <= max)) throw new Error(`${flag} ${text} is not between ${min} and ${max}. ${USAGE}`);
  return value;
}

async function measureAll(scope: Scope, settings: Settings): Promise<Figures> {
  const made = await mkdtemp(path.join(tmpdir(), "omni2-bench-"));
  const folder = scope.own(made, (dir) => rm(dir, { recursive: true, force: true }));
  const { urls } = await startServer(scope, "upstream.ts", ["--count", String(SERVERS)]);
  const ground = { folder, urls };
  const wants = (section: Section): boolean => settings.only.includes(section) && gatewayExists();
  // Start and memory first: they are measured while nothing else runs.
  const start = wants("start") ? await measureStart(ground) : undefined;
  if (start !== undefined) console.log(startText(start));
  const memory = wants("memory") ? await measureMemory(ground) : undefined;
  if (memory !== undefined) console.log(memoryText(memory));
  const load = startLoad(scope);
  const cells = await measureCells(scope, { ground, load, settings });
  const plan = { ...settings, folder };
  const neighbours = wants("neighbours") ? await measureNeighbours(scope, load, plan) : undefined;
  if (neighbours !== undefined) console.log(neighboursText(neighbours));
  return {
    cells,
    ...(memory === undefined ? {} : { memory }),
    ...(start === undefined ? {} : { start }),
    ...(neighbours === undefined ? {} : { neighbours }),
  };
}

interface Site {
  readonly ground: Ground;
  readonly load: Load;
  readonly settings: Settings;
}

async function measureCells(outer: Scope, { ground, load, settings }: Site): Promise<CellFigures[]> {
  // Its gateway ends before that of the neighbours starts.
  const scope = outer.own(createScope(), (it) => it.close());
  const open = await openCells(scope, ground, settings.only);
  if (settings.only.includes("cache") && gatewayExists()) open.push(...(await openCacheCells(scope, ground)));
  const cells = open.length === 0 ? [] : await measureTraffic(load.run, open, settings);
  if (cells.length > 0) console.log(trafficText(cells));
  await scope.close();
  return cells;
}

async function main(): Promise<number> {
  const settings = parseSettings(process.argv.slice(2));
  const scope = createScope();
  const onSignal = (): void => void scope.close().finally(() => process.exit(130));
  process.once("SIGINT", onSignal).once("SIGTERM", onSignal);
  const machine = `Node ${process.version}, ${availableParallelism()} cores, ${cpus()[0]?.model ?? process.arch}`;
  console.log(`${machine}; ${settings.rounds} rounds, ${settings.seconds} s for each path in each\n`);
  if (!gatewayExists()) console.log("src/serve.ts is not there: OMNI2 itself is left out.\n");
  try {
    const figures = await measureAll(scope, settings);
    const verdicts = judge(figures, settings.only);
    console.log(goalsText(verdicts));
    const { rounds, seconds } = settings;
    const report = { machine, at: new Date().toISOString(), rounds, seconds, ...figures, goals: verdicts };
    if (settings.json !== undefined) await writeFile(settings.json, `${JSON.stringify(report, undefined, 2)}\n`);
    return settings.goals && verdicts.some((verdict) => !verdict.met) ? 1 : 0;
  } finally {
    await scope.close();
  }
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(`The run failed: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
