// How was this process asked to run? Flags win over the environment, which wins over defaults.
// The only reader of process.env and process.argv. Settings hold secrets: never log them.
import { existsSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import type { Environment } from "#config/expand.ts";
import { isLoopbackHost } from "#config/loopback.ts";
import { nearest } from "#config/nearest.ts";
import { Fault } from "#contract/fault.ts";
import { databaseUrl } from "./settings-database.ts";
import { SETTING_FLAGS, type SettingFlag } from "./settings-flags.ts";

export interface Settings {
  /** Absolute paths, at least one. */
  readonly configFiles: readonly string[];
  /** 0: any free port. */
  readonly port: number;
  readonly host: string;
  /** Absolute. */
  readonly dataDir: string;
  /** `url` null: the embedded database. */
  readonly database: { readonly url: string | null };
  readonly redisUrl: string | null;
  /** Null: generated at first run and kept in the data directory. */
  readonly adminToken: string | null;
  readonly log: { readonly level: string; readonly format: "pretty" | "json" };
  /** The whole environment, for `${VAR}` in configuration files and for the children. */
  readonly env: Environment;
}

/** What the machine adds to flags and environment. */
export interface Surroundings {
  readonly cwd: string;
  /** Folder of this package, where `examples/` lies. */
  readonly checkout: string;
  readonly terminal: boolean;
  exists(path: string): boolean;
}

export interface CommandLine {
  /** Without the program and its script. */
  readonly argv: readonly string[];
  readonly env: Environment;
  readonly surroundings: Surroundings;
}

/** The command line of this very process. */
export const processCommandLine = (): CommandLine => ({
  argv: process.argv.slice(2),
  env: { ...process.env },
  surroundings: {
    cwd: process.cwd(),
    checkout: resolve(import.meta.dirname, ".."),
    terminal: process.stdout.isTTY === true,
    exists: existsSync,
  },
});

const LOG_LEVELS = ["fatal", "error", "warn", "info", "debug", "trace", "silent"];
const MIN_TOKEN_LENGTH = 16;

/** Reads the flags of `omni2 serve`. Throws USAGE naming the flag, its range and what to do; never shows a secret. */
export function parseSettings(
  argv: readonly string[],
  env: Environment,
  surroundings: Surroundings = processCommandLine().surroundings,
): Settings {
  const given = readFlags(argv, env);
  const read = (flag: SettingFlag["name"]): Given | undefined => given[flag];
  const { cwd } = surroundings;
  const settings: Settings = {
    configFiles: configFiles(read("config"), surroundings),
    port: port(read("port")),
    host: text(read("host")) ?? "127.0.0.1",
    dataDir: resolve(cwd, text(read("data-dir")) ?? ".omni2"),
    database: { url: databaseUrl(text(read("database-url")), env) },
    redisUrl: redisUrl(read("redis-url")),
    adminToken: adminToken(read("admin-token")),
    log: {
      level: oneOf(read("log-level"), LOG_LEVELS) ?? "info",
      format:
        (oneOf(read("log-format"), ["pretty", "json"]) as "pretty" | "json" | undefined) ??
        (surroundings.terminal ? "pretty" : "json"),
    },
    env,
  };
  return guarded(settings);
}

/** A flag's or variable's value and how a message calls it. */
export interface Given {
  readonly label: string;
  readonly values: readonly string[];
}

const usage = (message: string): Fault => new Fault("USAGE", message);

/** What flags and variables say, by flag. An empty variable counts as unset, as compose files write it; an empty flag does not. */
export function readFlags(argv: readonly string[], env: Environment): Readonly<Record<string, Given>> {
  const flags = parsedFlags(argv);
  return Object.fromEntries(
    SETTING_FLAGS.flatMap(({ name, env: variable, repeatable }): [string, Given][] => {
      const fromFlag = flags[name];
      if (fromFlag !== undefined) return [[name, { label: `--${name}`, values: fromFlag }]];
      const value = variable === undefined ? undefined : env[variable];
      if (value === undefined || value === "") return [];
      const values = repeatable === true ? value.split(delimiter).filter((part) => part !== "") : [value];
      return [[name, { label: String(variable), values }]];
    }),
  );
}

function parsedFlags(argv: readonly string[]): Readonly<Record<string, string[] | undefined>> {
  const options = Object.fromEntries(
    SETTING_FLAGS.map(({ name }) => [name, { type: "string", multiple: true } as const]),
  );
  try {
    return parseArgs({ args: [...argv], options, allowPositionals: false, strict: true }).values;
  } catch (error) {
    throw usage(`${explain(error, argv)} See omni2 --help.`);
  }
}

// parseArgs quotes what it does not know; an argument may be a secret, so only names of flags are repeated.
function explain(error: unknown, argv: readonly string[]): string {
  const known = SETTING_FLAGS.map(({ name }) => `--${name}`);
  const code = (error as { code?: string }).code;
  if (code === "ERR_PARSE_ARGS_UNEXPECTED_POSITIONAL") return "serve takes flags only.";
  const names = argv.filter((argument) => argument.startsWith("-")).map((argument) => argument.split("=", 1)[0] ?? "");
  const stranger = names.find((name) => !known.includes(name));
  if (code === "ERR_PARSE_ARGS_UNKNOWN_OPTION" && stranger !== undefined) {
    const meant = nearest(stranger, known);
    return `unknown flag ${stranger}${meant === undefined ? "." : `; did you mean ${meant}?`}`;
  }
  const bare = known.find((name) => argv.some((argument, at) => argument === name && !isValue(argv[at + 1])));
  return bare === undefined
    ? "the flags cannot be read."
    : `${bare} needs a value (write ${bare}=VALUE if it begins with a dash).`;
}

const isValue = (argument: string | undefined): boolean => argument !== undefined && !argument.startsWith("-");

function text(given: Given | undefined): string | undefined {
  const value = given?.values.at(-1);
  if (value?.trim() === "") throw usage(`${given?.label} is empty`);
  return value;
}

function configFiles(given: Given | undefined, { cwd, checkout, exists }: Surroundings): readonly string[] {
  if (given !== undefined) {
    if (given.values.some((value) => value.trim() === "")) throw usage(`${given.label} is empty; name a file`);
    return given.values.map((value) => resolve(cwd, value));
  }
  const own = resolve(cwd, "omni2.json");
  return [exists(own) ? own : join(checkout, "examples", "omni2.json")];
}

function port(given: Given | undefined): number {
  const value = text(given) ?? "8000";
  const number = Number(value);
  if (!/^\d{1,5}$/.test(value) || number > 65_535) {
    throw usage(`${given?.label} must be a port, 0 to 65535 (0 takes any free one)`);
  }
  return number;
}

function redisUrl(given: Given | undefined): string | null {
  const value = text(given);
  if (value === undefined) return null;
  if (/^rediss?:$/.test(URL.parse(value)?.protocol ?? "")) return value;
  throw usage(`${given?.label} must be an address such as redis://127.0.0.1:6379`);
}

function adminToken(given: Given | undefined): string | null {
  const value = text(given);
  if (value === undefined) return null;
  if (new RegExp(`^[\\x21-\\x7e]{${MIN_TOKEN_LENGTH},512}$`).test(value)) return value;
  throw usage(`${given?.label} must have ${MIN_TOKEN_LENGTH} to 512 letters, digits or signs without spaces`);
}

function oneOf(given: Given | undefined, words: readonly string[]): string | undefined {
  const value = text(given)?.toLowerCase();
  if (value === undefined || words.includes(value)) return value;
  throw usage(`${given?.label} must be one of ${words.join(", ")}`);
}

// The network must not find a gateway whose only credential lies in a file nobody has handed out on purpose.
function guarded(settings: Settings): Settings {
  if (isLoopbackHost(settings.host) || settings.adminToken !== null) return settings;
  const message = `--host ${settings.host} opens the gateway to the network without access control, so it is not started. Set OMNI2_ADMIN_TOKEN (${MIN_TOKEN_LENGTH} characters or more), or leave --host at 127.0.0.1.`;
  throw usage(message);
}
