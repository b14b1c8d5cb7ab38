// Which settings and definitions would a start read, where does each come from, and what is wrong with them? A broken
// file is a finding. No value of a variable or header is shown.
import { tokenWeakness } from "#access/admin-token.ts";
import type { Definitions } from "#config/definitions.ts";
import type { Environment } from "#config/expand.ts";
import { type ConfigFile, readConfigFile } from "#config/file.ts";
import { type Issue, issuesOf, issueText } from "#config/issue.ts";
import { readConfiguration } from "#config/read.ts";
import { isFault } from "#contract/fault.ts";
import type { UpstreamDefinition } from "#contract/upstream.ts";
import { isObject } from "#lib/json.ts";
import { resolveLaunch } from "#upstream/stdio/command.ts";
import { type Finding, fail, pass, type Section, warn } from "./doctor-finding.ts";

export interface ConfigQuestion {
  readonly configFiles: readonly string[];
  readonly env: Environment;
  /** Each setting with its value and its source. */
  readonly settings: readonly { readonly name: string; readonly value: string; readonly source: string }[];
  /** Variables that a start would refuse, in words. */
  readonly problems: readonly string[];
  /** The one given; null when it is kept in the data directory. */
  readonly adminToken: string | null;
}

export interface ConfigAnswer {
  readonly section: Section;
  /** Null when the files are not valid. */
  readonly read: Definitions | null;
  /** Those files that could be parsed, valid or not. */
  readonly files: readonly ConfigFile[];
}

/** Issues told one by one. */
const MAX_TOLD = 20;

export async function lookAtConfiguration(question: ConfigQuestion): Promise<ConfigAnswer> {
  const parsed = await Promise.allSettled(question.configFiles.map(readConfigFile));
  const files = parsed.flatMap((result): ConfigFile[] => (result.status === "fulfilled" ? [result.value] : []));
  const settings = question.settings.map(({ name, value, source }) => pass(name, `${value} (${source})`));
  const refused = question.problems.map((text) => fail("environment", text, "Correct it; a start is refused."));
  const weakness = question.adminToken === null ? null : tokenWeakness(question.adminToken);
  if (weakness !== null)
    refused.push(fail("admin-token", `it is refused: ${weakness}.`, "Use a random one: `openssl rand -base64 32`."));
  const { read, findings } = await readAll(question);
  const block = read === null ? [] : blockFindings(read, files);
  return {
    section: { title: "Configuration", findings: [...settings, ...refused, ...findings, ...block] },
    read,
    files,
  };
}

async function readAll({
  configFiles,
  env,
}: ConfigQuestion): Promise<{ read: Definitions | null; findings: Finding[] }> {
  try {
    const read = await readConfiguration(configFiles, env);
    const warnings = told(read.warnings, (text) => warn("file", text, "Correct it, or leave it if it is meant so."));
    return { read, findings: [countServers(read.definitions), ...read.definitions.flatMap(secretsOfOne), ...warnings] };
  } catch (error) {
    if (!isFault(error, "CONFIG_INVALID")) throw error;
    return {
      read: null,
      findings: told(issuesOf(error), (text) => fail("file", text, "Correct it; a start is refused.")),
    };
  }
}

function told(issues: readonly Issue[], finding: (text: string) => Finding): Finding[] {
  const findings = issues.slice(0, MAX_TOLD).map((issue) => finding(issueText(issue).replace(/[^.?!]$/, "$&.")));
  const more = issues.length - MAX_TOLD;
  return more > 0 ? [...findings, finding(`${more} more; \`omni2 config validate\` shows them.`)] : findings;
}

function countServers(definitions: readonly UpstreamDefinition[]): Finding {
  if (definitions.length === 0) {
    return warn("servers", "none is defined.", "Add one under `mcpServers`; the README shows how.");
  }
  const kinds = Object.entries(Object.groupBy(definitions, ({ transport }) => transport.kind));
  const parts = kinds.map(([kind, of]) => `${of.length} ${kind}`);
  const disabled = definitions.filter(({ enabled }) => !enabled).length;
  return pass(
    "servers",
    `${definitions.length}: ${[...parts, ...(disabled > 0 ? [`${disabled} disabled`] : [])].join(", ")}`,
  );
}

/** Variables and headers of one server; an empty one usually means that a variable was forgotten. */
function secretsOfOne({ name, enabled, transport }: UpstreamDefinition): Finding[] {
  const [word, values] = transport.kind === "stdio" ? ["variable", transport.env] : ["header", transport.headers];
  const set = Object.entries(values).filter(([, value]) => value.trim() !== "");
  const empty = Object.entries(values).filter(([, value]) => value.trim() === "");
  const known = set.map(([key]) => `${key} set`).join(", ");
  return [
    ...(set.length === 0 ? [] : [pass(`server ${name}`, `${word} ${known}`)]),
    ...(enabled ? empty : []).map(([key]) =>
      warn(
        `server ${name}`,
        `${word} ${key} not set: it is empty.`,
        "Set what it takes its value from, or leave it out.",
      ),
    ),
  ];
}

/** What the files' `omni2` blocks say, with file and line; the last file wins. */
function blockFindings({ document }: Definitions, files: readonly ConfigFile[]): Finding[] {
  const { preset = "default", ...rest } = document.omni2;
  const written = leavesOf({ preset, ...rest }, ["omni2"]);
  return written.map(([path, value]) => pass(path.join("."), `${JSON.stringify(value)} (${placeOf(path, files)})`));
}

type Leaf = readonly [path: readonly string[], value: unknown];

const leavesOf = (value: unknown, path: readonly string[]): Leaf[] =>
  isObject(value) ? Object.entries(value).flatMap(([key, inner]) => leavesOf(inner, [...path, key])) : [[path, value]];

function placeOf(path: readonly string[], files: readonly ConfigFile[]): string {
  const file = files.findLast(({ lineOf }) => lineOf(path) !== undefined);
  return file === undefined ? "default" : `${file.file}:${file.lineOf(path)}`;
}

/** Whether each server's program can be found; starts nothing. */
export function lookAtCommands(definitions: readonly UpstreamDefinition[], inherited: Environment): Finding[] {
  const findings = definitions.flatMap(({ name, enabled, transport }): Finding[] => {
    if (!enabled || transport.kind !== "stdio") return [];
    try {
      resolveLaunch({ name, ...transport, inherited });
      return [pass(name, `${transport.command} can be started`)];
    } catch (error) {
      if (!isFault(error)) throw error;
      // The message names the cause first and then, in a sentence of its own, what to do.
      const [, text = error.message, todo = "Correct its definition."] = /^(.*?\.) (.+)$/.exec(error.message) ?? [];
      return [fail(name, text, todo)];
    }
  });
  return findings;
}
