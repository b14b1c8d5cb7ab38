// What do the configuration files say together? The one way from paths to definitions, for the gateway and for `config validate`.
import { type Definitions, readDefinitions } from "./definitions.ts";
import type { Environment } from "./expand.ts";
import { type ConfigFile, readConfigFile } from "./file.ts";
import { configFault, type Issue, issuesOf } from "./issue.ts";

/** Reads all files given by absolute path. Throws CONFIG_INVALID with the problems of all files that cannot be parsed, else of all that can. */
export async function readConfiguration(files: readonly string[], env: Environment): Promise<Definitions> {
  const results = await Promise.allSettled([...new Set(files)].map(readConfigFile));
  const failed = results.filter((result) => result.status === "rejected").map((result): unknown => result.reason);
  if (failed.length === 1) throw failed[0];
  const issues = failed.flatMap((error): readonly Issue[] => issuesOf(error));
  if (issues.length < failed.length) throw failed.find((error) => issuesOf(error).length === 0);
  const [first] = issues;
  if (first !== undefined) throw configFault(issues, first.file ?? "configuration");
  const parsed = results.flatMap((result): ConfigFile[] => (result.status === "fulfilled" ? [result.value] : []));
  return readDefinitions(parsed, env);
}
