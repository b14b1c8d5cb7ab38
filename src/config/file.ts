// What does a configuration file hold? Reads it within bounds and parses JSON with comments or YAML; judges no meaning.
import { open } from "node:fs/promises";
import { dirname, extname } from "node:path";
import { configFault, type Issue } from "./issue.ts";
import { parseJsonSource } from "./json-source.ts";
import { pathText, type Source, type SourceProblem } from "./source.ts";

/** Largest configuration file read, in bytes. */
export const MAX_FILE_BYTES = 4 * 1024 * 1024;

/** One parsed file. */
export interface ConfigFile extends Source {
  readonly file: string;
  /** Absolute; what relative paths in the file count from. */
  readonly folder: string;
}

/** Reads and parses one file given by its absolute path. Throws CONFIG_INVALID with `file:line:column` in its message. */
export async function readConfigFile(file: string): Promise<ConfigFile> {
  const text = decode(file, await readBytes(file));
  const isYaml = [".yaml", ".yml"].includes(extname(file).toLowerCase());
  const parsed = isYaml ? (await import("./yaml-source.ts")).parseYamlSource(text) : parseJsonSource(text);
  if (!("value" in parsed)) throw syntaxFault(file, parsed);
  return { ...parsed, file, folder: dirname(file) };
}

async function readBytes(file: string): Promise<Buffer> {
  const handle = await open(file, "r").catch((error: NodeJS.ErrnoException) => {
    throw unreadable(file, error);
  });
  try {
    const chunks: Buffer[] = [];
    let total = 0;
    for await (const chunk of handle.createReadStream({ end: MAX_FILE_BYTES, autoClose: false })) {
      chunks.push(chunk as Buffer);
      total += (chunk as Buffer).length;
    }
    if (total > MAX_FILE_BYTES)
      throw configFault([whole(file, "larger than 4 MiB; split it over several files")], file);
    return Buffer.concat(chunks);
  } catch (error) {
    throw error instanceof Error && "errno" in error ? unreadable(file, error as NodeJS.ErrnoException) : error;
  } finally {
    await handle.close();
  }
}

const whole = (file: string, message: string): Issue => ({ path: "", message, file });

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file; name another with --config",
  EACCES: "no permission to read it",
  EISDIR: "this is a folder; name the file in it",
};

function unreadable(file: string, error: NodeJS.ErrnoException): Error {
  const message = REASONS[error.code ?? ""] ?? `cannot be read (${error.code ?? "unknown reason"})`;
  return configFault([whole(file, message)], file);
}

function decode(file: string, bytes: Buffer): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw configFault([whole(file, "not UTF-8 text; save it as UTF-8")], file);
  }
}

function syntaxFault(file: string, problems: readonly SourceProblem[]): Error {
  const issues = problems.map(({ path, message, line }): Issue => ({ path: pathText(path), message, file, line }));
  const [first] = problems;
  return configFault(issues, `${file}:${first?.line ?? 1}:${first?.column ?? 1}`);
}
