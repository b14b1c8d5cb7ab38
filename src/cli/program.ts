// Which commands exist, and how is each one written? Those about servers and about calls are beside this file; commands load when they are run.
import { Command, CommanderError, Option } from "commander";
import { Fault } from "#contract/fault.ts";
import { addCallCommands } from "./call-commands.ts";
import { type CommonOptions, client, endsOf, type Setting } from "./command.ts";
import { addConfigCommands, type ConfigCommandDeps } from "./config-commands.ts";
import { addKeyCommands } from "./key-commands.ts";
import { addServerCommands } from "./server-commands.ts";
import { addValidateCommands, type ValidateDeps } from "./validate-commands.ts";

/** A flag of `serve` as help shows it. */
export interface FlagText {
  readonly name: string;
  readonly value: string;
  readonly env: string;
  readonly text: string;
}

export interface ProgramDeps extends ConfigCommandDeps, ValidateDeps {
  readonly version: string;
  readonly serveFlags: readonly FlagText[];
  /** Examines what `serve` with these flags would meet, and the gateway that runs. */
  doctor(serveArgv: readonly string[], flags: DoctorFlags): Promise<number>;
}

/** Flags of `doctor` beside those of `serve`. */
export interface DoctorFlags {
  readonly url?: string;
  readonly json?: boolean;
  /** File of the support bundle. */
  readonly bundle?: string;
  readonly force?: boolean;
}

const EXAMPLES = `
Examples:
  omni2                                            start with ./omni2.json, or with the sample
  omni2 --port 0 --config team.json                start on any free port
  omni2 status                                     how is everything?
  omni2 servers add docs https://example.com/mcp   add a remote server
  omni2 servers add time -- uvx mcp-server-time    add a local one, where access.allowCommands is set
  omni2 servers isolate docs                       keep all calls away from a server until it is released
  omni2 call files read_text_file path=notes.txt   call a tool
  omni2 cache                                      what the cache saved, and what it would pay to keep
  omni2 keys create ci --role operator             make a key for a program
  omni2 doctor                                     what is wrong here, and what to do about it
  omni2 validate quick                             do the parts that everything rests on work?

Exit codes: 0 fine, 1 fault, 2 usage, 3 data directory or port in use, 4 configuration invalid.`;

/** Runs one command and resolves to its exit code. Throws the command's fault, or USAGE for a line that is not understood. */
export async function runProgram(argv: readonly string[], deps: ProgramDeps): Promise<number> {
  let exitCode = 0;
  const done = (code: number): void => {
    exitCode = code;
  };
  const program = root(deps);
  addServe(program, deps);
  addStatus(program, { deps, done });
  addServerCommands(program, { deps, done });
  addCallCommands(program, { deps, done });
  addKeyCommands(program, { deps, done });
  addConfigCommands(program, { deps, done });
  addDoctor(program, { deps, done });
  addValidateCommands(program, { deps, done });
  try {
    await program.parseAsync([...argv], { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return 0;
    if (error.code === "commander.help") throw new Fault("USAGE", `a command is missing. See omni2 ${argv[0]} --help.`);
    const said = error.message
      .replace(/^error: /, "")
      .replace(/\.$/, "")
      .replaceAll("\n", " ");
    throw new Fault("USAGE", `${said}. See omni2 --help.`);
  }
  return exitCode;
}

function root({ version, terminal, serveFlags }: ProgramDeps): Command {
  const program = new Command("omni2")
    .description("A self-hosted MCP gateway: one endpoint in front of many MCP servers.")
    .usage("[command] [flags]")
    .version(version, "-V, --version", "print the version")
    .helpOption("-h, --help", "show this help, or that of a command")
    .helpCommand(false)
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.print(text.trimEnd()),
      writeErr: () => {},
      getOutHelpWidth: () => terminal.width,
    })
    .addHelpText("after", EXAMPLES)
    .action((_options, command: Command) => {
      throw new CommanderError(2, "omni2.unknown", `unknown command ${command.args[0] ?? ""}`);
    })
    .allowExcessArguments();
  program.optionsGroup("Flags of serve (an environment variable does the same):");
  for (const flag of serveFlags) program.addOption(flagOption(flag));
  return program;
}

const flagOption = ({ name, value, env, text }: FlagText): Option =>
  new Option(`--${name} <${value}>`, `${text} [${env}]`);

// `serve` never comes here to run: its flags are read where the settings are. Here it only has its help.
function addServe(program: Command, { serveFlags }: ProgramDeps): void {
  const serve = program.command("serve").helpGroup("Gateway:").description("start the gateway (the default)");
  for (const flag of serveFlags) serve.addOption(flagOption(flag));
}

function addStatus(program: Command, { deps, done }: Setting<ProgramDeps>): void {
  client(program, "status", "the gateway, its database and every server, worst first").action(
    async (options: CommonOptions) => {
      const { showStatus } = await import("./status.ts");
      done(await showStatus(endsOf(options, deps), options));
    },
  );
}

function addDoctor(program: Command, { deps, done }: Setting<ProgramDeps>): void {
  const doctor = program
    .command("doctor")
    .helpGroup("Without a gateway:")
    .description("look at everything a gateway needs, and at the one that runs: what is wrong, and what to do")
    .option("--url <URL>", "the running gateway, where it is not at --host and --port [OMNI2_URL]")
    .option("--json", "print the report as JSON")
    .option("--bundle <FILE>", "also write the report and what it was made from to a file, without secrets")
    .option("--force", "overwrite an older bundle");
  const serveFlags = deps.serveFlags.map((flag) => ({ name: flag.name, option: repeatable(flag) }));
  for (const { option } of serveFlags) doctor.addOption(option);
  doctor.action(async (flags: DoctorFlags & Readonly<Record<string, readonly string[] | undefined>>) => {
    const given = serveFlags.flatMap(({ name, option }) =>
      (flags[option.attributeName()] ?? []).map((value) => `--${name}=${value}`),
    );
    done(await deps.doctor(given, flags));
  });
}

const repeatable = (flag: FlagText): Option =>
  flagOption(flag).argParser((value: string, earlier: readonly string[] = []) => [...earlier, value]);
