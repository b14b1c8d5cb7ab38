// Do the table of walls, biome.json and ARCHITECTURE.md agree? Writes the second and third from the first; --check only compares.
// It also reads what Biome cannot tell apart: the dashboard may take the contract's types, never its values.
import { execFileSync } from "node:child_process";
import { existsSync, globSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { budgetRules, contractValues, overrides } from "./walls-rules.ts";
import { EXCEPTIONS, ROOMS, type Room, TOP, WEB_PACKAGES } from "./walls-table.ts";

const root = resolve(import.meta.dirname, "..");
const biomeFile = join(root, "biome.json");
const architectureFile = join(root, "ARCHITECTURE.md");
const START = "<!-- walls:start -->";
const END = "<!-- walls:end -->";

interface BiomeDocument {
  readonly linter: { readonly rules: Readonly<Record<string, Readonly<Record<string, unknown>>>> };
  readonly overrides?: unknown;
}

/** biome.json with its budgets and overrides as the table has them; the rest stays as it was. */
function walledBiome(given: BiomeDocument): BiomeDocument {
  const { rules } = given.linter;
  const budgets = Object.entries(budgetRules).map(([group, own]) => [group, { ...rules[group], ...own }]);
  return {
    ...given,
    linter: { ...given.linter, rules: { ...rules, ...Object.fromEntries(budgets) } },
    overrides: overrides(),
  };
}

const MACHINE = { all: "all of it", world: "time and chance through `World` only", none: "nothing: pure" } as const;

const cells = (...texts: readonly string[]): string => `| ${texts.join(" | ")} |`;
const code = (names: readonly string[]): string => names.map((name) => `\`${name}\``).join(", ");

const roomRow = (room: Room): string =>
  cells(
    String(room.rank),
    room.name,
    room.mayImport === "all" ? "all" : room.mayImport.join(", "),
    code(room.packages),
    MACHINE[room.machine],
  );

/** What stands between the markers of ARCHITECTURE.md. */
function architectureTable(): string {
  const lines = [
    "*Written by `npm run walls` from `scripts/walls-table.ts`; change it there.*",
    "",
    cells("rank", "room", "may import", "packages", "the machine"),
    "|--:|---|---|---|---|",
    ...[...ROOMS, TOP].map(roomRow),
    cells("-", "web", "contract, as `import type` only", code(WEB_PACKAGES), "the browser"),
    "",
    "Exceptions to a budget or a rule, each with its reason:",
    "",
    cells("rule", "files", "why"),
    "|---|---|---|",
    ...EXCEPTIONS.map(({ rule, files, reason }) => cells(rule, code(files), reason)),
  ];
  return lines.map((line) => line.replaceAll("|  |", "| |")).join("\n");
}

function walledArchitecture(text: string): string {
  const [start, end] = [text.indexOf(START), text.indexOf(END)];
  if (start === -1 || end < start) throw new Error(`ARCHITECTURE.md lacks the markers ${START} and ${END}`);
  return `${text.slice(0, start + START.length)}\n${architectureTable()}\n${text.slice(end)}`;
}

/** Imports of the dashboard that would carry the gateway's code into the browser, as `file: import`. */
const webProblems = (): string[] =>
  globSync("web/src/**/*.{ts,tsx}", { cwd: root }).flatMap((file) =>
    contractValues(readFileSync(join(root, file), "utf8")).map(
      (statement) => `${file}: ${statement}\n  the dashboard may import the contract as \`import type\` only`,
    ),
  );

const read = (file: string): string => (existsSync(file) ? readFileSync(file, "utf8") : `${START}\n${END}\n`);

/** Overrides compact, the rest as people write it: the formatter joins what it finds on one line, and there are many. */
function biomeText({ overrides, ...common }: BiomeDocument): string {
  const head = JSON.stringify(common, null, 2).slice(0, -2);
  return `${head},\n"overrides":${JSON.stringify(overrides)}\n}\n`;
}

function write(biome: BiomeDocument, architecture: string): void {
  writeFileSync(biomeFile, biomeText(biome));
  writeFileSync(architectureFile, architecture);
  execFileSync(
    process.execPath,
    [join(root, "node_modules/@biomejs/biome/bin/biome"), "format", "--write", biomeFile],
    {
      cwd: root,
      stdio: ["ignore", "ignore", "inherit"],
    },
  );
}

const biome = JSON.parse(readFileSync(biomeFile, "utf8")) as BiomeDocument;
const walled = walledBiome(biome);
const architecture = read(architectureFile);
const drawn = walledArchitecture(architecture);
const problems = webProblems();

if (process.argv.includes("--check")) {
  if (!isDeepStrictEqual(JSON.parse(JSON.stringify(walled)), biome)) {
    problems.push("biome.json is not what scripts/walls-table.ts says: run `npm run walls`");
  }
  if (drawn !== architecture) {
    problems.push("ARCHITECTURE.md is not what scripts/walls-table.ts says: run `npm run walls`");
  }
} else {
  write(walled, drawn);
}
for (const problem of problems) console.error(problem);
process.exitCode = problems.length === 0 ? 0 : 1;
