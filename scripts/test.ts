// Which tests run, and with what of this machine? All but the deep ones; --deep: those; --quick: unit tests, walls and routes.
// Paths and options of `node --test` are handed on: `npm test -- test/store.test.ts --test-name-pattern=crash`.
import { spawn } from "node:child_process";
import { globSync } from "node:fs";
import { join, resolve } from "node:path";
import { findPostgres, missingChromium, missingRedis } from "../test/machine.ts";

const root = resolve(import.meta.dirname, "..");
const UNIT = ["src/**/*.test.ts", "web/src/**/*.test.ts"];
const QUICK = [...UNIT, "test/walls.test.ts", "test/routes.test.ts"];
const FRONT_DOOR = ["bench/*.test.ts", "test/*.test.ts"];
const DEEP = ["test/*.deep.test.ts"];
/** How long one test or suite may take, in milliseconds. */
const TIMEOUT_MS = { normal: 180_000, deep: 900_000 };

const find = (patterns: readonly string[], except: readonly string[] = []): string[] =>
  globSync(patterns, { cwd: root, exclude: except }).sort();

function choose(flags: readonly string[]): string[] {
  if (flags.includes("--deep")) return find(DEEP);
  return flags.includes("--quick") ? find(QUICK) : find([...UNIT, ...FRONT_DOOR], DEEP);
}

/** One line for each part of the machine that tests would like to have. */
function machine(): string[] {
  const postgres = findPostgres();
  const parts = [
    ["Chromium", missingChromium(), "the dashboard's tests"],
    ["PostgreSQL", "skip" in postgres ? postgres.skip : null, "the tests on an external database"],
    ["Redis", missingRedis(), "nothing yet"],
  ] as const;
  return parts.map(([name, missing, tests]) => (missing === null ? `${name}: found` : `${missing}; skipped: ${tests}`));
}

const given = process.argv.slice(2);
const options = given.filter((word) => word.startsWith("-") && word !== "--deep" && word !== "--quick");
const named = given.filter((word) => !word.startsWith("-"));
const deep = given.includes("--deep");
const files = named.length > 0 ? named : choose(given);

console.log([...machine(), `${files.length} test files`, ""].join("\n"));
if (files.length === 0) throw new Error("no test file is of that kind");
const child = spawn(
  process.execPath,
  [
    "--test",
    // Two at once, on a large machine too: most files start processes of their own, and some measure. Deep ones want it all.
    `--test-concurrency=${deep ? 1 : 2}`,
    `--test-timeout=${deep ? TIMEOUT_MS.deep : TIMEOUT_MS.normal}`,
    `--test-reporter=${join(root, "scripts/reporter.ts")}`,
    ...options,
    ...files,
  ],
  { cwd: root, stdio: ["inherit", "pipe", "inherit"], detached: true },
);

// What a test that timed out has left open must not hold up the run for ever; forcing every file to exit would cut reports off.
const SILENCE_MS = (deep ? TIMEOUT_MS.deep : TIMEOUT_MS.normal) + 60_000;
const giveUp = (): void => {
  console.error(`no word from the tests for ${SILENCE_MS / 1000} s: they are ended`);
  process.kill(-(child.pid as number), "SIGKILL");
};
let silence = setTimeout(giveUp, SILENCE_MS);
child.stdout.on("data", (chunk: Buffer) => {
  clearTimeout(silence);
  silence = setTimeout(giveUp, SILENCE_MS);
  process.stdout.write(chunk);
});
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.on(signal, () => process.kill(-(child.pid as number), signal));
}
child.on("close", (code) => {
  clearTimeout(silence);
  process.exitCode = code ?? 1;
});
