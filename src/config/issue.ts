// What is wrong with a configuration, and where? All problems are collected first and told together. Never holds a value.
import { Fault } from "#contract/fault.ts";
import { type Path, pathText } from "./source.ts";

export interface Issue {
  /** Dotted path of the field, such as `mcpServers.files.args.1`; empty for the whole document. */
  readonly path: string;
  readonly message: string;
  readonly file?: string;
  /** 1-based. */
  readonly line?: number;
}

/** What a reading has found so far. */
export interface Findings {
  readonly problems: Issue[];
  readonly warnings: Issue[];
}

/** A file as far as it takes to name a place in it. */
export interface Locator {
  readonly file: string;
  lineOf(path: Path): number | undefined;
}

/** Issues and warnings told at most; more are counted. */
export const MAX_ISSUES = 100;

const place = (issue: Issue): string => {
  const where = issue.line === undefined ? "" : `line ${issue.line}: `;
  return where + (issue.path === "" ? issue.message : `${issue.path}: ${issue.message}`);
};

/** One issue as one line: `file:line: path: message`, leaving out what is not known. */
export function issueText(issue: Issue): string {
  const where = [issue.file, issue.line].filter((part) => part !== undefined).join(":");
  return [where, issue.path, issue.message].filter((part) => part !== "").join(": ");
}

/** CONFIG_INVALID with all issues in `data.issues` and the first one in its message. */
export function configFault(issues: readonly Issue[], subject: string): Fault {
  const [first] = issues;
  const count = `${issues.length} problem${issues.length === 1 ? "" : "s"}`;
  const message = first === undefined ? `${subject}: not valid` : `${subject}: ${count}: ${place(first)}`;
  return new Fault("CONFIG_INVALID", message, { data: { issues: issues.slice(0, MAX_ISSUES) } });
}

/** The issues that a CONFIG_INVALID fault carries; empty for any other error. */
export function issuesOf(error: unknown): readonly Issue[] {
  if (!(error instanceof Fault)) return [];
  const data = error.data as { issues?: readonly Issue[] } | undefined;
  return data?.issues ?? [];
}

/** An issue with the line of its field, or of the nearest parent that is written. */
export const issueAt = (file: Locator, path: Path, message: string): Issue => {
  const line = lineNear(file, path);
  return { path: pathText(path), message, file: file.file, ...(line === undefined ? {} : { line }) };
};

function lineNear(file: Locator, path: Path): number | undefined {
  for (let length = path.length; length > 0; length--) {
    const line = file.lineOf(path.slice(0, length));
    if (line !== undefined) return line;
  }
  return undefined;
}
