// How does the table of walls look to Biome? Pure: the table in, the overrides of biome.json out.
// Of two overrides with the same rule the later one replaces the earlier one whole, so every file meets each rule once.
import {
  BUDGETS,
  EXCEPTIONS,
  type Machine,
  ROOMS,
  type Room,
  type Rule,
  TEST_PACKAGES,
  TOP,
  WEB_PACKAGES,
} from "./walls-table.ts";

export interface Override {
  readonly includes: readonly string[];
  readonly linter?: { readonly rules: Readonly<Record<string, Readonly<Record<string, unknown>>>> };
  readonly json?: object;
}

/** biome.json is generated for its most part: as wide as Biome allows, it stays short enough to read. */
const WIDE = 320;

interface Pattern {
  readonly group: readonly string[];
  readonly message: string;
}

const TESTS = ["**/*.test.ts", "**/*.fixture.ts"];
const not = (globs: readonly string[]): string[] => globs.map((glob) => `!${glob}`);
const error = (options?: object): unknown => (options === undefined ? "error" : { level: "error", options });

/** All overrides of biome.json, in their order. */
export function overrides(): Override[] {
  return [
    { includes: ["biome.json"], json: { formatter: { lineWidth: WIDE } } },
    { includes: ["examples/**"], json: { parser: { allowComments: true, allowTrailingCommas: true } } },
    environmentRule(),
    clockRule(),
    ...[...ROOMS.map(roomFiles), { room: TOP, includes: ["src/*.ts"] }].flatMap(roomRules),
    webRule(),
    ...exceptionRules(),
  ];
}

const roomFiles = (room: Room) => ({ room, includes: [`src/${room.name}/**`] });

function roomRules({ room, includes }: { room: Room; includes: readonly string[] }): Override[] {
  const product: Override = {
    includes: [...includes, ...not(TESTS)],
    linter: { rules: { style: importRule(room, room.machine) } },
  };
  const tests: Override = { includes, linter: { rules: { style: importRule(room, "all") } } };
  // Tests may use the whole machine, so where the product may too, one rule serves both.
  return room.machine === "all" ? [tests] : [tests, product];
}

const importRule = (room: Room, machine: Machine): Record<string, unknown> => ({
  noRestrictedImports: error({ patterns: [roomWall(room), NO_WAY_UP, packageWall(room, machine)] }),
});

const NO_WAY_UP: Pattern = {
  group: ["../**", "..", "**/../**"],
  message: "Write ./file.ts inside a room and #room/file.ts across a wall; ../ does not exist in src/.",
};

function roomWall({ name, mayImport }: Room): Pattern {
  const names = mayImport === "all" ? ROOMS.map((room) => room.name) : [name, ...mayImport];
  const allowed = names.map((target) => (target.endsWith(".ts") ? `#${target}` : `#${target}/**`));
  const list = mayImport === "all" ? "every room" : mayImport.join(", ") || "no other room";
  return { group: ["#*/**", ...not(allowed)], message: `This room may import ${list}: see ARCHITECTURE.md.` };
}

const NODE: Readonly<Record<Machine, readonly string[]>> = {
  all: ["!node:*", "!node:*/**"],
  world: ["!node:*", "!node:*/**", "node:timers", "node:timers/**"],
  none: ["!node:buffer"],
};

const MACHINE_TEXT: Readonly<Record<Machine, string>> = {
  all: "",
  world: " Time comes from the World, not from node:timers.",
  none: " It is pure: of Node's modules only node:buffer.",
};

function packageWall({ packages }: Room, machine: Machine): Pattern {
  const own = [...new Set([...packages, ...TEST_PACKAGES])].flatMap((name) => [`!${name}`, `!${name}/**`]);
  return {
    group: ["**", "!#*/**", "!.", "!./**", "!..", "!../**", ...NODE[machine], ...own],
    message: `This room's packages: ${packages.join(", ") || "none"}.${MACHINE_TEXT[machine]} See ARCHITECTURE.md.`,
  };
}

