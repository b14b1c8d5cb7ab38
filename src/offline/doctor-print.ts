// How does a report look on a terminal? One aligned line per finding; no line is cut, because its end says what to do.
import { styleText } from "node:util";
import type { Terminal } from "#cli/terminal.ts";
import { columns, counted } from "#cli/text.ts";
import { type Finding, type Level, type Report, worstFirst } from "./doctor-finding.ts";

const COLOURS = { PASS: "green", WARN: "yellow", FAIL: "red" } as const;
const UNCUT = Number.MAX_SAFE_INTEGER;
const MARGIN = "  ";

/** Prints every section and, at the end, what is not well once more, worst first. */
export function printReport({ sections, counts }: Report, terminal: Terminal): void {
  for (const { title, findings } of sections) {
    terminal.print(title);
    printFindings(findings, terminal);
    terminal.print("");
  }
  const notes = worstFirst(sections).filter(({ level }) => level !== "PASS");
  if (notes.length > 0) {
    terminal.print("What to do, worst first");
    printFindings(notes, terminal);
    terminal.print("");
  }
  const well = counted(counts.PASS, "check");
  terminal.print(`${well} passed, ${counted(counts.WARN, "warning")}, ${counted(counts.FAIL, "failure")}.`);
}

function printFindings(findings: readonly Finding[], terminal: Terminal): void {
  const rows = findings.map(({ level, about, text, todo }) => [level, about, todo === null ? text : `${text} ${todo}`]);
  for (const [at, line] of columns(rows, UNCUT).entries()) {
    const level = findings[at]?.level ?? "PASS";
    terminal.print(MARGIN + coloured(level) + line.slice(level.length));
  }
}

const coloured = (level: Level): string => styleText(COLOURS[level], level);
