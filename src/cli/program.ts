// Which commands exist, and how is each one written? The only file that knows commander; commands load when they are run.
import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { Fault } from "#contract/fault.ts";
import { createGateway, type Gateway, type GatewayAddress } from "./gateway.ts";
import type { AddOptions } from "./servers.ts";
import type { Terminal } from "./terminal.ts";

/** A flag of `serve` as help shows it. */
export interface FlagText {
  readonly name: string;
  readonly value: string;
  readonly env: string;
  readonly text: string;
}

export interface ProgramDeps {
  readonly version: string;
  readonly terminal: Terminal;
  readonly serveFlags: readonly FlagText[];
  /** Where the gateway is, judged by flags and environment. Throws USAGE. */
  address(flags: { readonly url?: string; readonly dataDir?: string }): GatewayAddress;
  /** Checks configuration files; without any, those that `serve` would read. */
  validate(files: readonly string[], options: { readonly json?: boolean }): Promise<number>;
}

interface CommonOptions {
  readonly url?: string;
  readonly dataDir?: string;
  readonly json?: boolean;
}

const EXAMPLES = `
Examples:
  omni2                                            start with ./omni2.json, or with the sample
  omni2 --port 0 --config team.json                start on any free port
  omni2 status                                     how is everything?
  omni2 servers add docs https://example.com/mcp   add a remote server
  omni2 servers add time -- uvx mcp-server-time    add a local one, where access.allowCommands is set
  omni2 call files read_text_file path=notes.txt   call a tool

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
  addServers(program, { deps, done });
  addTools(program, { deps, done });
  addConfig(program, { deps, done });
  try {
    await program.parseAsync([...argv], { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return 0;
    if (error.code === "commander.help") throw new Fault("USAGE", "a command is missing. See omni2 config --help.");
    throw new Fault("USAGE", `${error.message.replace(/^error: /, "").replaceAll("\n", " ")}. See omni2 --help.`);
  }
  return exitCode;
}

interface Setting {
  readonly deps: ProgramDeps;
  readonly done: (exitCode: number) => void;
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

const GROUP = "Ask a running gateway:";

function client(parent: Command, name: string, text: string): Command {
  return parent
    .command(name)
    .helpGroup(GROUP)
    .description(text)
    .option("--url <URL>", "address of the gateway [OMNI2_URL] (default: http://127.0.0.1:8000)")
    .option("--data-dir <DIR>", "where to find the gateway's token [OMNI2_DATA_DIR] (default: ./.omni2)")
    .option("--json", "print the whole answer as JSON");
}

const gatewayOf = (options: CommonOptions, deps: ProgramDeps): Gateway => createGateway(deps.address(options));

function addStatus(program: Command, { deps, done }: Setting): void {
  client(program, "status", "the gateway, its database and every server, worst first").action(
    async (options: CommonOptions) => {
      const { showStatus } = await import("./status.ts");
      done(await showStatus(gatewayOf(options, deps), deps.terminal, options));
    },
  );
}

function addServers(program: Command, { deps, done }: Setting): void {
  const ends = (options: CommonOptions): { gateway: Gateway; terminal: Terminal } => ({
    gateway: gatewayOf(options, deps),
    terminal: deps.terminal,
  });
  const servers = client(program, "servers", "list servers; add or remove one").action(
    async (options: CommonOptions) => {
      const { listServers } = await import("./servers.ts");
      done(await listServers(gatewayOf(options, deps), deps.terminal, options));
    },
  );
  client(servers, "add", "add a server by address, or by command after --")
    .argument("<NAME>")
    .argument("<TARGET...>", "an http(s) address, or a command and its arguments")
    .option("--type <TYPE>", "stdio, http or sse (default: by target)")
    .option("--header <NAME:VALUE>", "header of a remote server; repeatable", collect)
    .option("--env <NAME=VALUE>", "variable of a command; repeatable", collect)
    .option("--description <TEXT>", "a line for people")
    .option("--trusted", "believe the server's tool annotations")
    .action(async (name: string, target: string[], _options: unknown, command: Command) => {
      const { addServer } = await import("./servers.ts");
      const options = command.optsWithGlobals<CommonOptions & AddOptions>();
      done(await addServer({ name, target }, ends(options), options));
    });
  client(servers, "remove", "remove a server that was added over REST")
    .argument("<NAME>")
    .action(async (name: string, _options: unknown, command: Command) => {
      const { removeServer } = await import("./servers.ts");
      const options = command.optsWithGlobals<CommonOptions>();
      done(await removeServer(name, ends(options), options));
    });
}

function addTools(program: Command, { deps, done }: Setting): void {
  client(program, "tools", "list tools")
    .option("--server <NAME>", "only those of one server")
    .action(async (options: CommonOptions & { server?: string }) => {
      const { listTools } = await import("./tools.ts");
      done(await listTools(gatewayOf(options, deps), deps.terminal, options));
    });
  client(program, "call", "call a tool and print its answer")
    .argument("<SERVER>")
    .argument("<TOOL>", "the server's own name of the tool")
    .argument("[key=value...]", "arguments, typed by the tool's schema")
    .option("--args <JSON>", "arguments as one JSON object")
    .addOption(new Option("--cache <MODE>", "use, bypass or refresh the cache").choices(["use", "bypass", "refresh"]))
    .action(async (server: string, tool: string, pairs: string[], options: CommonOptions & { args?: string }) => {
      const { callTool } = await import("./call.ts");
      const ends = { gateway: gatewayOf(options, deps), terminal: deps.terminal };
      done(await callTool({ server, tool, pairs }, ends, options));
    });
}

function addConfig(program: Command, { deps, done }: Setting): void {
  const config = program.command("config").helpGroup("Without a gateway:").description("check configuration files");
  config
    .command("validate")
    .description("check files and show what they define; without FILE, those that serve would read")
    .argument("[FILE...]")
    .option("--json", "print the findings as JSON")
    .action(async (files: string[], options: { json?: boolean }) => done(await deps.validate(files, options)));
}

function collect(value: string, earlier: readonly string[] = []): string[] {
  if (value === "") throw new InvalidArgumentError("It is empty.");
  return [...earlier, value];
}
