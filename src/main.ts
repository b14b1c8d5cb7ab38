// Which command was asked for? argv to `serve` or a command, and any error to one line and an exit code.
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { CommonOptions } from "#cli/command.ts";
import type { GatewayAddress } from "#cli/gateway.ts";
import type { DoctorFlags, ProgramDeps } from "#cli/program.ts";
import type { Terminal } from "#cli/terminal.ts";
import type { Validation } from "#cli/validate-commands.ts";
import { type Fault, toFault } from "#contract/fault.ts";
import { keepTickShape } from "#lib/tick-shape.ts";
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
    keepTickShape();
    const { serve } = await import("./serve.ts");
    return serve(settings);
  }
  const [{ runProgram }, deps] = await Promise.all([import("#cli/program.ts"), programDeps(line)]);
  return runProgram(argv, deps);
}

async function programDeps(line: CommandLine): Promise<ProgramDeps> {
  const { env, surroundings } = line;
  const [{ SETTING_FLAGS }, { parseClientSettings }] = await Promise.all([
    import("./settings-flags.ts"),
    import("./settings-client.ts"),
  ]);
  const { version, engines } = JSON.parse(readFileSync(resolve(surroundings.checkout, "package.json"), "utf8")) as {
    version: string;
    engines: { node: string };
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
    async readDocument(file) {
      const { readConfigFile } = await import("#config/file.ts");
      return (await readConfigFile(resolve(surroundings.cwd, file))).value;
    },
    doctor: (flags, options) =>
      doctor({ ...line, argv: flags }, terminal, { ...options, omni2: version, nodeWanted: engines.node }),
    validation: validation(line, terminal),
  };
}

function validation({ env, surroundings }: CommandLine, terminal: Terminal): Validation {
  const addressOf = async (flags: CommonOptions): Promise<GatewayAddress> => {
    const { parseClientSettings } = await import("./settings-client.ts");
    return parseClientSettings(flags, env, surroundings.cwd);
  };
  return {
    async quick({ json = false }) {
      const { validateQuick } = await import("#offline/validate/quick.ts");
      return validateQuick(terminal, { json });
    },
    async simple(flags) {
      const [{ validateSimple }, { databaseUrl }] = await Promise.all([
        import("#offline/validate/simple.ts"),
        import("./settings-database.ts"),
      ]);
      const url = databaseUrl(flags.databaseUrl ?? (env.DATABASE_URL || undefined), env);
      return validateSimple(await addressOf(flags), terminal, { json: flags.json === true, databaseUrl: url });
    },
    async comprehensive(flags) {
      const { validateComprehensive } = await import("#offline/validate/comprehensive.ts");
      const options = { json: flags.json === true, signal: interruption() };
      return validateComprehensive(await addressOf(flags), terminal, options);
    },
  };
}

/** Aborts at the first signal to stop; the second one ends the process. */
function interruption(): AbortSignal {
  const control = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const) process.once(name, () => control.abort());
  return control.signal;
}

async function doctor(
  { argv, env, surroundings }: CommandLine,
  terminal: Terminal,
  { omni2, nodeWanted, ...options }: DoctorFlags & { readonly omni2: string; readonly nodeWanted: string },
): Promise<number> {
  const [{ explainSettings, ownUrl }, { parseClientSettings }, { runDoctor }] = await Promise.all([
    import("./settings-explain.ts"),
    import("./settings-client.ts"),
    import("#offline/doctor.ts"),
  ]);
  const { settings, rows, problems } = explainSettings(argv, env, surroundings);
  const { configFiles, host, port, dataDir, database, redisUrl, adminToken } = settings;
  const at = (url: string | null): GatewayAddress | null => {
    if (url === null) return null;
    const address = parseClientSettings({ url, dataDir }, env, surroundings.cwd);
    return { ...address, token: adminToken ?? address.token };
  };
  const own = ownUrl(settings);
  const gateway = at(options.url ?? (env.OMNI2_URL || own));
  const ends = { own: at(own), gateway, host, port, databaseUrl: database.url, redisUrl, adminToken };
  const bundle = options.bundle === undefined ? null : resolve(surroundings.cwd, options.bundle);
  return runDoctor(
    { ...ends, versions: { omni2, nodeWanted }, configFiles, env, dataDir, settings: rows, problems },
    terminal,
    { json: options.json === true, bundle, force: options.force === true },
  );
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

// A reader that goes away early, such as `head`, is no error. The gateway's log does not come by here: it goes on without one.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(0);
  process.stderr.write(`omni2: The answer cannot be written: ${error.message}.\n`);
  process.exit(1);
});
// Nobody reads it, or it has no room: there is no other place to say so.
process.stderr.on("error", () => {});

process.exitCode = await run(processCommandLine()).catch(report);
