// Which walls stand between the rooms, which budgets hold, and where is each of them broken on purpose?
// The one table: scripts/walls.ts writes biome.json's overrides and the table of ARCHITECTURE.md from it.

/** What a room's product code may know of the machine it runs on; tests are free. */
export type Machine =
  /** Node's modules, clocks and chance: the edges of the process. */
  | "all"
  /** Node's modules, but time and chance only through the World it is given, so that a simulation can own them. */
  | "world"
  /** Nothing but bytes (node:buffer): pure functions and types. */
  | "none";

export interface Room {
  readonly name: string;
  readonly rank: number;
  /** Rooms, or single files of a room, that it may import; "all" for every room. */
  readonly mayImport: readonly string[] | "all";
  /** Packages that it may import. All but zod belong to one room each. */
  readonly packages: readonly string[];
  readonly machine: Machine;
}

const room = (rank: number, name: string, more: Partial<Room> = {}): Room => ({
  name,
  rank,
  mayImport: ["contract", "lib"],
  packages: [],
  machine: "all",
  ...more,
});

export const ROOMS: readonly Room[] = [
  room(0, "contract", { mayImport: [], packages: ["zod"], machine: "none" }),
  room(0, "lib", { mayImport: [], packages: ["pino", "pino-pretty"] }),
  room(1, "policy", { machine: "none" }),
  room(1, "mcp", { packages: ["@modelcontextprotocol/core"], machine: "none" }),
  room(2, "events", { machine: "world" }),
  room(2, "store", { packages: ["pg", "kysely", "@electric-sql/pglite"] }),
  room(2, "upstream", {
    mayImport: ["contract", "lib", "policy", "mcp"],
    packages: ["@modelcontextprotocol/client", "undici"],
    machine: "world",
  }),
  room(2, "cluster", { packages: ["ioredis"] }),
  room(3, "access", { mayImport: ["contract", "lib", "policy", "store"], packages: ["jose"] }),
  room(3, "calls", {
    mayImport: ["contract", "lib", "policy", "mcp", "events", "upstream", "access"],
    machine: "world",
  }),
  room(3, "coordinator", { mayImport: ["contract", "lib", "policy", "events", "upstream"], machine: "world" }),
  room(3, "config", {
    mayImport: ["contract", "lib", "events", "store"],
    // Parsed text is checked against the contract's schemas, and what they say is turned into issues: hence zod.
    packages: ["yaml", "jsonc-parser", "zod"],
  }),
  room(4, "downstream", {
    // Of the side we call it knows what is served (catalog, snapshot) and what a reply is (transport), not how it is reached.
    mayImport: [
      "contract",
      "lib",
      "mcp",
      "calls",
      "access",
      "upstream/catalog.ts",
      "upstream/snapshot.ts",
      "upstream/transport.ts",
    ],
    packages: ["@modelcontextprotocol/server"],
    machine: "world",
  }),
  room(4, "http", {
    mayImport: ["contract", "lib", "events", "store", "upstream", "calls", "coordinator", "config", "access"],
    // A trust boundary: what a socket says is parsed here, hence zod.
    packages: ["fastify", "@fastify/cookie", "@fastify/static", "ws", "prom-client", "zod"],
  }),
  room(4, "cli", { packages: ["commander"] }),
  room(5, "offline", { mayImport: "all" }),
];

/** The files directly in src/ put the rooms together: they may import every room, and no package but Node's own. */
export const TOP: Room = room(5, "gateway, serve, main, settings", { mayImport: "all" });

/** What the dashboard may import. Of the gateway it knows the contract's types: `import type`, never a value. */
export const WEB_PACKAGES: readonly string[] = ["react", "react-dom"];

/** Tests of any room may also use these; product code may use no development package. */
export const TEST_PACKAGES: readonly string[] = ["fast-check", "@modelcontextprotocol/server"];

export const BUDGETS = { fileLines: 250, functionLines: 50, parameters: 3, complexity: 20 } as const;

export type Rule = "file-lines" | "function-lines" | "parameters" | "complexity" | "environment" | "default-export";

export interface Exception {
  readonly rule: Rule;
  readonly files: readonly string[];
  /** Why the code is better this way than within the rule. */
  readonly reason: string;
}

export const EXCEPTIONS: readonly Exception[] = [
  {
    rule: "function-lines",
    files: ["**/*.test.ts", "**/*.fixture.ts", "test/**"],
    reason: "A scenario reads top to bottom; cutting it up hides what happened before.",
  },
  {
    rule: "parameters",
    files: ["src/contract/fault.ts"],
    reason: "The fault table reads as columns.",
  },
  {
    rule: "parameters",
    files: ["src/upstream/http/response.ts", "src/lib/log.ts"],
    reason: "undici dictates the handler's parameters, pino-pretty the formatter's.",
  },
  {
    rule: "complexity",
    files: ["src/mcp/scan.ts"],
    reason: "One pass over the bytes of every reply; a call per byte would cost more than it explains.",
  },
  {
    rule: "complexity",
    files: ["**/*.test.ts"],
    reason: "A reference that the product is held against is written plainly, in one piece.",
  },
  {
    rule: "environment",
    files: ["src/settings.ts"],
    reason: "The one reader of process.env and process.argv.",
  },
  {
    rule: "environment",
    files: ["src/store/embedded/child.ts"],
    reason: "The database is a program of its own; its data directory is its argument.",
  },
  {
    rule: "default-export",
    files: ["web/vite.config.ts", "scripts/reporter.ts"],
    reason: "Vite and node:test load these and read a default export.",
  },
];
