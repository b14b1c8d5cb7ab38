// Do the walls stand? Forbidden imports are planted in a copy of the folders, under the real biome.json, and must be refused there.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { test } from "node:test";
import { contractValues } from "../scripts/walls-rules.ts";
import { ROOMS } from "../scripts/walls-table.ts";

const root = resolve(import.meta.dirname, "..");

interface Finding {
  readonly category: string;
  readonly location: { readonly path: string };
}

/** Lints files that exist nowhere else, all at once; answers the rules that each one breaks, by its path. */
function lint(files: Readonly<Record<string, string>>): Map<string, string[]> {
  const folder = mkdtempSync(join(tmpdir(), "omni2-walls-"));
  try {
    for (const name of ["biome.json", "package.json", ".gitignore"]) cpSync(join(root, name), join(folder, name));
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), `${text}\n`);
    }
    const args = [join(root, "node_modules/@biomejs/biome/bin/biome"), "lint"];
    const options = ["--max-diagnostics=none", "--reporter=json", "--error-on-warnings"];
    const run = spawnSync(process.execPath, [...args, ...options], { cwd: folder, encoding: "utf8" });
    const { diagnostics } = JSON.parse(run.stdout) as { diagnostics: Finding[] };
    const broken = new Map(Object.keys(files).map((path) => [path, [] as string[]]));
    for (const { category, location } of diagnostics) {
      broken.get(location.path)?.push(category.split("/").at(-1) ?? category);
    }
    return broken;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Plants each text in a file of its own. */
const plant = (folder: string, texts: readonly string[], name = "planted.ts"): Record<string, string> =>
  Object.fromEntries(texts.map((text, n) => [`${folder}/p${n}-${name}`, text]));

const importOf = (from: string): string => `import "${from}";`;

/** Each file breaks this rule; without one, none at all. */
function holds(files: Readonly<Record<string, string>>, rule: string | null): void {
  for (const [path, broken] of lint(files)) {
    const asItShould = rule === null ? broken.length === 0 : broken.includes(rule);
    assert.ok(asItShould, `${path} breaks ${broken.join() || "nothing"}:\n${files[path]}`);
  }
}

/** One forbidden import per room, written by hand: the table itself could be wrong. */
const FORBIDDEN: Readonly<Record<string, string>> = {
  contract: "#lib/json.ts",
  lib: "#contract/fault.ts",
  policy: "#events/bus.ts",
  mcp: "#policy/health.ts",
  events: "#store/store.ts",
  store: "#events/bus.ts",
  upstream: "#config/config.ts",
  cluster: "#store/store.ts",
  access: "#http/server.ts",
  calls: "#coordinator/coordinator.ts",
  coordinator: "#calls/call.ts",
  config: "#coordinator/coordinator.ts",
  downstream: "#upstream/connection.ts",
  http: "#downstream/front.ts",
  cli: "#config/config.ts",
  offline: "#settings.ts",
};

test("every room refuses a room that it may not know", () => {
  assert.deepEqual(Object.keys(FORBIDDEN).sort(), ROOMS.map(({ name }) => name).sort());
  const files = Object.entries(FORBIDDEN).map(([room, from]) => [`src/${room}/planted.ts`, importOf(from)]);
  holds(Object.fromEntries(files), "noRestrictedImports");
});

test("every pair of rooms is as the table says, for product code and for tests", () => {
  const forbidden: Record<string, string> = {};
  const allowed: Record<string, string> = {};
  for (const { name, mayImport } of ROOMS) {
    for (const target of ROOMS.map((room) => room.name)) {
      const open = target === name || mayImport === "all" || mayImport.includes(target);
      for (const ending of ["ts", "test.ts"]) {
        (open ? allowed : forbidden)[`src/${name}/to-${target}.${ending}`] = importOf(`#${target}/nested/file.ts`);
      }
    }
  }
  assert.ok(Object.keys(forbidden).length > 200 && Object.keys(allowed).length > 100);
  holds(forbidden, "noRestrictedImports");
  holds(allowed, null);
});

test("no form of an import gets through a wall", () => {
  const forms = [
    'import type { X } from "#store/x.ts";\nexport const x = {} as X;',
    'export { x } from "#store/x.ts";',
    'export const x = await import("#store/x.ts");',
    importOf("#store"),
  ];
  holds(plant("src/http", [importOf("#store/x.ts")]), null);
  holds(plant("src/policy", forms), "noRestrictedImports");
});

test("nothing in src reaches upwards, and the inside of a room is written with ./", () => {
  holds(plant("src/http", ["../x.ts", "../../x.ts", "./../x.ts", ".."].map(importOf)), "noRestrictedImports");
  holds(plant("src", ["../test/kit.ts", "#main.ts"].map(importOf)), "noRestrictedImports");
  holds(plant("src/http", ["./x.ts", "./deep/x.ts"].map(importOf)), null);
  holds(plant("src", ["./settings.ts", "#http/server.ts", "node:fs/promises"].map(importOf)), null);
});

