// Is this checkout fit to be handed on? Types, lint, format, budgets and walls, generated pages, and the quick tests.
// --static leaves the tests out. Every step runs, whatever the others say.
import { spawnSync } from "node:child_process";
import { resolve } from "node:path";

const root = resolve(import.meta.dirname, "..");
const TSC = "node_modules/typescript/bin/tsc";
const BIOME = "node_modules/@biomejs/biome/bin/biome";

interface Step {
  readonly name: string;
  readonly args: readonly string[];
}

const STATIC: readonly Step[] = [
  { name: "types", args: [TSC, "-p", "."] },
  { name: "types of the dashboard", args: [TSC, "-p", "web"] },
  { name: "lint, format, budgets, walls", args: [BIOME, "check", "--error-on-warnings"] },
  { name: "walls as the table says", args: ["scripts/walls.ts", "--check"] },
  { name: "generated pages", args: ["scripts/docs.ts", "--check"] },
];
const TESTS: Step = { name: "quick tests", args: ["scripts/test.ts", "--quick"] };

function passes({ name, args }: Step): boolean {
  const startedAt = performance.now();
  const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: "inherit" });
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  console.log(`${status === 0 ? "ok    " : "FAILED"} ${name} (${seconds} s)`);
  return status === 0;
}

const steps = process.argv.includes("--static") ? STATIC : [...STATIC, TESTS];
const failed = steps.filter((step) => !passes(step));
if (failed.length > 0) console.error(`check failed: ${failed.map(({ name }) => name).join("; ")}`);
process.exitCode = failed.length === 0 ? 0 : 1;
