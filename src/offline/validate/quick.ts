// Do the three parts that everything rests on do their work? Needs no database, no server and no network.
import type { Terminal } from "#cli/terminal.ts";
import { breakerSection } from "./breaker-section.ts";
import { broadcasterSection } from "./broadcaster-section.ts";
import { cacheSection } from "./cache-section.ts";
import { runSection, type SectionPlan, type SectionResult } from "./check.ts";
import { createReporter } from "./print.ts";

/** All take well under a millisecond; this is for one that never ends. */
const LIMIT_MS = 1_000;

const SECTIONS = [breakerSection(), cacheSection(), broadcasterSection()];

/** Prints a line per check and answers the exit code: 0 when every section passed, else 1. */
export async function validateQuick(
  terminal: Terminal,
  { json, sections = SECTIONS }: { readonly json: boolean; readonly sections?: readonly SectionPlan[] },
): Promise<number> {
  const reporter = createReporter(terminal, json);
  const results: SectionResult[] = [];
  for (const section of sections) {
    reporter.section(section.title);
    results.push(await runSection(section, { limitMs: LIMIT_MS, onCheck: reporter.check }));
  }
  return reporter.verdict(results, "sections");
}
