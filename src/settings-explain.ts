// Where does each setting come from, and which variables are wrong? For a person who looks for a mistake: shows no secret.
import { join } from "node:path";
import type { Environment } from "#config/expand.ts";
import { isFault } from "#contract/fault.ts";
import { parseSettings, readFlags, type Settings, type Surroundings } from "./settings.ts";
import { SETTING_FLAGS, type SettingFlag } from "./settings-flags.ts";

/** One setting as people see it; secrets only as `set` or `not set`. */
export interface ExplainedSetting {
  readonly name: SettingFlag["name"];
  readonly value: string;
  /** A flag, a variable, a file or `default`. */
  readonly source: string;
}

export interface ExplainedSettings {
  readonly settings: Settings;
  readonly rows: readonly ExplainedSetting[];
  /** Variables that `serve` would refuse, in words; they are left out of `settings`. */
  readonly problems: readonly string[];
}

/** Explains what `serve` would run with. A wrong variable is told and left out; throws USAGE for a wrong flag. */
export function explainSettings(
  argv: readonly string[],
  env: Environment,
  surroundings: Surroundings,
): ExplainedSettings {
  const { usable, problems } = withoutWrong(env, (left) => complaint(argv, left, surroundings));
  const settings = { ...parseSettings(argv, usable, surroundings), env };
  const given = readFlags(argv, usable);
  const rows = SETTING_FLAGS.map(({ name }): ExplainedSetting => {
    const source = given[name]?.label ?? sourceWithoutFlag(name, settings, surroundings);
    return { name, value: shown(name, settings, source), source };
  });
  return { settings, rows, problems };
}

function complaint(argv: readonly string[], env: Environment, surroundings: Surroundings): string | null {
  try {
    parseSettings(argv, env, surroundings);
    return null;
  } catch (error) {
    if (isFault(error, "USAGE")) return error.message;
    throw error;
  }
}

// The variable to blame is one without which the complaint is another, or none.
function withoutWrong(
  env: Environment,
  complain: (env: Environment) => string | null,
): { usable: Environment; problems: string[] } {
  const problems: string[] = [];
  let usable = env;
  for (let message = complain(usable); message !== null; message = complain(usable)) {
    const said = message;
    const culprit = Object.keys(usable).find(
      (name) => OURS.test(name) && complain({ ...usable, [name]: undefined }) !== said,
    );
    if (culprit === undefined) break;
    problems.push(said);
    usable = { ...usable, [culprit]: undefined };
  }
  return { usable, problems };
}

const OURS = /^(OMNI2|DATABASE|REDIS|LOG)_/;

function sourceWithoutFlag(name: SettingFlag["name"], settings: Settings, { exists }: Surroundings): string {
  if (name === "database-url" && settings.database.url !== null) return "DATABASE_HOST";
  const tokenFile = join(settings.dataDir, "admin-token");
  return name === "admin-token" && exists(tokenFile) ? tokenFile : "default";
}

function shown(name: SettingFlag["name"], settings: Settings, source: string): string {
  const { configFiles, database, redisUrl, log } = settings;
  const texts: Record<SettingFlag["name"], string> = {
    config: configFiles.join(", "),
    port: String(settings.port),
    host: settings.host,
    "data-dir": settings.dataDir,
    "database-url": database.url === null ? "embedded" : addressOf(database.url),
    "redis-url": redisUrl === null ? "none" : addressOf(redisUrl),
    "admin-token": settings.adminToken !== null || source !== "default" ? "set" : "not set (made at the first start)",
    "log-level": log.level,
    "log-format": log.format,
  };
  return texts[name];
}

/** Host, port and name of a URL: nothing that lets anyone in. */
function addressOf(url: string): string {
  const parsed = URL.parse(url);
  return parsed === null ? "set" : parsed.host + parsed.pathname;
}

/** Where a gateway with these settings would be found on this machine; null when it takes any free port. */
export function ownUrl({ host, port }: Settings): string | null {
  if (port === 0) return null;
  const near = { "0.0.0.0": "127.0.0.1", "::": "::1" }[host] ?? host;
  return `http://${near.includes(":") && !near.startsWith("[") ? `[${near}]` : near}:${port}`;
}
