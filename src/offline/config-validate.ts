// Are these configuration files valid, and what do they define? Needs no running gateway and starts no server; shows no secret.

import { printJson, type Terminal } from "#cli/terminal.ts";
import { columns, counted, harmless } from "#cli/text.ts";
import type { Definitions } from "#config/definitions.ts";
import type { Environment } from "#config/expand.ts";
import { type Issue, issuesOf, issueText } from "#config/issue.ts";
import { readConfiguration } from "#config/read.ts";
import { isFault } from "#contract/fault.ts";
import type { UpstreamDefinition } from "#contract/upstream.ts";

export interface ValidateOptions {
  readonly env: Environment;
  readonly json: boolean;
}

/** Exit code 0 for a valid configuration (warnings included), 4 for one with problems; files are absolute paths. */
export async function validateConfig(
  files: readonly string[],
  terminal: Terminal,
  options: ValidateOptions,
): Promise<number> {
  try {
    const read = await readConfiguration(files, options.env);
    if (options.json)
      printJson(terminal, {
        valid: true,
        files,
        servers: read.definitions.map((one) => row(one, read)),
        warnings: read.warnings,
      });
    else tellValid(files, read, terminal);
    return 0;
  } catch (error) {
    if (!isFault(error, "CONFIG_INVALID")) throw error;
    const issues = issuesOf(error);
    if (options.json) printJson(terminal, { valid: false, files, issues });
    else tellProblems(issues, terminal);
    return error.row.exit;
  }
}

interface Row {
  readonly name: string;
  readonly type: string;
  readonly enabled: boolean;
  readonly place: string;
}

const row = ({ name, transport, enabled }: UpstreamDefinition, { places }: Definitions): Row => ({
  name,
  type: transport.kind,
  enabled,
  place: places.get(name) ?? "",
});

function tellValid(files: readonly string[], read: Definitions, terminal: Terminal): void {
  const rows = read.definitions.map((one) => row(one, read));
  const cells = rows.map(({ name, type, enabled, place }) => [name, type, enabled ? "enabled" : "disabled", place]);
  for (const line of columns(cells, terminal.width)) terminal.print(line);
  tell("warning", read.warnings, terminal);
  const warned = read.warnings.length === 0 ? "" : `, ${counted(read.warnings.length, "warning")}`;
  terminal.print(`Valid: ${counted(rows.length, "server")} in ${counted(files.length, "file")}${warned}.`);
}

function tellProblems(issues: readonly Issue[], terminal: Terminal): void {
  tell("problem", issues, terminal);
  terminal.print(`Not valid: ${counted(issues.length, "problem")}.`);
}

function tell(kind: "warning" | "problem", issues: readonly Issue[], terminal: Terminal): void {
  for (const issue of issues) terminal.print(`${kind}: ${harmless(issueText(issue))}`);
}
