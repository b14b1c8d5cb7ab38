// Which program does a stdio definition start, where, and with which environment? It looks at the file system and starts
// nothing. No environment value ever reaches a message.
import { accessSync, constants, existsSync, statSync } from "node:fs";
import { delimiter, dirname, extname, isAbsolute, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { Fault } from "#contract/fault.ts";

export interface Launch {
  /** Absolute path of the program. */
  readonly file: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Absolute path of an existing folder. */
  readonly cwd: string;
}

export interface LaunchRequest {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** The server's own variables. */
  readonly env: Readonly<Record<string, string>>;
  /** The gateway's environment, of which a server gets an allow-list. */
  readonly inherited: Environment;
  readonly cwd: string;
}

export type Environment = Readonly<Record<string, string | undefined>>;

const isWindows = process.platform === "win32";

// The list of the SDK's stdio client, and what package runners need to reach a registry and their cache.
const INHERITED = isWindows
  ? /^(APPDATA|COMSPEC|HOMEDRIVE|HOMEPATH|LOCALAPPDATA|PATH|PATHEXT|PROCESSOR_ARCHITECTURE|PROGRAMDATA|PROGRAMFILES|PROGRAMFILES\(X86\)|PROGRAMW6432|SYSTEMDRIVE|SYSTEMROOT|TEMP|TMP|USERNAME|USERPROFILE|WINDIR)$/i
  : /^(HOME|LOGNAME|PATH|SHELL|TERM|USER|LANG|LC_[A-Z]+|TZ|TMPDIR|XDG_(CACHE|CONFIG|DATA)_HOME)$/;
const INHERITED_ANYWHERE =
  /^((https?|no|all)_proxy|npm_config_(cache|registry|userconfig)|NODE_EXTRA_CA_CERTS|SSL_CERT_(FILE|DIR))$/i;

/** Throws Fault UPSTREAM_UNAVAILABLE that says what is missing and what to check. */
export function resolveLaunch(request: LaunchRequest): Launch {
  const cwd = resolve(request.cwd);
  if (!isFolder(cwd)) throw notStarted(request, `its working directory ${cwd} does not exist. Correct "cwd"`);
  const env = childEnvironment(request);
  const file = request.command === "node" ? process.execPath : programPath(request, cwd, env);
  return { file, args: request.args, env, cwd };
}

function programPath(request: LaunchRequest, cwd: string, env: Environment): string {
  const { command } = request;
  const isPath = isAbsolute(command) || command.includes("/") || (isWindows && command.includes("\\"));
  const found = isPath ? executable(resolve(cwd, command), env.PATHEXT) : findExecutable(command, env);
  if (found !== undefined) return found;
  if (!isPath) {
    const advice = "Install it, or write its absolute path";
    throw notStarted(request, `command "${command}" was not found in PATH. ${advice}`);
  }
  const file = resolve(cwd, command);
  throw existsSync(file)
    ? notStarted(request, `command ${file} may not be executed. Check that it is a file and its permissions`)
    : notStarted(request, `command ${file} does not exist. Check its path`);
}

const notStarted = (request: LaunchRequest, why: string): Fault =>
  new Fault("UPSTREAM_UNAVAILABLE", `server "${request.name}" was not started: ${why}.`, { server: request.name });

/** Absolute path of a program as PATH finds it, or undefined. */
export function findExecutable(name: string, { PATH = "", PATHEXT }: Environment): string | undefined {
  for (const folder of PATH.split(delimiter)) {
    const found = folder === "" ? undefined : executable(resolve(folder, name), PATHEXT);
    if (found !== undefined) return found;
  }
  return undefined;
}

function executable(file: string, pathExt = ".EXE;.CMD;.BAT"): string | undefined {
  const endings = isWindows && extname(file) === "" ? pathExt.split(";") : [""];
  return endings.map((ending) => file + ending).find(mayRun);
}

function mayRun(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

/** An allow-list of the gateway's own environment, then the server's own variables; the project's programs come first in PATH. */
function childEnvironment(request: LaunchRequest): Record<string, string> {
  const env: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.inherited)) {
    const allowed = INHERITED.test(name) || INHERITED_ANYWHERE.test(name);
    // A value that starts like a shell function is an attack on old shells.
    if (allowed && value !== undefined && !value.startsWith("()")) env[isWindows ? name.toUpperCase() : name] = value;
  }
  Object.assign(env, request.env);
  env.PATH = [projectPrograms(), env.PATH].filter(Boolean).join(delimiter);
  return env;
}

let programsFolder: string | undefined;

/** `node_modules/.bin` beside the package.json that this file belongs to. */
function projectPrograms(): string {
  programsFolder ??= join(packageFolder(dirname(fileURLToPath(import.meta.url))), "node_modules", ".bin");
  return programsFolder;
}

function packageFolder(from: string): string {
  const parent = dirname(from);
  return parent === from || existsSync(join(from, "package.json")) ? from : packageFolder(parent);
}

/** Whether a program is one of Windows' batch files, as npx and its like are there. */
export const isBatch = (file: string): boolean => isWindows && /\.(cmd|bat)$/i.test(file);

/** The words that run a batch file. Windows runs those only through its shell, which reads the line twice: quote, then escape twice. */
export function batchCommandLine(words: readonly string[], env: Environment): string[] {
  const caret = (text: string): string => text.replace(/[()\][%!^"`<>&|;, *?]/g, "^$&");
  const quote = (word: string): string => `"${word.replace(/(\\*)"/g, '$1$1\\"').replace(/(\\*)$/, "$1$1")}"`;
  const [file = "", ...args] = words;
  const line = [caret(file), ...args.map((word) => caret(caret(quote(word))))].join(" ");
  return [env.COMSPEC ?? "cmd.exe", "/d", "/s", "/c", `"${line}"`];
}