// The dashboard's parts lie in folders of one room, so `../` is fine there; only types of the contract cross the wall.
const webRule = (): Override => ({
  includes: ["web/src/**"],
  linter: {
    rules: {
      style: {
        noRestrictedImports: error({
          patterns: [
            {
              group: ["#*/**", "**/src/**", "!**/src/contract/**"],
              message: "The dashboard knows of the gateway only src/contract, as `import type`.",
            },
            {
              group: ["**", "!#*/**", "!.", "!./**", "!..", "!../**", "!node:*", "!node:*/**"].concat(
                WEB_PACKAGES.flatMap((name) => [`!${name}`, `!${name}/**`]),
              ),
              message: `The dashboard's packages: ${WEB_PACKAGES.join(", ")}. See ARCHITECTURE.md.`,
            },
          ],
        }),
      },
    },
  },
});

const ARGUMENTS = [
  {
    object: "process",
    property: "argv",
    message: "Only settings read the command line; take what you need from them.",
  },
];
const CLOCKS = [
  ["Date", "now"],
  ["Math", "random"],
  ["AbortSignal", "timeout"],
].map(([object, property]) => ({ object, property, message: "Time and chance come from the World." }));

const environmentRule = (): Override => ({
  includes: ["src/**", ...not([...TESTS, ...exempt("environment")])],
  linter: {
    rules: {
      style: { noProcessEnv: error() },
      nursery: { noJsRestrictedProperties: error({ entries: ARGUMENTS }) },
    },
  },
});

const clockRule = (): Override => ({
  includes: [...ROOMS.filter(({ machine }) => machine !== "all").map(({ name }) => `src/${name}/**`), ...not(TESTS)],
  linter: {
    rules: {
      style: {
        noRestrictedGlobals: error({
          deniedGlobals: Object.fromEntries(
            ["setTimeout", "setInterval", "performance"].map((name) => [name, "Time comes from the World."]),
          ),
        }),
      },
      nursery: { noJsRestrictedProperties: error({ entries: [...ARGUMENTS, ...CLOCKS] }) },
    },
  },
});

/** The rule of Biome behind each budget; "environment" is cut out of its own override instead. */
const BIOME_RULES: Readonly<Record<Exclude<Rule, "environment">, readonly [group: string, rule: string]>> = {
  "file-lines": ["style", "noExcessiveLinesPerFile"],
  "function-lines": ["complexity", "noExcessiveLinesPerFunction"],
  parameters: ["complexity", "useMaxParams"],
  complexity: ["complexity", "noExcessiveCognitiveComplexity"],
  "default-export": ["style", "noDefaultExport"],
};

const exempt = (rule: Rule): readonly string[] =>
  EXCEPTIONS.filter((exception) => exception.rule === rule).flatMap((exception) => exception.files);

function exceptionRules(): Override[] {
  return Object.entries(BIOME_RULES).flatMap(([rule, [group, name]]): Override[] => {
    const includes = exempt(rule as Rule);
    return includes.length === 0 ? [] : [{ includes, linter: { rules: { [group]: { [name]: "off" } } } }];
  });
}

/** The budgets as Biome's rules, for the common part of biome.json. */
export const budgetRules = {
  complexity: {
    noExcessiveLinesPerFunction: error({ maxLines: BUDGETS.functionLines }),
    useMaxParams: error({ max: BUDGETS.parameters }),
    noExcessiveCognitiveComplexity: error({ maxAllowedComplexity: BUDGETS.complexity }),
  },
  style: { noExcessiveLinesPerFile: error({ maxLines: BUDGETS.fileLines }) },
};

// `import type ... from`, `import ... from`, `export ... from`, `import "..."` and `import("...")`, as the formatter writes them.
const IMPORTS = /\b(?:import|export)\s+(type\s)?(?:[^"';]*?\bfrom\s+)?"([^"]+)"|\bimport\(\s*"([^"]+)"/g;

/** The imports in a file's text that take values, not only types, from src/contract. Biome cannot tell the two apart. */
export const contractValues = (text: string): string[] =>
  [...text.matchAll(IMPORTS)]
    .filter(([, type, from, dynamic]) => type === undefined && /\/src\/contract\//.test(from ?? dynamic ?? ""))
    .map(([statement]) => statement);