test("a package is imported by its own room only", () => {
  const packages = ["undici", "@modelcontextprotocol/client", "pg", "kysely/migration", "fastify", "zod", "fs"];
  holds(plant("src/coordinator", packages.map(importOf)), "noRestrictedImports");
  holds(plant("src/store", ["pg", "kysely", "kysely/migration", "node:fs/promises"].map(importOf)), null);
  holds(plant("src/policy", [importOf("fast-check")], "planted.test.ts"), null);
});

test("pure rooms know no machine, and rooms with a World take time and chance from it; their tests are free", () => {
  const machine = ["node:fs", "node:fs/promises", "node:timers"].map(importOf);
  holds(plant("src/policy", machine), "noRestrictedImports");
  holds(plant("src/mcp", [importOf("node:buffer")]), null);
  holds(plant("src/upstream", ["node:timers", "node:timers/promises"].map(importOf)), "noRestrictedImports");
  const clocks = ["setTimeout(() => {}, 1);", "setInterval(() => {}, 1);", "export const x = performance.now();"];
  const readings = ["Date.now()", "Math.random()", "AbortSignal.timeout(1)"].map((text) => `export const x = ${text};`);
  const rooms = ["policy", "events", "upstream", "calls", "coordinator", "downstream"].map((room) => `src/${room}`);
  const inAll = (texts: readonly string[]) => Object.assign({}, ...rooms.map((room) => plant(room, texts)));
  holds(inAll(clocks), "noRestrictedGlobals");
  holds(inAll(readings), "noJsRestrictedProperties");
  holds(plant("src/calls", [...machine, ...clocks, ...readings], "planted.test.ts"), null);
});

test("the environment and the command line are read in settings only", () => {
  const reads = { env: "export const x = process.env.HOME;", argv: "export const x = process.argv[2];" };
  holds({ "src/http/planted.ts": reads.env, "src/serve.ts": reads.env }, "noProcessEnv");
  holds({ "src/calls/planted.ts": reads.argv, "src/main.ts": reads.argv }, "noJsRestrictedProperties");
  holds({ "src/settings.ts": `${reads.env}\n${reads.argv.replace(" x ", " y ")}` }, null);
});

test("what one file exports is named, its own, and within the budgets", () => {
  const lines = (count: number, line: (n: number) => string): string =>
    Array.from({ length: count }, (_, n) => line(n)).join("\n");
  const longFunction = `export function long() {\n${lines(60, (n) => `  console.log(${n});`)}\n}`;
  holds(plant("src/http", ["export default 1;"]), "noDefaultExport");
  holds(plant("src/http", ['export * from "./x.ts";']), "noReExportAll");
  holds(plant("src/http", [lines(260, (n) => `export const x${n} = ${n};`)]), "noExcessiveLinesPerFile");
  holds(plant("src/http", [longFunction]), "noExcessiveLinesPerFunction");
  holds(plant("src/http", [longFunction], "planted.test.ts"), null);
  const manyParameters = "export const x = (a: number, b: number, c: number, d: number) => a + b + c + d;";
  holds(plant("src/http", [manyParameters]), "useMaxParams");
  holds(plant("src/http", ["async function later() {}\nexport function now() {\n  later();\n}"]), "noFloatingPromises");
});

test("files that import each other at run time are refused", () => {
  const files = {
    "src/http/one.ts": 'import { two } from "./two.ts";\nexport const one = () => two;',
    "src/http/two.ts": 'import { one } from "./one.ts";\nexport const two = () => one;',
  };
  holds(files, "noImportCycles");
});

test("the dashboard knows the contract's types and React, and nothing else of ours", () => {
  const forbidden = ["../../src/store/store.ts", "#contract/fault.ts", "undici", "zod"];
  holds(plant("web/src/ui", forbidden.map(importOf)), "noRestrictedImports");
  holds(plant("web/src/ui", ["react", "../session.ts", "./dialog.tsx"].map(importOf)), null);
  const contract = '"../../src/contract/fault.ts"';
  const values = [`import { Fault } from ${contract};`, `import {\n  type A,\n  B,\n} from ${contract};`];
  const others = [`import ${contract};`, `const x = import(${contract})`, `export { FAULTS } from ${contract};`];
  for (const text of [...values, ...others]) assert.equal(contractValues(text).length, 1, text);
  const types = `import type { A } from ${contract};\nimport type {\n  B,\n} from ${contract};\nimport { c } from "react";`;
  assert.deepEqual(contractValues(types), []);
});

test("the table, biome.json and ARCHITECTURE.md agree", () => {
  const check = spawnSync(process.execPath, [join(root, "scripts/walls.ts"), "--check"], { encoding: "utf8" });
  assert.equal(check.status, 0, check.stderr);
});
