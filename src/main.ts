// Which command was asked for? argv to `serve` or a command, and any error to one line and an exit code.
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { ProgramDeps } from "#cli/program.ts";
import type { Terminal } from "#cli/terminal.ts";
import { type Fault, toFault } from "#contract/fault.ts";
import { type CommandLine, parseSettings, processCommandLine } from "./settings.ts";

const HELP = new Set(["-h", "--help", "-V", "--version"]);

// `serve` is the default and reads its own flags: it starts without loading the other commands.
function isServe(argv: readonly string[]): boolean {
  const [first] = argv;
  return (
    (first === undefined || first === "serve" || first.startsWith("-")) && !argv.some((argument) => HELP.has(argument))
  );
}

async function run(line: CommandLine): Promise<number> {
  const { argv, env, surroundings } = line;
  if (isServe(argv)) {
    const settings = parseSettings(argv[0] === "serve" ? argv.slice(1) : argv, env, surroundings);
    const { serve } = await import("./serve.ts");
    return serve(settings);
  }
  const [{ runProgram }, deps] = await Promise.all([import("#cli/program.ts"), programDeps(line)]);
  return runProgram(argv, deps);
}

async function programDeps({ env, surroundings }: CommandLine): Promise<ProgramDeps> {
  const [{ SETTING_FLAGS }, { parseClientSettings }] = await Promise.all([
    import("./settings-flags.ts"),
    import("./settings-client.ts"),
  ]);
  const { version } = JSON.parse(readFileSync(resolve(surroundings.checkout, "package.json"), "utf8")) as {
    version: string;
  };
  const terminal = processTerminal();
  return {
    version,
    terminal,
    serveFlags: SETTING_FLAGS,
    address: (flags) => parseClientSettings(flags, env, surroundings.cwd),
    async validate(given, options) {
      const { validateConfig } = await import("#offline/config-validate.ts");
      const files = given.length > 0 ? given.map((file) => resolve(surroundings.cwd, file)) : undefined;
      const chosen = files ?? parseSettings([], { OMNI2_CONFIG: env.OMNI2_CONFIG }, surroundings).configFiles;
      return validateConfig(chosen, terminal, { env, json: options.json === true });
    },
  };
}

const WIDE = 200;

const processTerminal = (): Terminal => ({
  print: (text) => void process.stdout.write(`${text}\n`),
  width: process.stdout.columns ?? WIDE,
  interactive: process.stdout.isTTY === true,
});

function report(error: unknown): number {
  const fault = toFault(error);
  process.stderr.write(`omni2: ${fault.message}${whatNext(fault, error)}\n`);
  if (fault !== error) console.error(error);
  return fault.row.exit;
}

function whatNext(fault: Fault, error: unknown): string {
  if (fault.code === "INTERNAL" && fault !== error) return " Please report it.";
  const issues = (fault.data as { issues?: readonly unknown[] } | undefined)?.issues ?? [];
  return issues.length > 1 ? " (`omni2 config validate FILE` shows all)" : "";
}

// A reader that goes away early, such as `head`, is no error.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit(0);
});

process.exitCode = await run(processCommandLine()).catch(report);
