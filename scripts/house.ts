// How large is our own code, room by room? Function lengths are those that Biome counts against the budget.
import { spawnSync } from "node:child_process";
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const root = resolve(import.meta.dirname, "..");
const PATTERNS = ["src/**/*.ts", "web/src/**/*.{ts,tsx,css}", "test/**/*.ts", "bench/**/*.ts", "scripts/**/*.ts"];
/** A function of one line is not worth a row. */
const SHORTEST = 2;

interface Size {
  readonly file: string;
  readonly lines: number;
  readonly functions: readonly number[];
}

/** The room that a file belongs to; tests and fixtures of all rooms are counted together. */
function roomOf(file: string): string {
  const [first = "", second = ""] = file.split("/");
  if (/\.(test|fixture)\.ts$/.test(file) && first === "src") return "src, tests";
  if (first !== "src") return first;
  return second.endsWith(".ts") ? "src" : `src/${second}`;
}

/** Lines of every function of two or more lines, by file: what Biome says when nothing longer is allowed. */
function functionLengths(): Map<string, number[]> {
  const folder = mkdtempSync(join(tmpdir(), "omni2-house-"));
  try {
    const rule = { level: "error", options: { maxLines: SHORTEST - 1 } };
    const rules = { preset: "none", complexity: { noExcessiveLinesPerFunction: rule } };
    writeFileSync(join(folder, "biome.json"), JSON.stringify({ linter: { rules } }));
    const biome = join(root, "node_modules/@biomejs/biome/bin/biome");
    const options = [`--config-path=${folder}`, "--reporter=json", "--max-diagnostics=none"];
    const { stdout } = spawnSync(
      process.execPath,
      [biome, "lint", ...options, "src", "web/src", "test", "bench", "scripts"],
      {
        cwd: root,
        encoding: "utf8",
        maxBuffer: 1e8,
      },
    );
    return byFile((JSON.parse(stdout) as { diagnostics: Finding[] }).diagnostics);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Finding {
  readonly message: string;
  readonly location: { readonly path: string };
}

function byFile(findings: readonly Finding[]): Map<string, number[]> {
  const lengths = new Map<string, number[]>();
  for (const { message, location } of findings) {
    const lines = Number(/\((\d+)\)/.exec(message)?.[1]);
    if (lines >= SHORTEST) lengths.set(location.path, [...(lengths.get(location.path) ?? []), lines]);
  }
  return lengths;
}

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
const largest = (values: readonly number[]): number => values.reduce((a, b) => Math.max(a, b), 0);

function row(sizes: readonly Size[]) {
  const lines = sizes.map((size) => size.lines);
  const functions = sizes.flatMap((size) => size.functions);
  return {
    files: sizes.length,
    lines: lines.reduce((a, b) => a + b, 0),
    "file, median": median(lines),
    "file, max": largest(lines),
    "function, median": median(functions),
    "function, max": largest(functions),
  };
}

const lengths = functionLengths();
const sizes = globSync(PATTERNS, { cwd: root }).map(
  (file): Size => ({
    file,
    lines: readFileSync(join(root, file), "utf8").split("\n").length - 1,
    functions: lengths.get(file) ?? [],
  }),
);
const rooms = Map.groupBy(sizes, ({ file }) => roomOf(file));
const rows = [...rooms].sort(([a], [b]) => a.localeCompare(b)).map(([room, own]) => [room, row(own)]);
console.table(Object.fromEntries([...rows, ["all", row(sizes)]]));
